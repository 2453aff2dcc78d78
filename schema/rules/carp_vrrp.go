package rules

import (
	"fmt"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

const prioHelp = "give each node a different vrrpprio from 1 to 254, the highest to the preferred one; or write prefer = [node.A, node.B]"

var carp060 = &Rule{
	Code:     "CARP060",
	Severity: schema.Error,
	Summary:  "one node of a vip speaks CARP, another VRRP",
	Effect:   "Each drops the other's advertisements for their version, and both become MASTER with the same MAC address (sys/netinet/ip_carp.c 15).",
	Check: func(p *Pass) {
		agree(p, "protocol", "state the protocol once, in the vip", func(m *schema.Member) (claim, bool) {
			return claim{value: m.Protocol.Value, at: m.Protocol.Range}, true
		})
	},
}

var carp061 = &Rule{
	Code:     "CARP061",
	Severity: schema.Error,
	Summary:  "a vrrpprio is outside 1 to 255",
	Effect:   "0 leaves the default of 100, and 256 becomes 0: the kernel has one byte for it (sbin/ifconfig/carp.c setvrrp_prio 15).",
	Check:    func(p *Pass) { within(p, "vrrpprio", 1, 255, prioHelp, prioOf) },
}

var carp062 = &Rule{
	Code:     "CARP062",
	Severity: schema.Error,
	Summary:  "two nodes have vrrpprio 255",
	Effect:   "255 says: I own the address. A node that has it ignores all advertisements, so both are MASTER for ever (sys/netinet/ip_carp.c vrrp_input_c 15).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			var first *schema.Member
			seen := map[hcl.Range]bool{}
			for _, m := range v.Members {
				if !isVRRP(m) || m.VRRPPrio.Value != 255 {
					continue
				}
				if first == nil {
					first = m
					continue
				}
				if seen[m.VRRPPrio.Range] {
					continue
				}
				seen[m.VRRPPrio.Range] = true
				p.Report(Report{
					At: m.VRRPPrio.Range, Object: v.Object(),
					Message: fmt.Sprintf("%s and %s both have vrrpprio 255 in %s", first.Node.Address(), m.Node.Address(), v.Address()),
					Help:    prioHelp,
					Related: Also(first.VRRPPrio.Range, "the other one has it from here"),
				})
			}
		}
	},
}

var carp063 = &Rule{
	Code:     "CARP063",
	Severity: schema.Error,
	Summary:  "two nodes have the same vrrpprio although one shall be preferred",
	Effect:   "The first to come up keeps the address, since a MASTER yields only to a higher priority (sys/netinet/ip_carp.c vrrp_input_c 15).",
	Check: func(p *Pass) {
		counts := func(m *schema.Member) bool { return isVRRP(m) && m.VRRPPrio.Value > 0 && m.VRRPPrio.Value < 255 }
		for _, v := range p.VIPs {
			rivals(p, v, "vrrpprio", prioOf, counts, prioHelp)
		}
	},
}

var carp064 = &Rule{
	Code:     "CARP064",
	Severity: schema.Error,
	Summary:  "a vrrpinterval is outside 1 to 4095",
	Effect:   "The kernel refuses the vhid with EINVAL, and the address is missing (sys/netinet/ip_carp.h VRRP_MAX_INTERVAL 15).",
	Check: func(p *Pass) {
		within(p, "vrrpinterval", 1, 4095, "write 1 to 4095 hundredths of a second; 100 is the default", intervalOf)
	},
}

var carp065 = &Rule{
	Code:     "CARP065",
	Severity: schema.Error,
	Summary:  "the vrrpinterval of one vip differs between nodes",
	Effect:   "The faster node wins, whatever the priorities say (sys/netinet/ip_carp.c vrrp_input_c 15).",
	Check: func(p *Pass) {
		agree(p, "vrrpinterval", "state vrrpinterval once, in the vip", func(m *schema.Member) (claim, bool) {
			if !m.VRRPInterval.Stated {
				return claim{value: "100", at: m.At}, isVRRP(m)
			}
			return claim{value: m.VRRPInterval.String(), at: m.VRRPInterval.Range}, isVRRP(m)
		})
	},
}

var carp066 = &Rule{
	Code:     "CARP066",
	Severity: schema.Error,
	Summary:  "a VRRP vip has a password",
	Effect:   "VRRPv3 has no authentication: the password protects nothing, and every host of the network can take the address over (carp(4) 15.0).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[hcl.Range]bool{}
			for _, m := range v.Members {
				if !isVRRP(m) || !m.Password.Stated || seen[m.Password.Range] {
					continue
				}
				seen[m.Password.Range] = true
				p.Report(Report{
					At: m.Password.Range, Object: v.Object(),
					Message: fmt.Sprintf("%s speaks VRRP, which has no password", v.Address()),
					Help:    "take the password out, or use protocol = \"carp\"",
					Related: Also(m.Protocol.Range, "the protocol is here"),
				})
			}
		}
	},
}

var carp067 = &Rule{
	Code:     "CARP067",
	Severity: schema.Warning,
	Summary:  "an attribute belongs to the other protocol",
	Effect:   "ifconfig sets it and nothing uses it: a CARP group elects by advbase and advskew, a VRRP group by vrrpprio and vrrpinterval (ifconfig(8) 15.0).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[hcl.Range]bool{}
			for _, m := range v.Members {
				for _, a := range foreign(m) {
					if !a.attr.Stated || seen[a.attr.Range] {
						continue
					}
					seen[a.attr.Range] = true
					p.Report(Report{
						At: a.attr.Range, Object: v.Object(),
						Message: fmt.Sprintf("%s means nothing to a vip of protocol %s", a.name, m.Protocol.Value),
						Help:    "write " + a.instead + ", or take it out",
					})
				}
			}
		}
	},
}

type foreignAttr struct {
	name, instead string
	attr          schema.Attr[int]
}

func foreign(m *schema.Member) []foreignAttr {
	if isVRRP(m) {
		return []foreignAttr{{"advskew", "vrrpprio", m.AdvSkew}, {"advbase", "vrrpinterval", m.AdvBase}}
	}
	return []foreignAttr{{"vrrpprio", "advskew", m.VRRPPrio}, {"vrrpinterval", "advbase", m.VRRPInterval}}
}
