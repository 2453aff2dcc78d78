package importer

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// EffectCode names a kind of effect; the names are stable.
type EffectCode string

// What a change of files can do to a host.
const (
	NodeNew      EffectCode = "node-new"
	NodeGone     EffectCode = "node-gone"
	NodeRelease  EffectCode = "node-release"
	VIPPassword  EffectCode = "vip-password"
	VIPVHID      EffectCode = "vip-vhid"
	VIPAddresses EffectCode = "vip-addresses"
	VIPProtocol  EffectCode = "vip-protocol"
	VIPAgree     EffectCode = "vip-agree"
	VIPPeer      EffectCode = "vip-peer"
	VIPInterface EffectCode = "vip-interface"
	VIPElection  EffectCode = "vip-election"
	VIPMask      EffectCode = "vip-mask"
	VIPNew       EffectCode = "vip-new"
	VIPGone      EffectCode = "vip-gone"
	HASTAnew     EffectCode = "hast-anew"
	HASTNew      EffectCode = "hast-new"
	HASTGone     EffectCode = "hast-gone"
	HASTDevice   EffectCode = "hast-device"
	HASTConnect  EffectCode = "hast-reconnects"
	HASTSettings EffectCode = "hast-settings"
	HASTListen   EffectCode = "hast-listen"
	HASTDaemon   EffectCode = "hast-daemon"
	HASTRefused  EffectCode = "hast-refused"
	SwitchNew    EffectCode = "switch-new"
	SwitchGone   EffectCode = "switch-gone"
	SwitchStore  EffectCode = "switch-storage"
	SwitchRun    EffectCode = "switch-services"
	SwitchPolicy EffectCode = "switch-settings"
	SwitchAnswer EffectCode = "switch-answer"
	SwitchScript EffectCode = "switch-scripts"
	DevdRules    EffectCode = "devd-rules"
	HostName     EffectCode = "host-name"
	Interface    EffectCode = "interface"
	Routes       EffectCode = "routes"
	PFSync       EffectCode = "pfsync"
	ServiceOn    EffectCode = "service-on"
	ServiceOff   EffectCode = "service-off"
	RCVariables  EffectCode = "rc-variables"
	SysctlSet    EffectCode = "sysctl-set"
	SysctlGone   EffectCode = "sysctl-gone"
	LoaderSet    EffectCode = "loader"
	NoEffect     EffectCode = "none"
)

// EffectKind documents a kind: what happens on FreeBSD, when, and where
// FreeBSD does so.
type EffectKind struct {
	Code   EffectCode
	Verb   string // of the sentence whose subject is the object
	Does   string
	Source string
}

