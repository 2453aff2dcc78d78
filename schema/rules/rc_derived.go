package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"carpool/schema"
)

// eachSetting calls use for every entry of one of the maps that is in force on
// a managed node. An entry of the cluster block is used once only, for the
// first node on which keep says that it matters.
func (p *Pass) eachSetting(shared, own func(*schema.Node) schema.Settings, keep func(*schema.Node, schema.Setting) (Report, bool)) {
	seen := once{}
	for _, n := range p.Nodes {
		if !n.IsManaged() {
			continue
		}
		for _, it := range own(n).Over(shared(n)).Items {
			mine, stated := own(n).Get(it.Key)
			object := ""
			if stated && mine.KeyRange == it.KeyRange {
				object = n.Object()
			}
			k := site{it.KeyRange, it.Key + " " + object}
			if seen[k] {
				continue
			}
			if r, ok := keep(n, it); ok {
				seen[k] = true
				if r.At.Filename == "" {
					r.At = it.KeyRange
				}
				r.Object = object
				p.Report(r)
			}
		}
	}
}

func (p *Pass) rcSettings(keep func(*schema.Node, schema.Setting) (Report, bool)) {
	p.eachSetting(func(*schema.Node) schema.Settings { return p.RC }, func(n *schema.Node) schema.Settings { return n.RC }, keep)
}

func (p *Pass) sysctlSettings(keep func(*schema.Node, schema.Setting) (Report, bool)) {
	p.eachSetting(func(*schema.Node) schema.Settings { return p.Sysctl }, func(n *schema.Node) schema.Settings { return n.Sysctl }, keep)
}

func (p *Pass) loaderSettings(keep func(*schema.Node, schema.Setting) (Report, bool)) {
	p.eachSetting(func(*schema.Node) schema.Settings { return p.Loader }, func(n *schema.Node) schema.Settings {
		if n.Jail.Value {
			return schema.Settings{}
		}
		return n.Loader
	}, func(n *schema.Node, it schema.Setting) (Report, bool) {
		if n.Jail.Value {
			return Report{}, false // it has no loader.conf
		}
		return keep(n, it)
	})
}

// duties says what the nodes have to do, for keys that depend on it.
type duties struct {
	vip, copy, sync, failover, storage map[*schema.Node]bool
	parent                             map[*schema.Node]map[string]bool // interfaces with a vhid, by name
}

func (p *Pass) duties() duties {
	d := duties{map[*schema.Node]bool{}, map[*schema.Node]bool{}, map[*schema.Node]bool{}, map[*schema.Node]bool{}, map[*schema.Node]bool{}, map[*schema.Node]map[string]bool{}}
	for _, v := range p.VIPs {
		for _, m := range v.Members {
			d.vip[m.Node] = true
			if m.Interface != nil {
				if d.parent[m.Node] == nil {
					d.parent[m.Node] = map[string]bool{}
				}
				d.parent[m.Node][m.Interface.Name] = true
			}
		}
	}
	for _, h := range p.HASTs {
		for _, c := range h.Members {
			d.copy[c.Node] = true
		}
	}
	for _, s := range p.PFSyncs {
		for _, m := range s.Members {
			d.sync[m.Node] = true
		}
	}
	for _, f := range p.Failovers {
		for _, s := range f.Members {
			d.failover[s.Node] = true
			d.storage[s.Node] = d.storage[s.Node] || f.HasStorage()
		}
	}
	return d
}

var rc003 = &Rule{
	Code:     "RC003",
	Severity: schema.Error,
	Summary:  "an rc variable that carpool derives",
	Effect:   "The variable would be in rc.conf twice, and the later line wins: the host differs from what the rest of the description says of it (rc.conf(5)).",
	Check: func(p *Pass) {
		d := p.duties()
		p.rcSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			help := d.rcInstead(n, it.Key)
			if help == "" {
				return Report{}, false
			}
			return Report{
				Message: fmt.Sprintf("%s of %s follows from the description", it.Key, n.Address()),
				Help:    help,
			}, true
		})
	},
}

// rcInstead says what to write instead of an rc variable, or "" if nothing in
// the description of n gives it.
func (d duties) rcInstead(n *schema.Node, key string) string {
	switch {
	case key == "hostname":
		return "write hostname = \"NAME\" in the node, or domain in the cluster"
	case key == "cloned_interfaces" && (clones(n) || preCARP(n) && d.vip[n]):
		return `describe the interface: interface "IF" { clone = true }`
	case key == "hastd_enable" && d.copy[n] && !n.Jail.Value:
		return "take it out: a node that keeps a copy of a resource has it on"
	case d.failover[n] && (key == "devd_enable" || strings.HasPrefix(key, "carp_hast_switch_") || strings.HasPrefix(key, "carp_hast_hold_")):
		return "take it out: a node of a failover has it"
	case d.sync[n] && (key == "pfsync_enable" || key == "pfsync_syncdev" || key == "pfsync_syncpeer" || key == "pfsync_ifconfig"):
		return "write it in the pfsync block: network, mode, maxupd, defer"
	case preCARP(n) && d.vip[n] && carpUnit.MatchString(key):
		return "write it in the vip block; carp_unit says which carpN it is"
	}
	for _, i := range n.Interfaces {
		if help := d.interfaceKey(n, i, key); help != "" {
			return help
		}
	}
	return ""
}

var (
	carpUnit = regexp.MustCompile(`^(?:ipv6_)?ifconfig_carp[0-9]+(?:_|$)`)
	aliasKey = regexp.MustCompile(`^_alias(?:es|[0-9]+)$`)
)

