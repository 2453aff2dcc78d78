// Package graph draws a cluster: which hosts stand on which networks, who is
// preferred for each virtual address, what is replicated between whom, and what
// moves together. One model is written in three languages: DOT for Graphviz,
// Mermaid for Markdown, SVG for a browser.
package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"carpool/schema"
)

// Picture is what is drawn: text only, secrets never among it, in the order of
// the description.
type Picture struct {
	Title  string
	Groups []Group
}

// Group is a set of hosts that have something to do with each other: a vip, a
// disk, states of pf. Different groups share networks at most.
type Group struct {
	Networks  []Network
	Nodes     []Node
	VIPs      []VIP
	HASTs     []HAST
	Syncs     []Sync
	Failovers []Failover
}

// Network is one broadcast domain.
type Network struct {
	Name     string
	Prefixes []string
	Gateway  string // "" without one
}

// Node is one host.
type Node struct {
	Name       string
	Hostname   string
	Release    string
	Remark     string // "jail", "not managed", or both
	Interfaces []Interface
}

// Interface is a network interface of a host.
type Interface struct {
	Name      string
	Network   string // "" if it is on none
	Addresses []string
	Made      string // what it is made of: "vlan 20 on em0"
}

// VIP is a group of addresses, its members in the order of their election.
type VIP struct {
	Name, Network string
	VHID          int
	Protocol      string // carp or vrrp
	Unicast       bool
	Addresses     []string
	Members       []Candidate
}

// Candidate is a member of a vip. The lowest Place is elected; equal ones are
// not told apart by CARP either.
type Candidate struct {
	Node  string
	Place int    // from 1
	Why   string // "advskew 10"
}

// HAST is a disk that two hosts mirror.
type HAST struct {
	Name, Replication string
	Disks             []Disk
	Above             []string // the pools and file systems on it: "zpool tank"
}

// Disk is one host's copy.
type Disk struct{ Node, Local string }

// Sync is the exchange of pf's states.
type Sync struct {
	Name, Network, Mode string
	Nodes               []string
}

// Failover is what moves together.
type Failover struct {
	Name     string
	VIPs     []string // the first is the trigger
	Storage  []Storage
	Services []string
	Failback string
	Members  []Candidate // of the trigger
}

// Storage is one thing a failover imports, mounts or makes primary.
type Storage struct {
	Kind, Name string
	HASTs      []string
}

// Of returns the picture of a cluster.
func Of(c *schema.Cluster) *Picture {
	p := &Picture{Title: clean(c.Name)}
	at := map[*schema.Node]int{}
	for i, nodes := range groupsOf(c) {
		var g Group
		for _, n := range nodes {
			at[n] = i
			g.Nodes = append(g.Nodes, nodeOf(n))
		}
		p.Groups = append(p.Groups, g)
	}
	p.addNetworks(c, at)
	for _, v := range c.VIPs {
		if len(v.Members) > 0 {
			g := &p.Groups[at[v.Members[0].Node]]
			g.VIPs = append(g.VIPs, vipOf(v))
		}
	}
	above := aboveHAST(c)
	for _, h := range c.HASTs {
		if len(h.Members) > 0 {
			g := &p.Groups[at[h.Members[0].Node]]
			g.HASTs = append(g.HASTs, hastOf(h, above[h]))
		}
	}
	for _, s := range c.PFSyncs {
		if len(s.Members) > 0 {
			g := &p.Groups[at[s.Members[0].Node]]
			g.Syncs = append(g.Syncs, syncOf(s))
		}
	}
	for _, f := range c.Failovers {
		if len(f.Members) > 0 {
			g := &p.Groups[at[f.Members[0].Node]]
			g.Failovers = append(g.Failovers, failoverOf(f))
		}
	}
	return p
}