// EffectKinds lists every kind, the gravest first: the order in which effects
// are told.
var EffectKinds = []EffectKind{
	{NodeNew, "is new", "carpool bootstrap prints what has to be done there once.", "hastctl(8), create; zpool(8), create"},
	{NodeGone, "is not rendered any more", "The host keeps the files it has, and takes part in elections with them until they are removed.", "sys/netinet/ip_carp.c carp_input_c"},
	{NodeRelease, "says that it runs another release", "The files are made for the release of the description; another one may read them otherwise.", "UPDATING"},
	{VIPPassword, "changes its password", "Both nodes are MASTER until both have it: each drops the other's advertisements.", "sys/netinet/ip_carp.c carp_hmac_verify, carp_input_c"},
	{VIPVHID, "changes its vhid", "Both nodes are MASTER until both have it, since neither hears the other's group; the virtual MAC address changes with it.", "sys/netinet/ip_carp.c carp_input_c (IFNET_FOREACH_CARP), carp_ioctl (sc_addr)"},
	{VIPAddresses, "changes its addresses", "Both nodes are MASTER until both have them: the hash of an advertisement covers all addresses of the vhid.", "sys/netinet/ip_carp.c carp_hmac_generate"},
	{VIPProtocol, "changes its protocol", "Both nodes are MASTER until both have it: CARP and VRRP do not hear each other.", "sys/netinet/ip_carp.c carp_input_c, vrrp_input_c (15)"},
	{VIPAgree, "agrees with its other nodes", "Where two nodes were MASTER, one is left.", "sys/netinet/ip_carp.c carp_input_c"},
	{VIPPeer, "advertises to another place", "A node that is not told becomes MASTER after the master-down time.", "sys/netinet/ip_carp.c carp_send_ad_locked (14)"},
	{VIPInterface, "moves to another interface", "The address leaves the one interface and is configured on the other; the group starts there as BACKUP.", "sys/netinet/ip_carp.c carp_attach, carp_detach"},
	{VIPElection, "restarts its election", "A boot, or ifconfig with the new values and the address, resets the vhid: a MASTER gives up, and the nodes wait for the master-down time.", "sys/netinet/ip_carp.c carp_attach, carp_sc_state"},
	{VIPMask, "changes the length of an address", "Advertisements do not cover it. The route of the MASTER changes, and adding the address anew resets the vhid.", "sys/netinet/ip_carp.c carp_hmac_generate, carp_sc_state"},
	{VIPNew, "starts", "The vhid begins as BACKUP and is MASTER if it hears nobody for 3 advbase and advskew/256 s.", "sys/netinet/ip_carp.c carp_attach, carp_setrun"},
	{VIPGone, "ends", "The node no longer takes the address over. If it was MASTER, the others notice after their master-down time.", "sys/netinet/ip_carp.c carp_detach, carp_destroy"},
	{HASTAnew, "must be created anew", "The provider has no metadata of this name: hastctl create, and then everything is copied from the peer. A primary loses its device at the reload, even while it is mounted.", "sbin/hastd/metadata.c metadata_read, hastd.c resource_needs_restart"},
	{HASTNew, "is new", "hastctl create once on each node before the first role; a reload starts it in the role init.", "sbin/hastd/hastd.c hastd_reload; hastctl(8)"},
	{HASTGone, "ends", "A reload takes the role away: the device is gone, even while it is mounted or imported.", "sbin/hastd/hastd.c hastd_reload, primary.c cleanup"},
	{HASTDevice, "gets another device", "A reload gives the role back and takes it again: the old device is gone, even while it is mounted or imported.", "sbin/hastd/hastd.c resource_needs_restart"},
	{HASTConnect, "reconnects", "A reload closes the connection; it is made anew within 10 s, degraded until then. hastd refuses a peer that is not its remote.", "sbin/hastd/primary.c primary_config_reload, hastd.c listen_accept"},
	{HASTSettings, "takes other settings", "With a reload: a primary takes them as it runs, the worker of a secondary is started anew.", "sbin/hastd/hastd.c resource_needs_reload, resource_needs_restart"},
	{HASTListen, "listens elsewhere", "With a reload; connections that are there stay. The remote of the peer has to fit.", "sbin/hastd/hastd.c hastd_reload"},
	{HASTDaemon, "has another socket or pid file", "hastctl and the rc script look in /var/run: service hastd stop does not find another pid file.", "libexec/rc/rc.d/hastd; sbin/hastd/hastd.c hastd_reload"},
	{HASTRefused, "reads hast.conf again", "hastd refuses the file that is there now, with all its resources.", "sbin/hastd/parse.y yy_config_parse"},
	{SwitchNew, "is new", "The switch takes it over with its next tick, and serves on the node that is MASTER.", "docs/switch.md"},
	{SwitchGone, "ends", "The switch no longer looks at it: what it serves stays as it is. Give it away first.", "docs/switch.md"},
	{SwitchStore, "moves other storage", "Takes effect at the next transition; what is imported or mounted now stays as it is.", "docs/switch.md"},
	{SwitchRun, "has another list of services", "Takes effect at the next transition; what runs now runs on, and a service that left the list is not stopped any more.", "docs/switch.md"},
	{SwitchPolicy, "has other settings", "The switch reads them with its next tick.", "docs/switch.md"},
	{SwitchAnswer, "answers its peer elsewhere", "The programs that answer keep the old address until the next boot; until both nodes have it, each takes the other for silent there.", "docs/switch.md"},
	{SwitchScript, "runs other scripts", "The next event or tick runs them.", "docs/switch.md"},
	{DevdRules, "reads other rules", "devd reads its rules at its start only: service devd restart. Until then the old ones run.", "sbin/devd/devd.cc gensighand, main"},
	{HostName, "is called otherwise", "From the next boot on. hastd finds its sections by this name, and starts only if hast.conf has it.", "sbin/hastd/parse.y isitme; libexec/rc/rc.d/hostname"},
	{Interface, "is configured otherwise", "From the next boot on. service netif restart does it at once, and resets every vhid of the interface, which is a failover.", "libexec/rc/network.subr ifn_start; sys/netinet/ip_carp.c carp_sc_state"},
	{Routes, "changes", "From the next boot on, or with service routing restart.", "libexec/rc/rc.d/routing"},
	{PFSync, "is configured otherwise", "From the next boot on, or with service pfsync restart, which asks the peer for all states.", "libexec/rc/rc.d/pfsync; pfsync(4)"},
	{ServiceOn, "is started by rc", "From the next boot on, or with service … start.", "libexec/rc/rc.subr run_rc_command"},
	{ServiceOff, "is no longer started by rc", "From the next boot on; it runs until then, or until service … onestop.", "libexec/rc/rc.subr run_rc_command"},
	{RCVariables, "change", "The scripts that use them read them when they next start or stop something.", "rc.conf(5)"},
	{SysctlSet, "changes", "At the next boot, or at once with sysctl NAME=VALUE.", "libexec/rc/rc.d/sysctl"},
	{SysctlGone, "is no longer set", "The kernel keeps the value until the next boot.", "libexec/rc/rc.d/sysctl"},
	{LoaderSet, "changes", "Needs a reboot: only the loader reads loader.conf.", "loader.conf(5)"},
	{NoEffect, "has no effect", "The same boot: the files differ, and mean the same.", "libexec/rc/network.subr; sbin/hastd/parse.y; sbin/devd/parse.y"},
}