func (d duties) interfaceKey(n *schema.Node, i *schema.Interface, key string) string {
	name := schema.InterfaceVariable(i.Name)
	if key == "ifconfig_"+name+"_name" || i.Device.Stated && key == "ifconfig_"+schema.InterfaceVariable(i.Device.Value)+"_name" {
		return fmt.Sprintf(`write interface "NEWNAME" { device = %q }`, cmp.Or(i.Device.Value, i.Name))
	}
	if parent, tag, ok := i.VLANOf(); ok && key == "vlans_"+schema.InterfaceVariable(parent) && i.Name == fmt.Sprintf("%s.%d", parent, tag) {
		return fmt.Sprintf(`describe the VLAN: interface "%s.TAG" { … }`, parent)
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(key, "ipv6_"), "ifconfig_"+name)
	switch {
	case key == "ipv4_addrs_"+name && !n.Out.Fragment:
		return fmt.Sprintf("write addresses = [ … ] in interface %q", i.Name)
	case !ok:
		return ""
	case n.Out.Fragment:
		if d.parent[n][i.Name] && !preCARP(n) && aliasKey.MatchString(rest) {
			return "virtual addresses go into vip blocks; keep the host's own in its own rc.conf, and state alias_start in output"
		}
		return ""
	case rest == "" || rest == "_ipv6":
		return fmt.Sprintf("write it in interface %q: addresses, dhcp, accept_rtadv, mtu, and options for further words", i.Name)
	case aliasKey.MatchString(rest):
		return fmt.Sprintf("write addresses = [ … ] in interface %q; virtual addresses go into vip blocks", i.Name)
	}
	return ""
}

// clones reports whether rc has to create an interface of n.
func clones(n *schema.Node) bool {
	for _, i := range n.Interfaces {
		parent, tag, vlan := i.VLANOf()
		if i.Clone.Value || len(i.LaggPorts.Items) > 0 || len(i.Bridge.Items) > 0 || vlan && i.Name != fmt.Sprintf("%s.%d", parent, tag) {
			return !n.Jail.Value && !n.Out.Fragment
		}
	}
	return false
}

// carpSysctls are given by the carp block, each by the attribute named.
var carpSysctls = map[string]string{
	"net.inet.carp.preempt": "preempt", "net.inet.carp.log": "log", "net.inet.carp.dscp": "dscp",
	"net.inet.carp.ifdown_demotion_factor": "ifdown_demotion_factor", "net.inet.carp.senderr_demotion_factor": "senderr_demotion_factor",
}

var rc004 = &Rule{
	Code:     "RC004",
	Severity: schema.Error,
	Summary:  "a sysctl that carpool derives",
	Effect:   "The line would be in sysctl.conf twice, and the later one wins: the host differs from what the rest of the description says of it (sysctl.conf(5); carp(4)).",
	Check: func(p *Pass) {
		d := p.duties()
		p.sysctlSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			attr := carpSysctls[it.Key]
			switch {
			case !d.vip[n]:
			case attr != "":
				return Report{
					Message: fmt.Sprintf("%s of %s follows from the description", it.Key, n.Address()),
					Help:    fmt.Sprintf("write carp { %s = … } in the cluster or the node", attr),
				}, true
			case it.Key == "net.inet.carp.allow" && (d.storage[n] || it.Value.Value == "0" || it.Value.Value == "false"):
				return Report{
					Message: fmt.Sprintf("%s of %s is not for sysctl.conf", it.Key, n.Address()),
					Effect:  "With 0 no vhid of the host takes part in an election: before 11.3 it becomes MASTER of all of them, later it stays in INIT. A failover with storage sets it itself, when the host is fit to serve (carp(4)).",
					Help:    "take it out",
				}, true
			}
			return Report{}, false
		})
	},
}

var rc005 = &Rule{
	Code:     "RC005",
	Severity: schema.Error,
	Summary:  "a loader setting that carpool derives",
	Effect:   "The line would be in loader.conf twice, and the later one wins: the module or the hold that the host needs may be missing (loader.conf(5)).",
	Check: func(p *Pass) {
		d := p.duties()
		p.loaderSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			r := Report{Message: fmt.Sprintf("%s of %s follows from the description", it.Key, n.Address()), Help: "take it out: carpool writes what the release needs"}
			switch {
			case d.vip[n] && (it.Key == "carp_load" || it.Key == "if_carp_load"), d.copy[n] && it.Key == "geom_gate_load":
				return r, true
			case it.Key != "net.inet.carp.allow" || !d.vip[n]:
				return r, false
			case !n.Release.Has(schema.CARPAllowTunable):
				r.Message = fmt.Sprintf("net.inet.carp.allow is no loader tunable on %s, which runs %s", n.Address(), n.Release)
				r.Effect = "The kernel ignores the line (sys/netinet/ip_carp.c)."
				r.Help = fmt.Sprintf("take it out: it needs FreeBSD %s", schema.CARPAllowTunable.First())
				return r, true
			case d.storage[n]:
				return r, true
			case it.Value.Value == "0" || it.Value.Value == "false":
				r.Message = fmt.Sprintf("net.inet.carp.allow = 0 keeps every vhid of %s in INIT", n.Address())
				r.Effect = "Nothing sets it back, so the host never becomes MASTER (carp(4))."
				r.Help = "take it out"
				return r, true
			}
			return r, false
		})
	},
}
