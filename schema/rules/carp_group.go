package rules

import (
	"fmt"

	"carpool/schema"
)

var carp040 = &Rule{
	Code:     "CARP040",
	Severity: schema.Error,
	Summary:  "a vip has fewer than two nodes",
	Effect:   "There is nobody to take the address over: it goes down with its only node (carp(4)).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			r := Report{At: v.Range, Object: v.Object()}
			switch len(v.Members) {
			case 0:
				r.Message = fmt.Sprintf("%s has no node: none has an interface on %s", v.Address(), v.Network.Value.Address())
				r.Help = fmt.Sprintf("give interfaces of at least two nodes network = %s", v.Network.Value.Address())
				r.Related = Also(v.Network.Value.Range, "the network is here")
			case 1:
				r.Message = fmt.Sprintf("%s has only one node, %s", v.Address(), v.Members[0].Node.Address())
				r.Help = "add a second node: nodes = [node.A, node.B]; if carpool does not manage it, describe it with managed = false"
				r.Related = Also(v.Members[0].At, "the only node is named here")
			default:
				continue
			}
			p.Report(r)
		}
	},
}

// teams joins nodes that are members of one vip, directly or through others.
type teams map[*schema.Node]*schema.Node

func (t teams) of(n *schema.Node) *schema.Node {
	for t[n] != nil && t[n] != n {
		if up := t[t[n]]; up != nil {
			t[n] = up
		}
		n = t[n]
	}
	return n
}

func (t teams) join(a, b *schema.Node) {
	a, b = t.of(a), t.of(b)
	t[a], t[b] = a, a
}

// bench is where nodes of a network sit that are in none of its vips: beside
// the nodes they share other vips with (nil for none), hosts and jails apart.
type bench struct {
	network *schema.Network
	team    *schema.Node
	jail    bool
}

// seated joins the members of each vip into teams, and finds which of them
// have a vip on each network.
func seated(p *Pass) (teams, map[*schema.Network]map[*schema.Node]bool) {
	team, on := teams{}, map[*schema.Network]map[*schema.Node]bool{}
	for _, v := range p.VIPs {
		w := v.Network.Value
		if on[w] == nil {
			on[w] = map[*schema.Node]bool{}
		}
		for _, m := range v.Members {
			on[w][m.Node] = true
			team.join(v.Members[0].Node, m.Node)
		}
	}
	return team, on
}

// benches finds the nodes of each network that are in none of its vips.
func benches(p *Pass, team teams, on map[*schema.Network]map[*schema.Node]bool) map[bench][]*schema.Node {
	free := map[bench][]*schema.Node{}
	for _, n := range p.Nodes {
		if !n.IsManaged() {
			continue
		}
		for _, i := range n.Interfaces {
			w := i.Network.Value
			if w == nil || on[w][n] {
				continue
			}
			k := bench{w, nil, n.Jail.Value}
			if team[n] != nil {
				k.team = team.of(n)
			}
			if l := free[k]; len(l) == 0 || l[len(l)-1] != n {
				free[k] = append(l, n)
			}
		}
	}
	return free
}

var carp041 = &Rule{
	Code:     "CARP041",
	Severity: schema.Notice,
	Summary:  "a node of the network is left out of a vip by its on blocks alone",
	Effect:   "The node is no member: rc.conf there has no address of the vip, and the node never takes it over.",
	Check: func(p *Pass) {
		team, on := seated(p)
		free := benches(p, team, on)
		rivals := map[*schema.Network]map[*schema.Node]bool{}
		for _, v := range p.VIPs {
			w := v.Network.Value
			if rivals[w] == nil {
				rivals[w] = map[*schema.Node]bool{}
			}
			for _, m := range v.Members {
				rivals[w][team.of(m.Node)] = true
			}
		}
		for _, v := range p.VIPs {
			if v.Nodes.Stated || v.Prefer.Stated || len(v.On) == 0 || len(v.Members) < 2 {
				continue
			}
			w, lead := v.Network.Value, v.Members[0].Node
			out := free[bench{w, team.of(lead), lead.Jail.Value}]
			// Where several teams share the network, on blocks choose among
			// its nodes, and nobody can say whose the others are.
			if len(out) == 0 && len(rivals[w]) == 1 {
				out = free[bench{w, nil, lead.Jail.Value}]
			}
			if len(out) == 0 {
				continue
			}
			p.Report(Report{
				At: v.Range, Object: v.Object(),
				Message: fmt.Sprintf("%s on %s is no member of %s, since it has no on block there", nodeList(out), w.Address(), v.Address()),
				Help:    "name the members on purpose, nodes = [ … ], or add on blocks for the others",
				Related: Also(out[0].Range, "the node is here"),
			})
		}
	},
}
