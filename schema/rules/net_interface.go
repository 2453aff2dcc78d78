package rules

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// interfaces calls f for every interface of every node.
func interfaces(p *Pass, f func(i *schema.Interface)) {
	for _, n := range p.Nodes {
		for _, i := range n.Interfaces {
			f(i)
		}
	}
}

// complete reports whether the description of n names every interface that
// exists there: not in a jail, which is given its interfaces, nor on a host
// that keeps its own rc.conf or is described only in part.
func complete(n *schema.Node) bool { return n.IsManaged() && !n.Jail.Value && !n.Out.Fragment }

var net020 = &Rule{
	Code:     "NET020",
	Severity: schema.Error,
	Summary:  "two interfaces share the names of their rc.conf variables",
	Effect:   "rc turns . - / and + into _ in the names of variables: both interfaces read the same lines, and one of them gets the addresses of the other (network.subr get_if_var).",
	Check: func(p *Pass) {
		first := map[port]*schema.Interface{}
		interfaces(p, func(i *schema.Interface) {
			k := port{i.Node, schema.InterfaceVariable(i.Name)}
			other, taken := first[k]
			if !taken {
				first[k] = i
				return
			}
			p.Report(Report{
				At: i.NameRange, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s and %s of %s are both %s in rc.conf", other.Name, i.Name, i.Node.Address(), k.name),
				Help:    "rename one of them: interface \"NEWNAME\" { device = \"OLDNAME\" }, or another name for the VLAN",
				Related: Also(other.NameRange, "the other interface is here"),
			})
		})
	},
}

// maxIfName is IFNAMSIZ less the NUL (sys/net/if.h).
const maxIfName = 15

var net021 = &Rule{
	Code:     "NET021",
	Severity: schema.Error,
	Summary:  "the name of an interface is longer than 15 characters",
	Effect:   "The kernel has 16 bytes for a name and its NUL: ifconfig cannot create or rename the interface (IFNAMSIZ in sys/net/if.h).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			for _, name := range []schema.Attr[string]{{Value: i.Name, Range: i.NameRange}, i.Device} {
				if len(name.Value) > maxIfName {
					p.Report(Report{
						At: name.Range, Object: i.Node.Object(),
						Message: fmt.Sprintf("the interface name %q has %d characters", name.Value, len(name.Value)),
						Help:    "choose a name of at most 15 characters",
					})
				}
			}
		})
	},
}

var net022 = &Rule{
	Code:     "NET022",
	Severity: schema.Error,
	Summary:  "one device becomes two interfaces",
	Effect:   "A device has one name at a time: rc renames it once, and everything under the other name fails (network.subr ifnet_rename).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			first := map[string]*schema.Interface{}
			for _, i := range n.Interfaces {
				if i.Device.Stated || !i.Clone.Value {
					renamed(p, first, i)
				}
			}
		}
	},
}

// renamed reports i if its device is already an interface.
func renamed(p *Pass, first map[string]*schema.Interface, i *schema.Interface) {
	at, device := i.NameRange, i.Name
	if i.Device.Stated {
		at, device = i.Device.Range, i.Device.Value
	}
	other, taken := first[device]
	if !taken {
		first[device] = i
		return
	}
	p.Report(Report{
		At: at, Object: i.Node.Object(),
		Message: fmt.Sprintf("the device %s of %s is already the interface %s", device, i.Node.Address(), other.Name),
		Help:    "describe the device once, under the name it shall have",
		Related: Also(other.NameRange, "the other interface is here"),
	})
}

var net023 = &Rule{
	Code:     "NET023",
	Severity: schema.Error,
	Summary:  "a carpN interface is described as an interface",
	Effect:   "Up to 9.x carpool makes carpN out of the vips, so it would be there twice; from 10.0 on there is no such interface, and its creation fails (carp(4); UPDATING 20111215).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			if driver(i) != "carp" {
				return
			}
			p.Report(Report{
				At: i.NameRange, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s is no interface to describe", i.Name, i.Node.Address()),
				Help:    "take it out and write a vip block: network, vhid, password, addresses",
			})
		})
	},
}

// unconfigured are the drivers to whose interfaces rc gives no addresses.
var unconfigured = strings.Fields("an ath ipw ipfw iwi iwn ral wi wl wpi pflog pfsync usbus")

