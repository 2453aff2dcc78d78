package rules

import (
	"fmt"

	"carpool/schema"
)

const vhidHelp = "give it a number from 1 to 255 that nothing else uses on the network"

var carp001 = &Rule{
	Code:     "CARP001",
	Severity: schema.Error,
	Summary:  "a vhid is used twice on one network",
	Effect:   "Both groups share the virtual MAC address 00:00:5e:00:01:VHID. Neither accepts the other's advertisements, so every node becomes MASTER of both (carp(4); sys/netinet/ip_carp.c).",
	Check: func(p *Pass) {
		type key struct {
			network *schema.Network
			vhid    int
		}
		first := map[key]*schema.Member{}
		for _, v := range p.VIPs {
			// Members that disagree among themselves are CARP002's.
			if len(v.Members) == 0 || !oneVHID(v) {
				continue
			}
			m := v.Members[0]
			k := key{v.Network.Value, m.VHID.Value}
			other, taken := first[k]
			if !taken {
				first[k] = m
				continue
			}
			p.Report(Report{
				At: m.VHID.Range, Object: v.Object(),
				Message: fmt.Sprintf("vhid %d is already used by %s on %s", k.vhid, other.VIP.Address(), k.network.Address()),
				Help:    "give one of them another number from 1 to 255",
				Related: Also(other.VHID.Range, "first used here"),
			})
		}
	},
}

// oneVHID reports whether all members of v have the same vhid, and a valid one.
func oneVHID(v *schema.VIP) bool {
	for _, m := range v.Members {
		if m.VHID.Value != v.Members[0].VHID.Value || m.VHID.Value < 1 || m.VHID.Value > 255 {
			return false
		}
	}
	return true
}

var carp002 = &Rule{
	Code:     "CARP002",
	Severity: schema.Error,
	Summary:  "the vhid of one vip differs between nodes",
	Effect:   "They are two groups: each node is MASTER of its own, and two MAC addresses answer for the same IP address (sys/netinet/ip_carp.c carp_input_c).",
	Check: func(p *Pass) {
		agree(p, "vhid", "state the vhid once, in the vip, and take it out of the on blocks",
			number(vhidOf, func(*schema.Member) bool { return true }))
	},
}

var carp003 = &Rule{
	Code:     "CARP003",
	Severity: schema.Error,
	Summary:  "a vhid is outside 1 to 255",
	Effect:   "ifconfig refuses it (\"vhid must be greater than 0 and less than 255\") and the address is not configured at all (sbin/ifconfig/carp.c setcarp_vhid).",
	Check:    func(p *Pass) { within(p, "vhid", 1, 255, vhidHelp, vhidOf) },
}

var carp004 = &Rule{
	Code:     "CARP004",
	Severity: schema.Error,
	Summary:  "a vhid is reserved on its network",
	Effect:   "CARP and VRRP share protocol number 112 and the virtual MAC addresses 00:00:5e:00:01:VHID: traffic for one group reaches the other, and the switch moves the address back and forth (carp(4)).",
	Check: func(p *Pass) {
		reserved := map[*schema.Network]map[int]schema.ReservedVHID{}
		for _, w := range p.Networks {
			reserved[w] = map[int]schema.ReservedVHID{}
			for _, r := range w.ReservedVHIDs.Items {
				reserved[w][r.VHID] = r
			}
		}
		for _, v := range p.VIPs {
			for _, m := range v.Members {
				r, taken := reserved[v.Network.Value][m.VHID.Value]
				if !taken {
					continue
				}
				who := ""
				if r.Who != "" {
					who = fmt.Sprintf(" for %q", r.Who)
				}
				p.Report(Report{
					At: m.VHID.Range, Object: v.Object(),
					Message: fmt.Sprintf("vhid %d is reserved%s on %s", r.VHID, who, v.Network.Value.Address()),
					Help:    vhidHelp,
					Related: Also(r.Range, "reserved here"),
				})
			}
		}
	},
}