// kindOf returns the row of a code, and its place in the table.
func kindOf(code EffectCode) (EffectKind, int) {
	i := slices.IndexFunc(EffectKinds, func(k EffectKind) bool { return k.Code == code })
	return EffectKinds[i], i
}

// Effect is one thing that a change of files does, on one host or on several.
type Effect struct {
	Code   EffectCode
	Object string // vip web, hast shared, interface em0
	Hosts  []string
	Detail string // what changes, secrets left out
}

// Kind is the row of the table.
func (e Effect) Kind() EffectKind {
	k, _ := kindOf(e.Code)
	return k
}

// namedHosts is how many hosts an effect names.
const namedHosts = 4

// String words the effect: "vip web restarts its election on skunk2
// (advskew 20 → 10)".
func (e Effect) String() string {
	var hosts string
	switch n := len(e.Hosts); {
	case n > namedHosts:
		hosts = fmt.Sprintf("%s and %d more", strings.Join(e.Hosts[:namedHosts], ", "), n-namedHosts)
	case n > 1:
		hosts = strings.Join(e.Hosts[:n-1], ", ") + " and " + e.Hosts[n-1]
	default:
		hosts = strings.Join(e.Hosts, "")
	}
	text := e.Object + " " + e.Kind().Verb
	if e.Object != "node "+hosts {
		text += " on " + hosts
	}
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	return text
}

// Pair is the files of one host before and after a change. A host that is new
// has nothing before, one that is gone nothing after, and one whose files stay
// as they are has Same.
type Pair struct {
	Name          string // label of the node
	Before, After *Host
	Same          bool
	Programs      []string // paths of the scripts of the switch
}

// Effects returns what changes of files do, gravest first. It compares what
// FreeBSD makes of the files, not their text. The cluster, which the files of
// After are rendered from, gives things their names.
func Effects(c *schema.Cluster, pairs []Pair) []Effect {
	x := &comparison{cluster: c, auth: map[string][]*Effect{}, looked: map[string]bool{}}
	for _, p := range pairs {
		x.looked[p.Name] = p.Same || p.Before != nil && p.After != nil
		if !p.Same {
			x.pair(p)
		}
	}
	x.agree()
	return combined(x.found)
}

// comparison collects effects.
type comparison struct {
	cluster       *schema.Cluster
	name          string // label of the host at work
	before, after *Host
	found         []*Effect
	auth          map[string][]*Effect // what parts the nodes of a vip, by its name
	programs      []string
	looked        map[string]bool // hosts that are there on both sides
}

