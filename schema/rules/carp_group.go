package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

var carp040 = &Rule{
	Code:     "CARP040",
	Severity: schema.Error,
	Summary:  "a vip has fewer than two nodes",
	Effect:   "There is nobody to take the address over: it goes down with its only node (carp(4)).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			r := Report{At: v.Range, Object: v.Object()}
			switch len(v.Members) {
			case 0:
				r.Message = fmt.Sprintf("%s has no node: none has an interface on %s", v.Address(), v.Network.Value.Address())
				r.Help = fmt.Sprintf("give interfaces of at least two nodes network = %s", v.Network.Value.Address())
				r.Related = Also(v.Network.Value.Range, "the network is here")
			case 1:
				r.Message = fmt.Sprintf("%s has only one node, %s", v.Address(), v.Members[0].Node.Address())
				r.Help = "add a second node: nodes = [node.A, node.B]; if carpool does not manage it, describe it with managed = false"
				r.Related = Also(v.Members[0].At, "the only node is named here")
			default:
				continue
			}
			p.Report(r)
		}
	},
}

// teams joins nodes that are members of one vip, directly or through others.
type teams map[*schema.Node]*schema.Node

func (t teams) of(n *schema.Node) *schema.Node {
	for t[n] != nil && t[n] != n {
		if up := t[t[n]]; up != nil {
			t[n] = up
		}
		n = t[n]
	}
	return n
}

func (t teams) join(a, b *schema.Node) {
	a, b = t.of(a), t.of(b)
	t[a], t[b] = a, a
}

var carp041 = &Rule{
	Code:     "CARP041",
	Severity: schema.Notice,
	Summary:  "a node of the network is left out of a vip by its on blocks alone",
	Effect:   "The node is no member: rc.conf there has no address of the vip, and the node never takes it over.",
	Check: func(p *Pass) {
		type seat struct {
			network *schema.Network
			node    *schema.Node
		}
		taken, team := map[seat]bool{}, teams{}
		for _, v := range p.VIPs {
			for _, m := range v.Members {
				taken[seat{v.Network.Value, m.Node}] = true
				team.join(v.Members[0].Node, m.Node)
			}
		}
		free := map[*schema.Network][]*schema.Node{}
		for _, n := range p.Nodes {
			for _, i := range n.Interfaces {
				w := i.Network.Value
				if w != nil && n.IsManaged() && !taken[seat{w, n}] && !slices.Contains(free[w], n) {
					free[w] = append(free[w], n)
				}
			}
		}
		for _, v := range p.VIPs {
			if v.Nodes.Stated || v.Prefer.Stated || len(v.On) == 0 || len(v.Members) < 2 {
				continue
			}
			lead := v.Members[0].Node
			var out []*schema.Node
			for _, n := range free[v.Network.Value] {
				if n.Jail.Value == lead.Jail.Value && (team[n] == nil || team.of(n) == team.of(lead)) {
					out = append(out, n)
				}
			}
			if len(out) == 0 {
				continue
			}
			p.Report(Report{
				At: v.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s on %s is no member of %s, since it has no on block there", nodeList(out), v.Network.Value.Address(), v.Address()),
				Help:    "name the members on purpose, nodes = [ … ], or add on blocks for the others",
				Related: Also(out[0].Range, "the node is here"),
			})
		}
	},
}

var carp042 = &Rule{
	Code:     "CARP042",
	Severity: schema.Error,
	Summary:  "the interface of a vip is on another network",
	Effect:   "Advertisements and the address go to the other network: the nodes do not hear each other, and all become MASTER (carp(4)).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			for _, m := range v.Members {
				if m.Interface == nil || m.Interface.Network.Value == nil || m.Interface.Network.Value == v.Network.Value {
					continue
				}
				at := v.Interface.Range
				if m.On != nil && m.On.Interface.Stated {
					at = m.On.Interface.Range
				}
				p.Report(Report{
					At: at, Object: v.Object(),
					Message: fmt.Sprintf("%s of %s is on %s, but %s is on %s", m.Interface.Name, m.Node.Address(), m.Interface.Network.Value.Address(), v.Address(), v.Network.Value.Address()),
					Help:    "name the interface that is on " + v.Network.Value.Address(),
					Related: Also(m.Interface.Network.Range, "the interface is on %s here", m.Interface.Network.Value.Address()),
				})
			}
		}
	},
}

var unitForm = regexp.MustCompile(`^([a-z]+(?:[0-9]+[a-z]+)*)[0-9]+$`)

