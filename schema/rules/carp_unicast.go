package rules

import (
	"fmt"
	"net/netip"
	"slices"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// talks calls f for each vip some of whose members are unicast.
func talks(p *Pass, f func(*schema.VIP)) {
	for _, v := range p.VIPs {
		if slices.ContainsFunc(v.Members, isUnicast) {
			f(v)
		}
	}
}

// whyUnicast is the text that makes m unicast: mode, a peer, or the network.
func whyUnicast(m *schema.Member) hcl.Range {
	w := m.VIP.Network.Value
	switch {
	case m.Mode.Stated:
		return m.Mode.Range
	case m.Peer.Stated:
		return m.Peer.Range
	case m.Peer6.Stated:
		return m.Peer6.Range
	case w.Multicast.Stated:
		return w.Multicast.Range
	}
	return m.At
}

var carp050 = &Rule{
	Code:     "CARP050",
	Severity: schema.Error,
	Summary:  "a unicast vip has more than two nodes",
	Effect:   "A vhid has one peer address: the third node never hears the MASTER and becomes one too (ifconfig(8) peer; sys/netinet/ip_carp.c).",
	Check: func(p *Pass) {
		talks(p, func(v *schema.VIP) {
			i := slices.IndexFunc(v.Members, isUnicast)
			if len(v.Members) < 3 {
				return
			}
			p.Report(Report{
				At: whyUnicast(v.Members[i]), Object: v.Object(),
				Message: fmt.Sprintf("%s is unicast and has %d nodes", v.Address(), len(v.Members)),
				Help:    "use mode = \"multicast\" on a network that passes it, or leave two nodes: nodes = [node.A, node.B]",
				Related: Also(v.Range, "the vip is here"),
			})
		})
	},
}

var carp051 = &Rule{
	Code:     "CARP051",
	Severity: schema.Error,
	Summary:  "one node of a vip is unicast, another multicast",
	Effect:   "The unicast node hears no more advertisements where the network passes no multicast, and behind a router none at all; it becomes MASTER beside the other (carp(4) 14.0).",
	Check: func(p *Pass) {
		agree(p, "mode", "state the mode once, in the vip", func(m *schema.Member) (claim, bool) {
			at := m.Mode.Range
			if isUnicast(m) {
				at = whyUnicast(m)
			}
			return claim{value: m.Mode.Value, at: at}, true
		})
	},
}

// pairs calls f for both members of each vip of two unicast nodes.
func pairs(p *Pass, f func(m, other *schema.Member)) {
	for _, v := range p.VIPs {
		if len(v.Members) == 2 && isUnicast(v.Members[0]) && isUnicast(v.Members[1]) {
			f(v.Members[0], v.Members[1])
			f(v.Members[1], v.Members[0])
		}
	}
}

// has reports whether an address belongs to n.
func has(n *schema.Node, a netip.Addr) bool {
	return slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return slices.Contains(i.IPs(), a) })
}

// open reports whether n may have addresses that the description does not know.
func open(n *schema.Node, v6 bool) bool {
	return slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return learns(i, v6) || untold(i) })
}

// astray says what is wrong with a stated peer of a node, "" if nothing is.
func astray(peer netip.Addr, own, other *schema.Node) string {
	switch {
	case has(own, peer):
		return fmt.Sprintf("is an address of %s itself", own.Address())
	case has(other, peer) || open(other, peer.Is6()):
		return ""
	}
	return fmt.Sprintf("is no address of %s", other.Address())
}

var carp052 = &Rule{
	Code:     "CARP052",
	Severity: schema.Error,
	Summary:  "a peer is not the other node",
	Effect:   "Advertisements go where nobody counts them; the other node hears nothing and becomes MASTER too (sys/netinet/ip_carp.c carp_send_ad_locked 15).",
	Check: func(p *Pass) {
		pairs(p, func(m, other *schema.Member) {
			for _, peer := range []schema.Attr[netip.Addr]{m.Peer, m.Peer6} {
				if !peer.Stated {
					continue
				}
				if why := astray(peer.Value, m.Node, other.Node); why != "" {
					p.Report(Report{
						At: peer.Range, Object: m.VIP.Object(),
						Message: fmt.Sprintf("the peer %s of %s %s", peer.Value, m.Node.Address(), why),
						Help:    fmt.Sprintf("leave the peer out, since it is derived, or write an address of %s", other.Node.Address()),
						Related: Also(other.Node.Range, "the other node is here"),
					})
				}
			}
		})
	},
}

