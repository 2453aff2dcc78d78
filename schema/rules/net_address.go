package rules

import (
	"fmt"
	"net/netip"
	"slices"

	"carpool/schema"
)

// ownAddresses calls f for every address of every interface.
func ownAddresses(p *Pass, f func(i *schema.Interface, a schema.Attr[schema.Address])) {
	for _, n := range p.Nodes {
		for _, i := range n.Interfaces {
			for _, a := range i.Addresses.Items {
				f(i, a)
			}
		}
	}
}

var net001 = &Rule{
	Code:     "NET001",
	Severity: schema.Error,
	Summary:  "an address is outside every prefix of its interface's network",
	Effect:   "The other hosts of the network send what is meant for it to their router; the nodes do not reach each other (inet(4)).",
	Check: func(p *Pass) {
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			w := i.Network.Value
			if w == nil || linkLocal(a.Value.Addr) || a.Value.Prefix.IsSingleIP() || !usable(a.Value.Addr) {
				return
			}
			if _, in := w.LengthIn(a.Value.Addr); in {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s is outside every prefix of %s", a.Value.Addr, i.Node.Address(), w.Address()),
				Help:    "correct the address, or add its prefix to the network",
				Related: Also(w.Prefixes.Range, "the prefixes are here"),
			})
		})
	},
}

var net002 = &Rule{
	Code:     "NET002",
	Severity: schema.Error,
	Summary:  "the length of an address is that of no prefix of its network",
	Effect:   "The node takes hosts of the network for distant ones, or distant ones for neighbours, and its broadcast address is another than theirs (ifconfig(8)).",
	Check: func(p *Pass) {
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			l, ok := strange(i.Network.Value, a.Value)
			if !ok || linkLocal(a.Value.Addr) {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s has /%d, but its prefix on %s has /%d", a.Value.Addr, a.Value.Prefix.Bits(), i.Network.Value.Address(), l),
				Help:    fmt.Sprintf("write %q, or leave the length out", netip.PrefixFrom(a.Value.Addr, l)),
				Related: Also(i.Network.Value.Prefixes.Range, "the prefixes are here"),
			})
		})
	},
}

var net003 = &Rule{
	Code:     "NET003",
	Severity: schema.Error,
	Summary:  "an address is there twice",
	Effect:   "Two hosts answer for it: connections reach the one or the other, and each logs \"is using my IP address\" (arp(4)).",
	Check: func(p *Pass) {
		first := map[spot]owner{}
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			var other *owner
			for _, k := range spots(i.Network.Value, i.Node, a.Value.Addr) {
				if o, taken := first[k]; taken {
					other = &o
				} else {
					first[k] = owner{i, a.Range}
				}
			}
			if other == nil {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s is already the address of %s of %s", a.Value.Addr, other.iface.Name, other.iface.Node.Address()),
				Help:    "give each interface an address of its own",
				Related: Also(other.at, "first used here"),
			})
		})
	},
}

var net004 = &Rule{
	Code:     "NET004",
	Severity: schema.Error,
	Summary:  "an interface has the network or broadcast address",
	Effect:   "Other hosts do not send to it: they use the broadcast address for broadcasts and drop what comes from it (inet(4)).",
	Check: func(p *Pass) {
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			what, in := specialIn(i.Network.Value, a.Value)
			if what == "" || a.Value.Addr.Is6() || !usable(a.Value.Addr) {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s is the %s of %s", a.Value.Addr, what, in),
				Help:    "choose an address between the two ends of the prefix",
			})
		})
	},
}

