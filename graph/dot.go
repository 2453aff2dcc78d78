package graph

import (
	"fmt"
	"io"
	"strings"
)

// dotShapes is how Graphviz draws each kind of thing.
var dotShapes = map[kind]string{
	aNetwork:  `shape=box style="rounded,filled" fillcolor="#e3eefb"`,
	aNode:     `shape=box style=filled fillcolor="#f4f4f4"`,
	aVIP:      `shape=box style="rounded,filled" fillcolor="#fdf0d5"`,
	aHAST:     `shape=cylinder style=filled fillcolor="#e6f4e6"`,
	aPool:     `shape=folder style=filled fillcolor="#e6f4e6"`,
	aSync:     `shape=box style=dashed`,
	aFailover: `shape=note style=filled fillcolor="#f3e6f7"`,
}

// DOT writes the picture for Graphviz.
func (p *Picture) DOT(w io.Writer) error {
	c := p.chart()
	var b strings.Builder
	fmt.Fprintf(&b, "digraph carpool {\n  label=%s labelloc=t fontname=Helvetica rankdir=TB\n", dotQuote(c.title))
	b.WriteString("  node [fontname=Helvetica fontsize=11]\n  edge [fontname=Helvetica fontsize=9 color=\"#555555\"]\n")
	for _, i := range c.members(-1) {
		b.WriteString("  " + dotThing(i, c.things[i]))
	}
	for g, title := range c.groups {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s color=\"#bbbbbb\"\n", g, dotQuote(title))
		for _, i := range c.members(g) {
			b.WriteString("    " + dotThing(i, c.things[i]))
		}
		b.WriteString("  }\n")
	}
	for _, l := range c.lines {
		fmt.Fprintf(&b, "  n%d -> n%d [%s]\n", l.from, l.to, dotLine(l))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func dotThing(i int, t thing) string {
	return fmt.Sprintf("n%d [label=%s %s]\n", i, dotQuote(t.label...), dotShapes[t.kind])
}

func dotLine(l line) string {
	words := []string{"label=" + dotQuote(l.label)}
	if l.wire {
		words = append(words, "dir=none")
	}
	if l.first {
		words = append(words, "penwidth=2")
	}
	return strings.Join(words, " ")
}

// dotQuote writes lines as one string of DOT. In a quoted string only \" is an
// escape of the grammar; the rest of what begins with a backslash is one of
// the label (graphviz.org, The DOT Language; escString), so that a backslash
// is doubled, and a line ends with \n.
func dotQuote(lines ...string) string {
	escaped := make([]string, len(lines))
	for i, s := range lines {
		escaped[i] = dotEscapes.Replace(s)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}

// Graphviz reads &name; in labels as HTML does.
var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;", "\n", " ", "\r", " ")
