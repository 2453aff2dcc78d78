package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// set writes addresses without their lengths, sorted, for comparison.
func set(l schema.List[schema.Address]) string {
	as := make([]netip.Addr, 0, len(l.Items))
	for _, a := range l.Items {
		as = append(as, a.Value.Addr)
	}
	slices.SortFunc(as, netip.Addr.Compare)
	words := []string{}
	for _, a := range slices.Compact(as) {
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}

// lacks names the first address of a that b has not.
func lacks(a, b schema.List[schema.Address]) (netip.Addr, bool) {
	have := map[netip.Addr]bool{}
	for _, x := range b.Items {
		have[x.Value.Addr] = true
	}
	for _, x := range a.Items {
		if !have[x.Value.Addr] {
			return x.Value.Addr, true
		}
	}
	return netip.Addr{}, false
}

func addressesOf(m *schema.Member) (claim, bool) {
	return claim{value: set(m.Addresses), at: m.Addresses.Range}, true
}

var carp030 = &Rule{
	Code:     "CARP030",
	Severity: schema.Error,
	Summary:  "the addresses of one vip differ between nodes",
	Effect:   "The signature of an advertisement covers all addresses of the vhid: the nodes throw each other's advertisements away, log nothing, and all become MASTER (sys/netinet/ip_carp.c carp_hmac_prepare).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			norm, odd := measure(claimsOf(v, addressesOf))
			for _, c := range odd {
				what := ""
				if a, ok := lacks(c.member.Addresses, norm.member.Addresses); ok {
					what = fmt.Sprintf("%s of %s is on %s, but not on %s", a, v.Address(), c.member.Node.Address(), norm.member.Node.Address())
				} else if a, ok := lacks(norm.member.Addresses, c.member.Addresses); ok {
					what = fmt.Sprintf("%s of %s is missing on %s", a, v.Address(), c.member.Node.Address())
				}
				p.Report(Report{
					At: c.at, Object: v.Object(),
					Message: what,
					Help:    "state the addresses once, in the vip, and take them out of the on blocks",
					Related: Also(norm.at, "%s has %s", norm.member.Node.Address(), norm.value),
				})
			}
		}
	},
}

var carp031 = &Rule{
	Code:     "CARP031",
	Severity: schema.Error,
	Summary:  "the prefix length of a virtual address differs between nodes",
	Effect:   "The election works, the routes do not: after a failover the new MASTER has another connected route, or none (sys/netinet/in.c in_aifaddr_ioctl).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			norm, _ := measure(claimsOf(v, addressesOf))
			if norm.member == nil {
				continue
			}
			length := map[netip.Addr]schema.Attr[schema.Address]{}
			for _, a := range norm.member.Addresses.Items {
				length[a.Value.Addr] = a
			}
			for _, m := range v.Members {
				own := map[netip.Addr]int{}
				for _, a := range m.Addresses.Items {
					own[a.Value.Addr]++
				}
				for _, a := range m.Addresses.Items {
					first, ok := length[a.Value.Addr]
					// One that a node has twice is CARP033.
					if !ok || first.Value.Prefix == a.Value.Prefix || own[a.Value.Addr] > 1 {
						continue
					}
					p.Report(Report{
						At: a.Range, Object: v.Object(),
						Message: fmt.Sprintf("%s has /%d on %s, but /%d on %s", a.Value.Addr, a.Value.Prefix.Bits(), m.Node.Address(), first.Value.Prefix.Bits(), norm.member.Node.Address()),
						Help:    fmt.Sprintf("write %q on all nodes, or state the addresses once, in the vip", first.Value),
						Related: Also(first.Range, "%s has /%d from here", norm.member.Node.Address(), first.Value.Prefix.Bits()),
					})
				}
			}
		}
	},
}

// spot is where an address can be only once: on a network, or on a node.
type spot struct {
	network *schema.Network
	node    *schema.Node
	addr    netip.Addr
}

// spots lists where an address of n on network w stands. Link-local
// addresses may be the same on several interfaces of a node.
func spots(w *schema.Network, n *schema.Node, a netip.Addr) []spot {
	var ps []spot
	if w != nil {
		ps = append(ps, spot{network: w, addr: a})
	}
	if !linkLocal(a) {
		ps = append(ps, spot{node: n, addr: a})
	}
	return ps
}