var carp053 = &Rule{
	Code:     "CARP053",
	Severity: schema.Error,
	Summary:  "a unicast vip has no peer for a family of its addresses",
	Effect:   "Advertisements of this family still go out by multicast, which the network does not pass: both nodes become MASTER (sys/netinet/ip_carp.c carp_send_ad_locked 15).",
	Check: func(p *Pass) {
		pairs(p, func(m, other *schema.Member) {
			for _, v6 := range []bool{false, true} {
				peer, word := m.Peer, "peer"
				if v6 {
					peer, word = m.Peer6, "peer6"
				}
				if !m.HasFamily(v6) || peer.Value.IsValid() || other.Interface == nil {
					continue
				}
				p.Report(Report{
					At: m.At, Object: m.VIP.Object(),
					Message: fmt.Sprintf("%s is unicast, but %s knows no %s of %s", m.VIP.Address(), m.Node.Address(), word, other.Node.Address()),
					Help:    fmt.Sprintf("give %s of %s an address, or write on %q { %s = \"ADDRESS\" }", other.Interface.Name, other.Node.Address(), m.Node.Name, word),
					Related: Also(other.Interface.Range, "the interface of the other node is here"),
				})
			}
		})
	},
}

var carp054 = &Rule{
	Code:     "CARP054",
	Severity: schema.Error,
	Summary:  "a multicast vip has a peer, or a network without multicast",
	Effect:   "The mode decides: advertisements go to 224.0.0.18 and ff02::12, and do not arrive where the network does not pass them (carp(4)).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[hcl.Range]bool{}
			for _, m := range v.Members {
				if isUnicast(m) || !m.Mode.Stated || seen[m.Mode.Range] {
					continue
				}
				w := v.Network.Value.Multicast
				r := Report{At: m.Mode.Range, Object: v.Object(), Help: "write mode = \"unicast\", or leave mode out"}
				switch {
				case w.Stated && !w.Value:
					r.Message = fmt.Sprintf("%s is multicast, but %s passes none", v.Address(), v.Network.Value.Address())
					r.Related = Also(w.Range, "the network says so here")
				case m.Peer.Stated:
					r.Message = fmt.Sprintf("%s is multicast, but %s has a peer", v.Address(), m.Node.Address())
					r.Related = Also(m.Peer.Range, "the peer is here")
				case m.Peer6.Stated:
					r.Message = fmt.Sprintf("%s is multicast, but %s has a peer6", v.Address(), m.Node.Address())
					r.Related = Also(m.Peer6.Range, "the peer is here")
				default:
					continue
				}
				seen[m.Mode.Range] = true
				p.Report(r)
			}
		}
	},
}

var carp055 = &Rule{
	Code:     "CARP055",
	Severity: schema.Error,
	Summary:  "a peer is of the wrong family",
	Effect:   "peer takes IPv4 only; what is none becomes 255.255.255.255 without a word. peer6 takes IPv6 only, and ifconfig fails on anything else (sbin/ifconfig/carp.c setcarp_peer, setcarp_peer6).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			for _, m := range v.Members {
				if m.Peer.Stated && m.Peer.Value.Is6() {
					p.Report(wrongPeer(m, m.Peer, "peer", "peer6"))
				}
				if m.Peer6.Stated && m.Peer6.Value.Is4() {
					p.Report(wrongPeer(m, m.Peer6, "peer6", "peer"))
				}
			}
		}
	},
}

func wrongPeer(m *schema.Member, a schema.Attr[netip.Addr], word, right string) Report {
	return Report{
		At: a.Range, Object: m.VIP.Object(),
		Message: fmt.Sprintf("%s is %s, but %s takes the other family", a.Value, family(a.Value), word),
		Help:    fmt.Sprintf("write %s = %q", right, a.Value),
	}
}

var carp056 = &Rule{
	Code:     "CARP056",
	Severity: schema.Warning,
	Summary:  "one vhid has IPv4 and IPv6 addresses",
	Effect:   "Each family has advertisements and a timer of its own, and either timer makes the node MASTER: where one family is filtered, the role changes every three seconds (sys/netinet/ip_carp.c carp_master_down).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			i := slices.IndexFunc(v.Members, func(m *schema.Member) bool { return m.HasFamily(false) && m.HasFamily(true) })
			if i < 0 {
				continue
			}
			p.Report(Report{
				At: v.Members[i].Addresses.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s has addresses of both families", v.Address()),
				Help:    "make two vips of it, one vhid for IPv4 and one for IPv6",
			})
		}
	},
}