// driver is the name of an interface without its unit, "" if it was renamed
// from something unknown or its name is of no known form.
func driver(i *schema.Interface) string {
	name := i.Name
	if i.Device.Stated {
		name = i.Device.Value
	}
	if _, _, vlan := i.VLANOf(); vlan {
		return "vlan"
	}
	if m := unitForm.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// withoutCARP are drivers whose interfaces are not of an Ethernet type.
var withoutCARP = strings.Fields("disc enc faith fwip gif gre ib ipsec lo me ng ovpn pflog pfsync plip ppp sl stf tun usbus wg")

var carp043 = &Rule{
	Code:     "CARP043",
	Severity: schema.Error,
	Summary:  "a vip is on an interface that cannot do CARP",
	Effect:   "CARP works on Ethernet, VLAN, bridge and lagg interfaces; on others the kernel refuses the vhid with EOPNOTSUPP, and the address is missing (sys/netinet/ip_carp.c carp_ioctl).",
	Check: func(p *Pass) {
		onInterface(p, func(v *schema.VIP, m *schema.Member) (Report, bool) {
			d := driver(m.Interface)
			return Report{
				Message: fmt.Sprintf("%s of %s is a %s interface, which cannot do CARP", m.Interface.Name, m.Node.Address(), d),
				Help:    "put the vip on an Ethernet, VLAN, lagg or bridge interface",
			}, slices.Contains(withoutCARP, d)
		})
	},
}

// onInterface reports members whose interface f objects to: at the attribute
// that names the interface, else at the member.
func onInterface(p *Pass, f func(*schema.VIP, *schema.Member) (Report, bool)) {
	for _, v := range p.VIPs {
		for _, m := range v.Members {
			if m.Interface == nil {
				continue
			}
			r, bad := f(v, m)
			if !bad {
				continue
			}
			r.At, r.Object = m.At, v.Object()
			if m.On != nil && m.On.Interface.Stated {
				r.At = m.On.Interface.Range
			} else if v.Interface.Stated {
				r.At = v.Interface.Range
			}
			if len(r.Related) == 0 {
				r.Related = Also(m.Interface.Range, "the interface is here")
			}
			p.Report(r)
		}
	}
}

var carp044 = &Rule{
	Code:     "CARP044",
	Severity: schema.Error,
	Summary:  "a vip is on a port of a lagg or a member of a bridge",
	Effect:   "The frames belong to the lagg or the bridge: the vhid hears nothing, or hears itself, and a kernel may hang on the loop (lagg(4), if_bridge(4); FreeBSD bug 200319).",
	Check: func(p *Pass) {
		above := ports(p)
		onInterface(p, func(v *schema.VIP, m *schema.Member) (Report, bool) {
			up, bad := above[port{m.Node, m.Interface.Name}]
			if !bad {
				return Report{}, false
			}
			return Report{
				Message: fmt.Sprintf("%s of %s belongs to %s", m.Interface.Name, m.Node.Address(), up.iface.Name),
				Help:    fmt.Sprintf("put the vip, and the addresses, on %s", up.iface.Name),
				Related: Also(up.at, "%s takes the interface here", up.iface.Name),
			}, true
		})
	},
}

// port is an interface by its node and name.
type port struct {
	node *schema.Node
	name string
}

// ports finds for each port of a lagg and member of a bridge what it belongs
// to, the first that names it.
func ports(p *Pass) map[port]owner {
	above := map[port]owner{}
	for _, n := range p.Nodes {
		for _, i := range n.Interfaces {
			for _, name := range slices.Concat(i.LaggPorts.Items, i.Bridge.Items) {
				k := port{n, name.Value}
				if _, taken := above[k]; !taken {
					above[k] = owner{i, name.Range}
				}
			}
		}
	}
	return above
}

var carp070 = &Rule{
	Code:     "CARP070",
	Severity: schema.Error,
	Summary:  "a carp_unit is no unit number",
	Effect:   "ifconfig cannot create carpN with this number, and the address is not configured (sys/net/if_clone.c ifc_name2unit).",
	Check: func(p *Pass) {
		within(p, "carp_unit", 0, 32767, "write the N of carpN, such as 0; or leave carp_unit out", func(m *schema.Member) schema.Attr[int] { return m.CARPUnit })
	},
}

var carp071 = &Rule{
	Code:     "CARP071",
	Severity: schema.Error,
	Summary:  "a carp_unit is used twice on one node",
	Effect:   "Both lines configure the same carpN: the later vhid replaces the earlier one (carp(4) 9.3).",
	Check: func(p *Pass) {
		type unit struct {
			node *schema.Node
			unit int
		}
		first := map[unit]*schema.Member{}
		for _, v := range p.VIPs {
			reported := false
			for _, m := range v.Members {
				if !m.CARPUnit.Stated || !preCARP(m.Node) {
					continue
				}
				k := unit{m.Node, m.CARPUnit.Value}
				other, taken := first[k]
				if !taken {
					first[k] = m
					continue
				}
				if reported && !overrides(m, m.CARPUnit.Range) {
					continue
				}
				reported = true
				p.Report(Report{
					At: m.CARPUnit.Range, Object: v.Object(),
					Message: fmt.Sprintf("carp%d of %s is already that of %s", k.unit, m.Node.Address(), other.VIP.Address()),
					Help:    "give one of them another number, or leave carp_unit out",
					Related: Also(other.CARPUnit.Range, "first used here"),
				})
			}
		}
	},
}
