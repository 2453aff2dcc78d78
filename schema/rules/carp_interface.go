package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

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
				if _, taken := above[k]; !taken && name.Value != i.Name {
					above[k] = owner{i, name.Range}
				}
			}
		}
	}
	return above
}
