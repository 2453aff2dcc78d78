package rules

import (
	"fmt"

	"carpool/schema"
)

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