var net005 = &Rule{
	Code:     "NET005",
	Severity: schema.Error,
	Summary:  "a gateway is outside the prefixes of its network",
	Effect:   "No host of the network reaches it directly: as default route it is refused (\"Network is unreachable\"), and as witness it is silent when it should speak (route(8)).",
	Check: func(p *Pass) {
		for _, w := range p.Networks {
			g := w.Gateway
			if !g.Stated || linkLocal(g.Value) {
				continue
			}
			r := Report{At: g.Range, Object: w.Object(), Help: "write an address of the network", Related: Also(w.Prefixes.Range, "the prefixes are here")}
			if l, in := w.LengthIn(g.Value); !in {
				r.Message = fmt.Sprintf("the gateway %s is outside every prefix of %s", g.Value, w.Address())
			} else if what := special(netip.PrefixFrom(g.Value, l)); what != "" && g.Value.Is4() {
				r.Message = fmt.Sprintf("the gateway %s is the %s of %s", g.Value, what, netip.PrefixFrom(g.Value, l).Masked())
			} else {
				continue
			}
			p.Report(r)
		}
	},
}

var net006 = &Rule{
	Code:     "NET006",
	Severity: schema.Error,
	Summary:  "two prefixes of one network overlap",
	Effect:   "Hosts of one segment have different ideas of who is a neighbour: what the one sends directly, the other sends to its router (inet(4)).",
	Check: func(p *Pass) {
		for _, w := range p.Networks {
			ps := slices.Clone(w.Prefixes.Items)
			slices.SortStableFunc(ps, func(a, b schema.Attr[netip.Prefix]) int {
				if c := a.Value.Addr().Compare(b.Value.Addr()); c != 0 {
					return c
				}
				return a.Value.Bits() - b.Value.Bits()
			})
			wide := 0
			for i := 1; i < len(ps); i++ {
				if !ps[wide].Value.Overlaps(ps[i].Value) {
					wide = i
					continue
				}
				p.Report(overlap(w, ps[wide], ps[i]))
			}
		}
	},
}

// overlap reports the later written of two prefixes of w.
func overlap(w *schema.Network, a, b schema.Attr[netip.Prefix]) Report {
	if b.Range.Start.Byte < a.Range.Start.Byte {
		a, b = b, a
	}
	return Report{
		At: b.Range, Object: w.Object(),
		Message: fmt.Sprintf("%s overlaps %s on %s", b.Value, a.Value, w.Address()),
		Help:    "leave one of them, or make two networks of them",
		Related: Also(a.Range, "the other prefix is here"),
	}
}

var net007 = &Rule{
	Code:     "NET007",
	Severity: schema.Error,
	Summary:  "two interfaces of a node are in one subnet but on two networks",
	Effect:   "The kernel has one connected route for the subnet: what is meant for the one network leaves by the interface of the other (sys/netinet/in.c in_addprefix).",
	Check: func(p *Pass) {
		type subnet struct {
			node   *schema.Node
			prefix netip.Prefix
		}
		first := map[subnet]owner{}
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			w, masked := i.Network.Value, a.Value.Prefix.Masked()
			if w == nil || linkLocal(a.Value.Addr) || a.Value.Prefix.IsSingleIP() {
				return
			}
			k := subnet{i.Node, masked}
			other, taken := first[k]
			if !taken {
				first[k] = owner{i, a.Range}
				return
			}
			if other.iface.Network.Value == w {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s is on %s, but %s is already on %s by %s", i.Name, i.Node.Address(), w.Address(), masked, other.iface.Network.Value.Address(), other.iface.Name),
				Help:    "give the two networks different prefixes",
				Related: Also(other.at, "the other address is here"),
			})
		})
	},
}

var net008 = &Rule{
	Code:     "NET008",
	Severity: schema.Error,
	Summary:  "an interface has an address that no host can have",
	Effect:   "ifconfig refuses multicast and unspecified addresses, and a loopback address on a real interface reaches nobody (inet(4), inet6(4)).",
	Check: func(p *Pass) {
		ownAddresses(p, func(i *schema.Interface, a schema.Attr[schema.Address]) {
			if usable(a.Value.Addr) || driver(i) == "lo" && a.Value.Addr.IsLoopback() {
				return
			}
			p.Report(Report{
				At: a.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s is a multicast, loopback or unspecified address", a.Value.Addr),
				Help:    "choose an address of the network's prefixes",
			})
		})
	},
}