func (x *comparison) add(code EffectCode, object, detail string) *Effect {
	for _, h := range []*Host{x.before, x.after} {
		if h != nil {
			detail = h.discreet(detail)
		}
	}
	e := &Effect{Code: code, Object: object, Hosts: []string{x.name}, Detail: oneLine(detail)}
	x.found = append(x.found, e)
	return e
}

// oneLine keeps what a file says from ending the line it is quoted on.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (x *comparison) pair(p Pair) {
	x.name, x.before, x.after, x.programs = p.Name, p.Before, p.After, p.Programs
	n := len(x.found)
	switch node := "node " + p.Name; {
	case p.Before == nil && p.After == nil:
		return
	case p.Before == nil:
		x.add(NodeNew, node, "")
		return
	case p.After == nil:
		x.add(NodeGone, node, "")
		return
	case p.Before.Release != p.After.Release:
		x.add(NodeRelease, node, fmt.Sprintf("%s, the description says %s", p.Before.Release, p.After.Release))
	}
	x.vips()
	x.hasts()
	x.failovers()
	x.rules()
	x.interfaces()
	x.variables()
	x.values()
	if len(x.found) == n {
		x.add(NoEffect, "node "+p.Name, "")
	}
}

// agree tells apart who leaves the other nodes of a vip from who joins them:
// of two nodes that disagree until now, one is made to agree with the other.
func (x *comparison) agree() {
	for name, list := range x.auth {
		if !x.settled(name) {
			continue
		}
		for _, e := range list {
			e.Detail = strings.TrimSuffix(strings.TrimPrefix(e.Kind().Verb, "changes ")+": "+e.Detail, ": ")
			e.Code = VIPAgree
		}
	}
}

// settled reports whether another node of the vip has already what parts those
// that change.
func (x *comparison) settled(name string) bool {
	busy := func(host string) bool {
		return slices.ContainsFunc(x.found, func(e *Effect) bool {
			return e.Object == name && e.Hosts[0] == host && (e.Code == VIPNew || e.Code == VIPGone || slices.Contains(x.auth[name], e))
		})
	}
	return slices.ContainsFunc(x.cluster.VIPs, func(v *schema.VIP) bool {
		return "vip "+v.Name == name && slices.ContainsFunc(v.Members, func(m *schema.Member) bool {
			return x.looked[m.Node.Name] && !busy(m.Node.Name)
		})
	})
}

// combined makes one of equal effects on several hosts, and sorts them.
func combined(found []*Effect) []Effect {
	type key struct {
		code           EffectCode
		object, detail string
	}
	at := map[key]int{}
	var list []Effect
	for _, e := range found {
		k := key{e.Code, e.Object, e.Detail}
		if e.Code == NoEffect {
			k.object = ""
		}
		if i, ok := at[k]; ok {
			list[i].Hosts = append(list[i].Hosts, e.Hosts...)
			if e.Code == NoEffect {
				list[i].Object = "the change"
			}
			continue
		}
		at[k] = len(list)
		list = append(list, *e)
	}
	slices.SortStableFunc(list, func(a, b Effect) int {
		_, i := kindOf(a.Code)
		_, j := kindOf(b.Code)
		return i - j
	})
	return list
}

// listed words the members of a list that came and went.
func listed(before, after []string) string {
	var parts []string
	for _, s := range after {
		if !slices.Contains(before, s) {
			parts = append(parts, "+"+s)
		}
	}
	for _, s := range before {
		if !slices.Contains(after, s) {
			parts = append(parts, "-"+s)
		}
	}
	if len(parts) == 0 && !slices.Equal(before, after) {
		return "their order"
	}
	const most = 6
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more", len(parts)-most))
	}
	return strings.Join(parts, ", ")
}

// became words a value that changes.
func became(word, before, after string) string {
	name := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return fmt.Sprintf("%s %s → %s", word, name(before), name(after))
}

// becameValue words a value that speaks for itself.
func becameValue(before, after string) string { return strings.TrimSpace(became("", before, after)) }
