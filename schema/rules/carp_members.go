package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// claim is what one member says of one thing, and where.
type claim struct {
	member *schema.Member
	value  string
	at     hcl.Range
}

// overrides reports whether the text at this place is an attribute of m's own
// on block.
func overrides(m *schema.Member, at hcl.Range) bool {
	o := m.On
	if o == nil {
		return false
	}
	own := []hcl.Range{
		o.VHID.Range, o.Addresses.Range, o.Password.Range, o.AdvBase.Range, o.AdvSkew.Range, o.Mode.Range, o.Peer.Range,
		o.Peer6.Range, o.Protocol.Range, o.VRRPPrio.Range, o.VRRPInterval.Range, o.CARPUnit.Range,
	}
	return at != (hcl.Range{}) && slices.Contains(own, at)
}

// measure finds the claim that the others are measured by, and those that
// differ from it. What the vip itself says counts before all; else the most
// frequent value, of equally frequent ones that which no on block states, then
// the first.
func measure(claims []claim) (norm claim, odd []claim) {
	if len(claims) == 0 {
		return claim{}, nil
	}
	i := slices.IndexFunc(claims, func(c claim) bool { return c.at != c.member.At && !overrides(c.member, c.at) })
	if i < 0 {
		i = mostFrequent(claims)
	}
	norm = claims[i]
	for _, c := range claims {
		if c.value != norm.value {
			odd = append(odd, c)
		}
	}
	return norm, odd
}

func mostFrequent(claims []claim) int {
	count, best := map[string]int{}, 0
	for _, c := range claims {
		count[c.value] += 2
	}
	weight := func(c claim) int {
		if overrides(c.member, c.at) {
			return count[c.value]
		}
		return count[c.value] + 1
	}
	for i, c := range claims {
		if weight(c) > weight(claims[best]) {
			best = i
		}
	}
	return best
}

// agree reports every member whose value differs from that of the others. A
// member for which read returns false takes no part.
func agree(p *Pass, what, help string, read func(*schema.Member) (claim, bool)) {
	for _, v := range p.VIPs {
		norm, odd := measure(claimsOf(v, read))
		for _, c := range odd {
			p.Report(Report{
				At: c.at, Object: v.Object(),
				Message: fmt.Sprintf("%s has %s %s on %s, but %s on %s", v.Address(), what, c.value, c.member.Node.Address(), norm.value, norm.member.Node.Address()),
				Help:    help,
				Related: Also(norm.at, "%s says %s here", norm.member.Node.Address(), norm.value),
			})
		}
	}
}

func claimsOf(v *schema.VIP, read func(*schema.Member) (claim, bool)) []claim {
	var cs []claim
	for _, m := range v.Members {
		if c, ok := read(m); ok {
			c.member = m
			cs = append(cs, c)
		}
	}
	return cs
}

// number reads an attribute of the members that take part.
func number(get func(*schema.Member) schema.Attr[int], takesPart func(*schema.Member) bool) func(*schema.Member) (claim, bool) {
	return func(m *schema.Member) (claim, bool) {
		a := get(m)
		return claim{value: a.String(), at: a.Range}, takesPart(m)
	}
}

// within reports every stated value of an attribute outside lo to hi, once per
// place.
func within(p *Pass, what string, lo, hi int, help string, get func(*schema.Member) schema.Attr[int]) {
	for _, v := range p.VIPs {
		seen := map[hcl.Range]bool{}
		for _, m := range v.Members {
			a := get(m)
			if !a.Stated || a.Value >= lo && a.Value <= hi || seen[a.Range] {
				continue
			}
			seen[a.Range] = true
			p.Report(Report{
				At: a.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s %d is outside %d to %d", what, a.Value, lo, hi),
				Help:    help,
			})
		}
	}
}

func isCARP(m *schema.Member) bool    { return m.Protocol.Value == "carp" }
func isVRRP(m *schema.Member) bool    { return m.Protocol.Value == "vrrp" }
func isUnicast(m *schema.Member) bool { return m.Mode.Value == "unicast" }

func vhidOf(m *schema.Member) schema.Attr[int]     { return m.VHID }
func skewOf(m *schema.Member) schema.Attr[int]     { return m.AdvSkew }
func baseOf(m *schema.Member) schema.Attr[int]     { return m.AdvBase }
func prioOf(m *schema.Member) schema.Attr[int]     { return m.VRRPPrio }
func intervalOf(m *schema.Member) schema.Attr[int] { return m.VRRPInterval }

// preCARP reports whether n has carpN pseudo-interfaces.
func preCARP(n *schema.Node) bool { return n.Release.Has(schema.CARPInterface) }

// nodeList lists nodes for a message, the first three by name.
func nodeList(ns []*schema.Node) string {
	var words []string
	for i, n := range ns {
		if i == 3 && len(ns) > 4 {
			return strings.Join(words, ", ") + fmt.Sprintf(" and %d more", len(ns)-i)
		}
		words = append(words, n.Address())
	}
	return strings.Join(words, ", ")
}

// learns reports whether the interface may get addresses of the family that
// the description does not know.
func learns(i *schema.Interface, v6 bool) bool {
	if v6 {
		return i.AcceptRtadv.Value || slices.ContainsFunc(i.Options.Values(), func(o string) bool { return strings.Contains(o, "inet6") })
	}
	return i.DHCP.Stated && i.DHCP.Value != "false"
}

// untold reports whether the interface may have addresses that the description
// leaves out, since carpool does not write them.
func untold(i *schema.Interface) bool {
	return len(i.Addresses.Items) == 0 && (!i.Node.IsManaged() || i.Node.Out.Fragment)
}

// family names the family of an address.
func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// linkLocal addresses mean something on their own link only: the same one may
// stand on several interfaces.
func linkLocal(a netip.Addr) bool { return a.IsLinkLocalUnicast() && a.Is6() }
