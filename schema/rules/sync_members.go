package rules

import (
	"fmt"

	"carpool/schema"
)

var sync011 = &Rule{
	Code:     "SYNC011",
	Severity: schema.Notice,
	Summary:  "a node of the network is left out of a pfsync by its on blocks alone",
	Effect:   "The node gets no states: when it takes an address over, all connections through it break (pfsync(4)).",
	Check: func(p *Pass) {
		team, _ := seated(p)
		synced := map[*schema.Node]bool{}
		for _, s := range p.PFSyncs {
			for _, m := range s.Members {
				synced[m.Node] = true
			}
		}
		free := map[bench][]*schema.Node{}
		for _, n := range p.Nodes {
			if team[n] == nil || synced[n] || !n.IsManaged() {
				continue
			}
			for _, i := range n.Interfaces {
				if k := (bench{i.Network.Value, team.of(n), n.Jail.Value}); k.network != nil {
					free[k] = append(free[k], n)
				}
			}
		}
		for _, s := range p.PFSyncs {
			if s.Nodes.Stated || len(s.On) == 0 || len(s.Members) < 2 {
				continue
			}
			lead := s.Members[0].Node
			out := free[bench{s.Network.Value, team.of(lead), lead.Jail.Value}]
			if len(out) == 0 {
				continue
			}
			p.Report(Report{
				At: s.Range, Object: s.Object(),
				Message: fmt.Sprintf("%s on %s is no node of %s, since it has no on block there", nodeList(out), s.Network.Value.Address(), s.Address()),
				Help:    "name the nodes on purpose, nodes = [ … ], or add on blocks for the others",
				Related: Also(out[0].Range, "the node is here"),
			})
		}
	},
}
