package rules

import (
	"fmt"

	"carpool/schema"
)

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
			for _, m := range v.Members {
				k := key{v.Network.Value, m.VHID.Value}
				other, taken := first[k]
				if !taken {
					first[k] = m
					continue
				}
				if other.VIP == v {
					continue
				}
				p.Report(Report{
					At: m.VHID.Range, Object: v.Object(),
					Message: fmt.Sprintf("vhid %d is already used by %s on %s", k.vhid, other.VIP.Address(), k.network.Address()),
					Help:    "give one of them another number from 1 to 255",
					Related: Also(other.VHID.Range, "first used here"),
				})
				break
			}
		}
	},
}