var net024 = &Rule{
	Code:     "NET024",
	Severity: schema.Error,
	Summary:  "addresses on an interface that rc does not configure",
	Effect:   "rc leaves these interfaces without addresses, whatever rc.conf says (network.subr noafif).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			if len(i.Addresses.Items) == 0 || !slices.Contains(unconfigured, driver(i)) {
				return
			}
			p.Report(Report{
				At: i.Addresses.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("rc gives no addresses to %s of %s", i.Name, i.Node.Address()),
				Help:    "put them on an Ethernet interface; on wireless hardware, on wlanN",
				Related: Also(i.NameRange, "the interface is here"),
			})
		})
	},
}

// mtu is what an interface is known to have; 0 if the description cannot tell.
func mtu(i *schema.Interface, byName map[port]*schema.Interface) int {
	switch {
	case i.MTU.Stated:
		return i.MTU.Value
	case !complete(i.Node) || learns(i, false) || slices.ContainsFunc(i.Options.Values(), func(o string) bool { return strings.Contains(o, "mtu") }):
		return 0
	}
	below := slices.Concat(i.LaggPorts.Values(), i.Bridge.Values())
	if t, ok := tagOf(i); ok {
		below = append(below, t.parent)
	}
	for _, name := range below {
		if b := byName[port{i.Node, name}]; b != nil && b.MTU.Stated {
			return b.MTU.Value
		}
	}
	return 1500
}

var net025 = &Rule{
	Code:     "NET025",
	Severity: schema.Error,
	Summary:  "the MTU differs between the interfaces of one network",
	Effect:   "Small packets pass, large ones disappear: CARP and ping look well while replication and file transfers hang (ifconfig(8) mtu).",
	Check: func(p *Pass) {
		byName := map[port]*schema.Interface{}
		on := map[*schema.Network][]*schema.Interface{}
		interfaces(p, func(i *schema.Interface) {
			byName[port{i.Node, i.Name}] = i
			if w := i.Network.Value; w != nil {
				on[w] = append(on[w], i)
			}
		})
		for _, w := range p.Networks {
			checkMTU(p, w, on[w], byName)
		}
	},
}

// checkMTU measures the interfaces of a network by the most frequent MTU; of
// equally frequent ones by the first that is stated.
func checkMTU(p *Pass, w *schema.Network, is []*schema.Interface, byName map[port]*schema.Interface) {
	count := map[int]int{}
	var norm *schema.Interface
	known := func(i *schema.Interface) int { return mtu(i, byName) }
	for _, i := range is {
		count[known(i)]++
	}
	for _, i := range is {
		better := norm == nil || count[known(i)] > count[known(norm)] ||
			count[known(i)] == count[known(norm)] && i.MTU.Stated && !norm.MTU.Stated
		if known(i) != 0 && better {
			norm = i
		}
	}
	for _, i := range is {
		if norm == nil || known(i) == 0 || known(i) == known(norm) {
			continue
		}
		p.Report(Report{
			At: firstRange(i.MTU.Range, i.Range), Object: i.Node.Object(),
			Message: fmt.Sprintf("%s of %s has MTU %d, but %s of %s has %d on %s", i.Name, i.Node.Address(), known(i), norm.Name, norm.Node.Address(), known(norm), w.Address()),
			Help:    fmt.Sprintf("write mtu = %d on every interface of the network", max(known(i), known(norm))),
			Related: Also(firstRange(norm.MTU.Range, norm.Range), "%s of %s has %d", norm.Name, norm.Node.Address(), known(norm)),
		})
	}
}

// firstRange returns the first range that is one.
func firstRange(rs ...hcl.Range) hcl.Range {
	for _, r := range rs {
		if r != (hcl.Range{}) {
			return r
		}
	}
	return hcl.Range{}
}

var net026 = &Rule{
	Code:     "NET026",
	Severity: schema.Error,
	Summary:  "an MTU that IP cannot use",
	Effect:   "The driver refuses it, or IP stops working on the interface: IPv4 needs 72 bytes, IPv6 needs 1280 (ifconfig(8); inet6(4)).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			low, six := 72, slices.ContainsFunc(i.Addresses.Items, func(a schema.Attr[schema.Address]) bool { return a.Value.Addr.Is6() })
			if six {
				low = 1280
			}
			if !i.MTU.Stated || i.MTU.Value >= low && i.MTU.Value <= 65535 {
				return
			}
			p.Report(Report{
				At: i.MTU.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("MTU %d of %s is outside %d to 65535", i.MTU.Value, i.Name, low),
				Help:    "write 1500, the default of Ethernet, or 9000 where the whole network does jumbo frames",
			})
		})
	},
}
