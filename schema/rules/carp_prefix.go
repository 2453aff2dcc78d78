package rules

import (
	"fmt"
	"net/netip"
	"slices"

	"carpool/schema"
)

var carp034 = &Rule{
	Code:     "CARP034",
	Severity: schema.Warning,
	Summary:  "a virtual address is outside every prefix of its network",
	Effect:   "FreeBSD 10 and later configure it, but no host of the network looks for it there: it is reachable only if a router sends it to this network (sys/netinet/ip_carp.c carp_attach).",
	Check: func(p *Pass) {
		virtual(p, func(v *schema.VIP, _ *schema.Member, a schema.Attr[schema.Address]) {
			if slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return preCARP(m.Node) }) || !usable(a.Value.Addr) || linkLocal(a.Value.Addr) {
				return
			}
			w := v.Network.Value
			if _, in := w.LengthIn(a.Value.Addr); in {
				return
			}
			p.Report(Report{
				At: a.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s is outside every prefix of %s", a.Value.Addr, w.Address()),
				Help:    "correct the address, or add its prefix to the network",
				Related: Also(w.Prefixes.Range, "the prefixes are here"),
			})
		})
	},
}

var carp035 = &Rule{
	Code:     "CARP035",
	Severity: schema.Error,
	Summary:  "a carpN interface has no parent for its address",
	Effect:   "Up to 9.x carpN takes as parent the interface that has an address whose subnet holds the virtual one. There is none: ifconfig says \"Can't assign requested address\", and the address is missing on this node (sys/netinet/ip_carp.c carp_set_addr 9.3).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[netip.Addr]bool{}
			for _, m := range v.Members {
				if !preCARP(m.Node) || m.Interface == nil || untold(m.Interface) {
					continue
				}
				for _, a := range m.Addresses.Items {
					if seen[a.Value.Addr] || learns(m.Interface, a.Value.Addr.Is6()) || !usable(a.Value.Addr) || parents(m.Interface, a.Value.Addr) {
						continue
					}
					seen[a.Value.Addr] = true
					p.Report(Report{
						At: a.Range, Object: v.Object(),
						Message: fmt.Sprintf("%s is in no subnet of %s on %s, which FreeBSD %s needs", a.Value.Addr, m.Interface.Name, m.Node.Address(), m.Node.Release),
						Help:    fmt.Sprintf("give %s an address of its own in the same subnet; from FreeBSD %s on that is not needed", m.Interface.Name, schema.CARPOnInterface.First()),
						Related: Also(m.Interface.Range, "the interface is here"),
					})
				}
			}
		}
	},
}

func parents(i *schema.Interface, a netip.Addr) bool {
	return slices.ContainsFunc(i.Addresses.Items, func(own schema.Attr[schema.Address]) bool {
		return own.Value.Prefix.Masked().Contains(a)
	})
}

// special says why no host can have an address of this prefix, or "".
func special(p netip.Prefix) string {
	a := p.Addr()
	switch {
	case a.BitLen()-p.Bits() < 2:
		return ""
	case a == p.Masked().Addr() && a.Is4():
		return "network address"
	case a == p.Masked().Addr():
		return "subnet-router anycast address"
	case a.Is4() && !p.Masked().Contains(a.Next()):
		return "broadcast address"
	}
	return ""
}

// specialIn says the same of an address on a network; outside of its prefixes
// the length that was given counts.
func specialIn(w *schema.Network, a schema.Address) (string, netip.Prefix) {
	p := a.Prefix
	if w != nil {
		if l, in := w.LengthIn(a.Addr); in {
			p = netip.PrefixFrom(a.Addr, l)
		}
	}
	return special(p), p.Masked()
}

var carp036 = &Rule{
	Code:     "CARP036",
	Severity: schema.Error,
	Summary:  "a virtual address is the network or broadcast address",
	Effect:   "Hosts send to the broadcast address by broadcast and to the network address not at all, so no client reaches the service (inet(4)).",
	Check: func(p *Pass) {
		virtual(p, func(v *schema.VIP, _ *schema.Member, a schema.Attr[schema.Address]) {
			if what, in := specialIn(v.Network.Value, a.Value); what != "" && usable(a.Value.Addr) {
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("%s is the %s of %s", a.Value.Addr, what, in),
					Help:    "choose an address between the two ends of the prefix",
					Related: Also(v.Network.Value.Range, "the network is here"),
				})
			}
		})
	},
}

