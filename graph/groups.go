package graph

import "carpool/schema"

// aloneTogether is how many hosts without any tie are drawn side by side.
const aloneTogether = 6

// groupsOf divides the hosts into groups whose members are tied by a vip, a
// disk or states of pf, in the order of the description. Hosts without a tie
// come last, a few to each group.
func groupsOf(c *schema.Cluster) [][]*schema.Node {
	t := ties{}
	for _, v := range c.VIPs {
		for _, m := range v.Members {
			t.tie(v.Members[0].Node, m.Node)
		}
	}
	for _, h := range c.HASTs {
		for _, m := range h.Members {
			t.tie(h.Members[0].Node, m.Node)
		}
	}
	for _, s := range c.PFSyncs {
		for _, m := range s.Members {
			t.tie(s.Members[0].Node, m.Node)
		}
	}
	var groups [][]*schema.Node
	var alone []*schema.Node
	place := map[*schema.Node]int{}
	for _, n := range c.Nodes {
		if t[n] == nil {
			alone = append(alone, n)
			continue
		}
		root := t.root(n)
		i, ok := place[root]
		if !ok {
			i = len(groups)
			place[root] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], n)
	}
	for len(alone) > aloneTogether {
		groups = append(groups, alone[:aloneTogether])
		alone = alone[aloneTogether:]
	}
	if len(alone) > 0 {
		groups = append(groups, alone)
	}
	return groups
}

// ties is a disjoint-set forest: each tied host points towards the one that
// stands for its group.
type ties map[*schema.Node]*schema.Node

func (t ties) root(n *schema.Node) *schema.Node {
	if t[n] == nil {
		t[n] = n
	}
	for t[n] != n {
		t[n] = t[t[n]]
		n = t[n]
	}
	return n
}

func (t ties) tie(a, b *schema.Node) { t[t.root(b)] = t.root(a) }