// owner is an interface with an address of its own.
type owner struct {
	iface *schema.Interface
	at    hcl.Range
}

// owned finds whose own address stands in each place.
func owned(p *Pass) map[spot]owner {
	own := map[spot]owner{}
	for _, n := range p.Nodes {
		for _, i := range n.Interfaces {
			for _, a := range i.Addresses.Items {
				for _, k := range spots(i.Network.Value, n, a.Value.Addr) {
					if _, taken := own[k]; !taken {
						own[k] = owner{i, a.Range}
					}
				}
			}
		}
	}
	return own
}

// virtual calls f once for each written address of each vip, with the first
// member that has it.
func virtual(p *Pass, f func(v *schema.VIP, m *schema.Member, a schema.Attr[schema.Address])) {
	type written struct {
		at   hcl.Range
		addr netip.Addr
	}
	for _, v := range p.VIPs {
		seen := map[written]bool{}
		for _, m := range v.Members {
			for _, a := range m.Addresses.Items {
				k := written{a.Range, a.Value.Addr}
				if !seen[k] {
					seen[k] = true
					f(v, m, a)
				}
			}
		}
	}
}

var carp032 = &Rule{
	Code:     "CARP032",
	Severity: schema.Error,
	Summary:  "a virtual address is a node's own address",
	Effect:   "From 10.0 on the node's own address becomes part of the vhid, and the node loses it as long as it is BACKUP; up to 9.x that node forces its advskew to 0; on another node it is a plain duplicate (sys/netinet/in.c in_aifaddr_ioctl; ip_carp.c carp_set_addr 9.3).",
	Check: func(p *Pass) {
		own := owned(p)
		for _, v := range p.VIPs {
			seen := map[netip.Addr]bool{}
			for _, m := range v.Members {
				for _, a := range m.Addresses.Items {
					o, taken := ownerOf(own, v, m, a.Value.Addr)
					if !taken || seen[a.Value.Addr] {
						continue
					}
					seen[a.Value.Addr] = true
					p.Report(Report{
						At: a.Range, Object: v.Object(),
						Message: fmt.Sprintf("%s of %s is %s's own address on %s", a.Value.Addr, v.Address(), o.iface.Node.Address(), o.iface.Name),
						Help:    "give the vip an address that no host has by itself",
						Related: Also(o.at, "the node has it from here"),
					})
				}
			}
		}
	},
}

func ownerOf(own map[spot]owner, v *schema.VIP, m *schema.Member, a netip.Addr) (owner, bool) {
	for _, k := range spots(v.Network.Value, m.Node, a) {
		if o, ok := own[k]; ok {
			return o, true
		}
	}
	return owner{}, false
}

var carp033 = &Rule{
	Code:     "CARP033",
	Severity: schema.Error,
	Summary:  "a virtual address is there twice",
	Effect:   "An address belongs to one vhid: the later line moves it there, the signature of the earlier one no longer covers it, and the nodes of that group no longer understand each other (sys/netinet/ip_carp.c carp_attach).",
	Check: func(p *Pass) {
		type use struct {
			vip *schema.VIP
			at  hcl.Range
		}
		first := map[spot]use{}
		for _, v := range p.VIPs {
			seen := map[netip.Addr]bool{}
			for _, m := range v.Members {
				mine := map[netip.Addr]bool{}
				for _, a := range m.Addresses.Items {
					var other *use
					for _, k := range spots(v.Network.Value, m.Node, a.Value.Addr) {
						if u, taken := first[k]; taken && (u.vip != v || mine[a.Value.Addr]) {
							other = &u
						} else if !taken {
							first[k] = use{v, a.Range}
						}
					}
					mine[a.Value.Addr] = true
					if other == nil || seen[a.Value.Addr] {
						continue
					}
					seen[a.Value.Addr] = true
					p.Report(Report{
						At: a.Range, Object: v.Object(),
						Message: fmt.Sprintf("%s is already an address of %s", a.Value.Addr, other.vip.Address()),
						Help:    "give each vip addresses of its own, and write each of them once",
						Related: Also(other.at, "first used here"),
					})
				}
			}
		}
	},
}