var carp037 = &Rule{
	Code:     "CARP037",
	Severity: schema.Warning,
	Summary:  "the length of a virtual address is that of no prefix",
	Effect:   "The MASTER, and only the MASTER, gets a connected route of this length: it looks for hosts on this network that are elsewhere, or the other way round (sys/netinet/in.c in_addprefix).",
	Check: func(p *Pass) {
		virtual(p, func(v *schema.VIP, _ *schema.Member, a schema.Attr[schema.Address]) {
			if l, ok := strange(v.Network.Value, a.Value); ok {
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("%s has /%d, but its prefix on %s has /%d", a.Value.Addr, a.Value.Prefix.Bits(), v.Network.Value.Address(), l),
					Help:    fmt.Sprintf("write %q, or leave the length out", netip.PrefixFrom(a.Value.Addr, l)),
					Related: Also(v.Network.Value.Prefixes.Range, "the prefixes are here"),
				})
			}
		})
	},
}

// strange reports whether the stated length of an address is neither that of
// a prefix of w with the address in it, nor that of a single host. It returns
// the length to write.
func strange(w *schema.Network, a schema.Address) (int, bool) {
	if w == nil || !a.Length || a.Prefix.IsSingleIP() {
		return 0, false
	}
	for _, q := range w.Prefixes.Items {
		if q.Value == a.Prefix.Masked() {
			return 0, false
		}
	}
	return w.LengthIn(a.Addr)
}

// usable reports whether a host can have the address at all.
func usable(a netip.Addr) bool {
	return !a.IsMulticast() && !a.IsUnspecified() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

var carp038 = &Rule{
	Code:     "CARP038",
	Severity: schema.Error,
	Summary:  "an IPv6 virtual address is on an interface without IPv6",
	Effect:   "rc configures inet6 aliases only where ifconfig_IF_ipv6 is set: the address is silently missing, and the other nodes serve without a backup (network.subr ipv6if, ifconfig_up).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			var bare []*schema.Member
			for _, m := range v.Members {
				if m.HasFamily(true) && m.Interface != nil && !preCARP(m.Node) && !hasIPv6(m) {
					bare = append(bare, m)
				}
			}
			if len(bare) == 0 {
				continue
			}
			m := bare[0]
			i := slices.IndexFunc(m.Addresses.Items, func(a schema.Attr[schema.Address]) bool { return a.Value.Addr.Is6() })
			a := m.Addresses.Items[i]
			r := Report{
				At: a.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s of %s is on %s of %s, which has no IPv6", a.Value.Addr, v.Address(), m.Interface.Name, m.Node.Address()),
				Help:    "give the interface an IPv6 address of its own, or accept_rtadv = true",
			}
			for _, b := range bare {
				r.Related = append(r.Related, Also(b.Interface.Range, "this interface has no IPv6 address")...)
			}
			p.Report(r)
		}
	},
}

func hasIPv6(m *schema.Member) bool {
	i := m.Interface
	if learns(i, true) || untold(i) || len(i.IPv6Options()) > 0 {
		return true
	}
	return slices.ContainsFunc(i.Addresses.Items, func(a schema.Attr[schema.Address]) bool { return a.Value.Addr.Is6() })
}

var carp039 = &Rule{
	Code:     "CARP039",
	Severity: schema.Error,
	Summary:  "a virtual address is none that a host can have",
	Effect:   "Multicast, loopback and unspecified addresses cannot be the address of a service: ifconfig refuses them, or nobody can send to them (inet(4), inet6(4)).",
	Check: func(p *Pass) {
		virtual(p, func(v *schema.VIP, _ *schema.Member, a schema.Attr[schema.Address]) {
			if !usable(a.Value.Addr) {
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("%s is a multicast, loopback or unspecified address", a.Value.Addr),
					Help:    "choose an address of the network's prefixes",
				})
			}
		})
	},
}