// addNetworks gives each group the networks that its hosts stand on, and those
// that nobody stands on a group of their own.
func (p *Picture) addNetworks(c *schema.Cluster, at map[*schema.Node]int) {
	users := map[*schema.Network][]int{}
	for _, n := range c.Nodes {
		for _, i := range n.Interfaces {
			if w := i.Network.Value; w != nil && !slices.Contains(users[w], at[n]) {
				users[w] = append(users[w], at[n])
			}
		}
	}
	var unused Group
	for _, w := range c.Networks {
		for _, i := range users[w] {
			p.Groups[i].Networks = append(p.Groups[i].Networks, networkOf(w))
		}
		if users[w] == nil {
			unused.Networks = append(unused.Networks, networkOf(w))
		}
	}
	if unused.Networks != nil {
		p.Groups = append(p.Groups, unused)
	}
}

// Select keeps the groups that hold one of the hosts or failovers. It returns
// the first name that the picture does not have, "" if it has them all.
func (p *Picture) Select(hosts, failovers []string) (unknown string) {
	if len(hosts)+len(failovers) == 0 {
		return ""
	}
	wanted := map[string]bool{}
	for _, n := range hosts {
		wanted["node."+n] = true
	}
	for _, n := range failovers {
		wanted["failover."+n] = true
	}
	found := map[string]bool{}
	p.Groups = slices.DeleteFunc(p.Groups, func(g Group) bool {
		keep := false
		for _, name := range g.names() {
			if wanted[name] {
				keep, found[name] = true, true
			}
		}
		return !keep
	})
	for _, n := range hosts {
		if !found["node."+n] {
			return n
		}
	}
	for _, n := range failovers {
		if !found["failover."+n] {
			return n
		}
	}
	return ""
}

func (g *Group) names() []string {
	var names []string
	for _, n := range g.Nodes {
		names = append(names, "node."+n.Name)
	}
	for _, f := range g.Failovers {
		names = append(names, "failover."+f.Name)
	}
	return names
}

func networkOf(w *schema.Network) Network {
	out := Network{Name: clean(w.Name)}
	for _, p := range w.Prefixes.Values() {
		out.Prefixes = append(out.Prefixes, p.String())
	}
	if w.Gateway.Value.IsValid() {
		out.Gateway = w.Gateway.Value.String()
	}
	return out
}

func nodeOf(n *schema.Node) Node {
	out := Node{Name: clean(n.Name), Hostname: clean(n.FQDN), Release: n.Release.String()}
	var remarks []string
	if n.Jail.Value {
		remarks = append(remarks, "jail")
	}
	if !n.IsManaged() {
		remarks = append(remarks, "not managed")
	}
	out.Remark = strings.Join(remarks, ", ")
	for _, i := range n.Interfaces {
		out.Interfaces = append(out.Interfaces, interfaceOf(i))
	}
	return out
}

func interfaceOf(i *schema.Interface) Interface {
	out := Interface{Name: clean(i.Name)}
	if i.Network.Value != nil {
		out.Network = clean(i.Network.Value.Name)
	}
	for _, a := range i.Addresses.Values() {
		out.Addresses = append(out.Addresses, a.String())
	}
	if i.DHCP.Stated && i.DHCP.Value != "false" {
		out.Addresses = append(out.Addresses, "dhcp")
	}
	parent, tag, vlan := i.VLANOf()
	switch {
	case vlan:
		out.Made = fmt.Sprintf("vlan %d on %s", tag, clean(parent))
	case len(i.LaggPorts.Items) > 0:
		out.Made = "lagg of " + clean(strings.Join(i.LaggPorts.Values(), ", "))
	case len(i.Bridge.Items) > 0:
		out.Made = "bridge of " + clean(strings.Join(i.Bridge.Values(), ", "))
	}
	return out
}

func vipOf(v *schema.VIP) VIP {
	out := VIP{
		Name: clean(v.Name), Network: clean(v.Network.Value.Name), VHID: v.VHID.Value,
		Protocol: v.Members[0].Protocol.Value, Unicast: v.Members[0].Mode.Value == "unicast",
		Members: election(v),
	}
	for _, a := range v.Addresses.Values() {
		out.Addresses = append(out.Addresses, a.String())
	}
	return out
}

