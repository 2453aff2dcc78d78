package rules

import (
	"fmt"
	"slices"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// Skews from 241 on count as maxSkew (sys/netinet/ip_carp.c CARP_MAXSKEW).
const maxSkew = 240

const skewHelp = "give each node a different advskew from 0 to 200, the lowest to the preferred one; or write prefer = [node.A, node.B]"

// rivals reports members of equal rank in the election, where the description
// asks for an order, once per place.
func rivals(p *Pass, v *schema.VIP, what string, get func(*schema.Member) schema.Attr[int], counts func(*schema.Member) bool, help string) {
	if !v.Prefer.Stated && !slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return overrides(m, get(m).Range) && get(m).Stated }) {
		return
	}
	first := map[int]*schema.Member{}
	seen := map[hcl.Range]bool{}
	for _, m := range v.Members {
		other, taken := first[get(m).Value]
		switch {
		case !counts(m):
			continue
		case !taken:
			first[get(m).Value] = m
			continue
		}
		at, there := get(m), get(other)
		if !at.Stated || overrides(other, there.Range) && !overrides(m, at.Range) {
			at, there = there, at
		}
		if !at.Stated || seen[at.Range] {
			continue
		}
		seen[at.Range] = true
		from := "the other one has it from here"
		if !there.Stated {
			from = "the other one states none and gets it from its place among the nodes"
		}
		p.Report(Report{
			At: at.Range, Object: v.Object(),
			Message: fmt.Sprintf("%s and %s both have %s %d in %s", other.Node.Address(), m.Node.Address(), what, at.Value, v.Address()),
			Help:    help,
			Related: Also(there.Range, "%s", from),
		})
	}
}

// skewCounts leaves values to CARP022 and CARP023 that are wrong by themselves.
func skewCounts(m *schema.Member) bool {
	return isCARP(m) && m.AdvSkew.Value >= 0 && m.AdvSkew.Value <= maxSkew
}

var carp020 = &Rule{
	Code:     "CARP020",
	Severity: schema.Error,
	Summary:  "two nodes have the same advskew although one shall be preferred",
	Effect:   "The first to come up keeps the address; two that boot together may become MASTER and step down together every three seconds (sys/netinet/ip_carp.c carp_input_c: a MASTER yields to an equal advertisement).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			rivals(p, v, "advskew", skewOf, skewCounts, skewHelp)
		}
	},
}

var carp021 = &Rule{
	Code:     "CARP021",
	Severity: schema.Warning,
	Summary:  "all nodes of a vip share one advskew",
	Effect:   "Nobody is preferred. Two nodes that boot at the same moment both become MASTER, both step down, and repeat it every three seconds until their timers drift apart (sys/netinet/ip_carp.c carp_input_c).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			equal := func(m *schema.Member) bool {
				return skewCounts(m) && m.AdvSkew.Stated && m.AdvSkew.Range == v.AdvSkew.Range
			}
			if v.Prefer.Stated || len(v.Members) < 2 || slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return !equal(m) }) {
				continue
			}
			p.Report(Report{
				At: v.AdvSkew.Range, Object: v.Object(),
				Message: fmt.Sprintf("all nodes of %s have advskew %d", v.Address(), v.AdvSkew.Value),
				Help:    "leave advskew out, and carpool gives every node a different one; or " + skewHelp,
			})
		}
	},
}

var carp022 = &Rule{
	Code:     "CARP022",
	Severity: schema.Error,
	Summary:  "an advskew is outside 0 to 254",
	Effect:   "Above 254 the kernel refuses the vhid with EINVAL and the address is missing; a negative number is ignored without a word (sbin/ifconfig/carp.c; sys/netinet/ip_carp.c carp_ioctl).",
	Check:    func(p *Pass) { within(p, "advskew", 0, 254, skewHelp, skewOf) },
}

var carp023 = &Rule{
	Code:     "CARP023",
	Severity: schema.Error,
	Summary:  "an advskew from 241 to 254 counts as 240",
	Effect:   "Advertisements and elections use 240, so two such nodes are equal, and a fault (demotion 240) makes no difference any more (sys/netinet/ip_carp.c DEMOTE_ADVSKEW).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[hcl.Range]bool{}
			for _, m := range v.Members {
				a := m.AdvSkew
				if !a.Stated || a.Value <= maxSkew || a.Value > 254 || seen[a.Range] {
					continue
				}
				seen[a.Range] = true
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("advskew %d counts as %d", a.Value, maxSkew),
					Help:    skewHelp,
				})
			}
		}
	},
}

var carp024 = &Rule{
	Code:     "CARP024",
	Severity: schema.Error,
	Summary:  "the advbase of one vip differs between nodes",
	Effect:   "The node with the smaller advbase always wins, whatever the advskew says, and the other one needs three times its own interval to notice a dead MASTER (sys/netinet/ip_carp.c carp_input_c).",
	Check: func(p *Pass) {
		agree(p, "advbase", "state advbase once, in the vip; use advskew or prefer to say who is preferred", number(baseOf, isCARP))
	},
}

var carp025 = &Rule{
	Code:     "CARP025",
	Severity: schema.Error,
	Summary:  "an advbase is outside 1 to 255",
	Effect:   "0 and negative numbers are ignored; above 255 the kernel refuses the vhid with EINVAL and the address is missing (sys/netinet/ip_carp.c carp_ioctl).",
	Check: func(p *Pass) {
		within(p, "advbase", 1, 255, "write 1 to 255 seconds; 1 is the default", baseOf)
	},
}

// ranked returns the members that prefer names, in its order.
func ranked(v *schema.VIP) []*schema.Member {
	ms := make([]*schema.Member, len(v.Prefer.Items))
	for _, m := range v.Members {
		if m.Rank >= 0 {
			ms[m.Rank] = m
		}
	}
	return slices.DeleteFunc(ms, func(m *schema.Member) bool { return m == nil })
}

var carp026 = &Rule{
	Code:     "CARP026",
	Severity: schema.Error,
	Summary:  "an advskew or vrrpprio contradicts prefer",
	Effect:   "FreeBSD knows nothing of prefer: the node with the lower advskew, or the higher vrrpprio, becomes MASTER (carp(4)).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			ms := ranked(v)
			for i := 1; i < len(ms); i++ {
				a, b, what := ms[i-1].AdvSkew, ms[i].AdvSkew, "advskew"
				if isVRRP(ms[i]) {
					b, a, what = ms[i-1].VRRPPrio, ms[i].VRRPPrio, "vrrpprio"
				}
				if a.Value <= b.Value {
					continue
				}
				at := ms[i]
				if isVRRP(at) && !at.VRRPPrio.Stated || isCARP(at) && !at.AdvSkew.Stated {
					at = ms[i-1]
				}
				place := at.AdvSkew
				if isVRRP(at) {
					place = at.VRRPPrio
				}
				p.Report(Report{
					At: place.Range, Object: v.Object(),
					Message: fmt.Sprintf("this %s makes %s preferred to %s, but prefer says the opposite", what, ms[i].Node.Address(), ms[i-1].Node.Address()),
					Help:    "leave " + what + " out, since prefer gives it; or change the order of prefer",
					Related: Also(v.Prefer.Range, "prefer is here"),
				})
			}
		}
	},
}
