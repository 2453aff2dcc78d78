package importer

import (
	"fmt"
	"slices"

	"carpool/importer/hastconf"
	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// hast.conf(5) wants the same file on all hosts. Each host uses what its own
// copy says of it, so that a change in one copy alone does half of what was
// meant.

// copies compares, section by section, the copies of hast.conf that hosts
// have.
func (c *Cluster) copies() {
	for i, a := range c.Hosts {
		for _, b := range c.Hosts[i+1:] {
			if a.hastFile == nil || b.hastFile == nil {
				continue
			}
			p := pairOfCopies{c, a, b}
			shared := false
			for _, x := range a.hastFile.Resources {
				if y := b.hastFile.Resource(x.Name.Text); y != nil {
					shared = true
					p.resource(x, y)
				}
			}
			if shared {
				p.sections("", nil, nil, a.hastFile.Nodes, b.hastFile.Nodes, []string{"listen", "control", "pidfile"})
			}
		}
	}
}

// pairOfCopies are two hosts and what both say.
type pairOfCopies struct {
	c    *Cluster
	a, b *Host
}

func (p pairOfCopies) resource(x, y *hastconf.Resource) {
	for _, owner := range []*Host{p.a, p.b} {
		p.missing(owner, x, y, p.b)
		p.missing(owner, y, x, p.a)
	}
	p.sections("resource "+x.Name.Text+", ", x.Settings, y.Settings, x.Nodes, y.Nodes, []string{"name", "local", "remote", "source", "metaflush"})
}

// missing reports a host whose section the one copy has and the other, that of
// the host reader, has not. That the host's own copy lacks it is HOST002.
func (p pairOfCopies) missing(owner *Host, has, lacks *hastconf.Resource, reader *Host) {
	if reader == owner || p.section(owner, lacks.Nodes) != nil || p.section(owner, has.Nodes) == nil {
		return
	}
	other := p.a
	if reader == p.a {
		other = p.b
	}
	p.c.report(CodeCopies, schema.Warning, reader.place(lacks.Name.Range), fmt.Sprintf("the hast.conf of %s has no section for %s in resource %s", reader.Name, owner.Name, has.Name.Text),
		"write the same file on both hosts", []schema.Related{{Message: "that of " + other.Name + " has one", Range: other.place(p.section(owner, has.Nodes).Name.Range)}})
}

// section is the last section that a host takes for its own.
func (p pairOfCopies) section(owner *Host, nodes []*hastconf.Node) *hastconf.Node {
	me := hastconf.Host{Name: owner.nameIn(owner.hastFile)}
	for _, n := range slices.Backward(nodes) {
		if me.Is(n.Name.Text) {
			return n
		}
	}
	return nil
}

// sections compares what both copies say of either host. above are settings
// that count where the section has none.
func (p pairOfCopies) sections(where string, aboveX, aboveY []hastconf.Setting, x, y []*hastconf.Node, words []string) {
	for _, owner := range []*Host{p.a, p.b} {
		s, t := p.section(owner, x), p.section(owner, y)
		if s == nil || t == nil {
			continue
		}
		for _, word := range words {
			v, w := stateds(word, aboveX, s.Settings), stateds(word, aboveY, t.Settings)
			if !sameEndpoints(v, w) {
				p.differ(owner, where, word, v, w, s.Name.Range, t.Name.Range)
			}
		}
	}
}

// differ reports the copy that is not the owner's.
func (p pairOfCopies) differ(owner *Host, where, word string, v, w []hastconf.Value, x, y hcl.Range) {
	mine, theirs, other, own, place := v, w, p.b, x, y
	if owner == p.b {
		mine, theirs, other, own, place = w, v, p.a, y, x
	}
	if len(theirs) > 0 {
		place = theirs[0].Range
	}
	if len(mine) > 0 {
		own = mine[0].Range
	}
	text := func(list []hastconf.Value) string {
		if len(list) == 0 {
			return "nothing"
		}
		return list[0].Text
	}
	p.c.report(CodeCopies, schema.Warning, other.place(place),
		fmt.Sprintf("the copies of hast.conf differ: %s%s of %s is %s on %s, and %s on %s", where, word, owner.Name, text(theirs), other.Name, text(mine), owner.Name),
		"write the same file on both hosts", []schema.Related{{Message: owner.Name + " uses this one", Range: owner.place(own)}})
}

// stateds are the values of a word on the innermost level that has it; of
// listen all of them, of others the last one.
func stateds(word string, levels ...[]hastconf.Setting) []hastconf.Value {
	for _, level := range slices.Backward(levels) {
		var list []hastconf.Value
		for _, s := range level {
			if s.Keyword == word {
				list = append(list, s.Value)
			}
		}
		if len(list) > 1 && word != "listen" {
			list = list[len(list)-1:]
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// sameEndpoints compares values as hastd understands them, where they are
// addresses.
func sameEndpoints(a, b []hastconf.Value) bool {
	return slices.EqualFunc(a, b, func(v, w hastconf.Value) bool { return plainEndpoint(v.Text) == plainEndpoint(w.Text) })
}

func plainEndpoint(s string) string {
	e, err := schema.SplitHASTAddress(s)
	if err != nil {
		return s
	}
	if e.Port == 0 {
		e.Port = schema.HASTPort
	}
	return fmt.Sprintf("%s:%d", e.Host, e.Port)
}
