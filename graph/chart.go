package graph

import (
	"fmt"
	"slices"
	"strings"
)

// A chart is the picture as things and lines between them, for languages that
// lay a drawing out themselves. Names stand in labels only: what identifies a
// thing is a number.
type chart struct {
	title  string
	groups []string // the titles of the groups
	things []thing
	lines  []line

	byGroup map[int][]int
}

// kind says what a thing is; each language has a shape for it.
type kind int

const (
	aNetwork kind = iota
	aNode
	aVIP
	aHAST
	aPool
	aSync
	aFailover
)

type thing struct {
	kind  kind
	label []string
}

type line struct {
	from, to int
	label    string
	first    bool // the member that is preferred
	wire     bool // no direction: a host on its network
}

func (p *Picture) chart() *chart {
	c := &chart{title: p.Title, byGroup: map[int][]int{}}
	shared := map[string]int{}
	for _, g := range p.Groups {
		for _, w := range g.Networks {
			shared[w.Name]++
		}
	}
	ids := map[string]int{}
	for i, g := range p.Groups {
		c.groups = append(c.groups, g.title())
		for _, w := range g.Networks {
			if _, there := ids["network."+w.Name]; there {
				continue
			}
			at := i
			if shared[w.Name] > 1 {
				at = -1
			}
			ids["network."+w.Name] = c.add(aNetwork, at, append([]string{"network " + w.Name}, w.facts()...)...)
		}
		c.addGroup(i, &g, ids)
	}
	return c
}

func (c *chart) add(k kind, group int, label ...string) int {
	id := len(c.things)
	c.things = append(c.things, thing{k, label})
	c.byGroup[group] = append(c.byGroup[group], id)
	return id
}

// members returns the things of a group; group -1 is what belongs to several.
func (c *chart) members(group int) []int { return c.byGroup[group] }

func (c *chart) addGroup(i int, g *Group, ids map[string]int) {
	for _, n := range g.Nodes {
		id := c.add(aNode, i, append([]string{n.Name}, n.facts()...)...)
		ids["node."+n.Name] = id
		for _, f := range n.Interfaces {
			if f.Network != "" {
				c.lines = append(c.lines, line{from: id, to: ids["network."+f.Network], wire: true,
					label: strings.Join(append([]string{f.Name}, f.Addresses...), " ")})
			}
		}
	}
	for _, v := range g.VIPs {
		id := c.add(aVIP, i, append([]string{"vip " + v.Name}, v.facts()...)...)
		ids["vip."+v.Name] = id
		for _, m := range v.Members {
			c.lines = append(c.lines, line{from: id, to: ids["node."+m.Node], label: m.String(), first: m.Place == 1})
		}
	}
	for _, h := range g.HASTs {
		id := c.add(aHAST, i, "hast "+h.Name, h.Replication)
		ids["hast."+h.Name] = id
		for _, d := range h.Disks {
			c.lines = append(c.lines, line{from: id, to: ids["node."+d.Node], label: d.Local})
		}
	}
	for _, s := range g.Syncs {
		id := c.add(aSync, i, "pfsync "+s.Name, s.Mode)
		for _, n := range s.Nodes {
			c.lines = append(c.lines, line{from: id, to: ids["node."+n]})
		}
	}
	for _, f := range g.Failovers {
		c.addFailover(i, f, ids)
	}
}

func (c *chart) addFailover(i int, f Failover, ids map[string]int) {
	label := []string{"failover " + f.Name}
	if len(f.Services) > 0 {
		label = append(label, "services "+strings.Join(f.Services, ", "))
	}
	id := c.add(aFailover, i, append(label, "failback "+f.Failback)...)
	for k, v := range f.VIPs {
		l := line{from: id, to: ids["vip."+v]}
		if k == 0 && len(f.VIPs) > 1 {
			l.label = "trigger"
		}
		c.lines = append(c.lines, l)
	}
	for _, s := range f.Storage {
		key := s.Kind + "." + s.Name
		to, there := ids[key]
		if !there {
			to = c.add(aPool, i, s.Kind+" "+s.Name)
			ids[key] = to
			for _, h := range s.HASTs {
				c.lines = append(c.lines, line{from: to, to: ids["hast."+h]})
			}
		}
		c.lines = append(c.lines, line{from: id, to: to})
	}
}

// title names a group by its hosts.
func (g *Group) title() string {
	var names []string
	for i, n := range g.Nodes {
		if i == 4 && len(g.Nodes) > 5 {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(g.Nodes)-i)
		}
		names = append(names, n.Name)
	}
	if names == nil {
		return "networks without hosts"
	}
	return strings.Join(names, ", ")
}

func (w *Network) facts() []string {
	facts := slices.Clone(w.Prefixes)
	if w.Gateway != "" {
		facts = append(facts, "gateway "+w.Gateway)
	}
	return facts
}

func (n *Node) facts() []string {
	var facts []string
	if n.Hostname != n.Name {
		facts = append(facts, n.Hostname)
	}
	release := "FreeBSD " + n.Release
	if n.Remark != "" {
		release += ", " + n.Remark
	}
	return append(facts, release)
}

func (v *VIP) facts() []string {
	id := fmt.Sprintf("vhid %d", v.VHID)
	if v.Protocol != "carp" {
		id += ", " + v.Protocol
	}
	if v.Unicast {
		id += ", unicast"
	}
	return append([]string{id}, v.Addresses...)
}

// String is a candidate as the picture tells it: "1st, advskew 10".
func (m Candidate) String() string { return ordinal(m.Place) + ", " + m.Why }

func ordinal(n int) string {
	ending := "th"
	switch {
	case n%100/10 == 1:
	case n%10 == 1:
		ending = "st"
	case n%10 == 2:
		ending = "nd"
	case n%10 == 3:
		ending = "rd"
	}
	return fmt.Sprintf("%d%s", n, ending)
}