// election orders the members as CARP does: whoever advertises most often
// wins, that is every advbase + advskew/256 seconds (sys/netinet/ip_carp.c
// carp_input_c, 13.2). VRRP elects the highest priority (RFC 5798 §6.1).
func election(v *schema.VIP) []Candidate {
	weight := func(m *schema.Member) int {
		if m.Protocol.Value == "vrrp" {
			return -m.VRRPPrio.Value
		}
		return 256*m.AdvBase.Value + m.AdvSkew.Value
	}
	ms := slices.Clone(v.Members)
	slices.SortStableFunc(ms, func(a, b *schema.Member) int { return cmp.Compare(weight(a), weight(b)) })
	out := make([]Candidate, len(ms))
	for i, m := range ms {
		out[i] = Candidate{Node: clean(m.Node.Name), Place: i + 1, Why: "advskew " + strconv.Itoa(m.AdvSkew.Value)}
		switch {
		case m.Protocol.Value == "vrrp":
			out[i].Why = "vrrpprio " + strconv.Itoa(m.VRRPPrio.Value)
		case m.AdvBase.Value != 1:
			out[i].Why += ", advbase " + strconv.Itoa(m.AdvBase.Value)
		}
		if i > 0 && weight(m) == weight(ms[i-1]) {
			out[i].Place = out[i-1].Place
		}
	}
	return out
}

// aboveHAST says which pools and file systems lie on each resource.
func aboveHAST(c *schema.Cluster) map[*schema.HAST][]string {
	above := map[*schema.HAST][]string{}
	for _, z := range c.Zpools {
		for _, h := range z.HAST.Values() {
			above[h] = append(above[h], "zpool "+clean(z.Name))
		}
	}
	for _, u := range c.UFSs {
		above[u.HAST.Value] = append(above[u.HAST.Value], "ufs "+clean(u.Name))
	}
	return above
}

func hastOf(h *schema.HAST, above []string) HAST {
	out := HAST{Name: clean(h.Name), Replication: h.Members[0].Replication.Value, Above: above}
	for _, m := range h.Members {
		out.Disks = append(out.Disks, Disk{clean(m.Node.Name), clean(m.Local.Value)})
	}
	return out
}

func syncOf(s *schema.PFSync) Sync {
	out := Sync{Name: clean(s.Name), Network: clean(s.Network.Value.Name), Mode: "multicast"}
	if s.Mode.Stated {
		out.Mode = s.Mode.Value
	}
	for _, m := range s.Members {
		out.Nodes = append(out.Nodes, clean(m.Node.Name))
	}
	return out
}

func failoverOf(f *schema.Failover) Failover {
	out := Failover{Name: clean(f.Name), Failback: f.Failback.Value, Members: election(f.Trigger)}
	for _, v := range f.Group {
		out.VIPs = append(out.VIPs, clean(v.Name))
	}
	for _, s := range f.Storage.Values() {
		st := storageOf(s)
		for _, h := range s.HASTs() {
			st.HASTs = append(st.HASTs, clean(h.Name))
		}
		out.Storage = append(out.Storage, st)
	}
	for _, s := range f.Services.Values() {
		out.Services = append(out.Services, clean(s))
	}
	return out
}

func storageOf(s schema.Storage) Storage {
	switch {
	case s.Zpool != nil:
		return Storage{Kind: "zpool", Name: clean(s.Zpool.Name)}
	case s.UFS != nil:
		return Storage{Kind: "ufs", Name: clean(s.UFS.Name)}
	}
	return Storage{Kind: "hast", Name: clean(s.HAST.Name)}
}

// clean replaces what does not show, or reorders what shows, in any of the
// three languages: control and format characters and broken UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r >= 0xfffe && r <= 0xffff {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
