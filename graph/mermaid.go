package graph

import (
	"fmt"
	"io"
	"strings"
)

// mermaidShape is what encloses the label of a thing, and its class.
type mermaidShape struct{ open, end, class, fill string }

var mermaidShapes = map[kind]mermaidShape{
	aNetwork:  {"([", "])", "network", "#e3eefb"},
	aNode:     {"[", "]", "host", "#f4f4f4"},
	aVIP:      {"(", ")", "address", "#fdf0d5"},
	aHAST:     {"[(", ")]", "disk", "#e6f4e6"},
	aPool:     {"[[", "]]", "pool", "#e6f4e6"},
	aSync:     {"{{", "}}", "states", "#ffffff"},
	aFailover: {"[/", "/]", "failover", "#f3e6f7"},
}

// Mermaid writes the picture as a Mermaid flowchart. Its own limits are 500
// lines between things and 50,000 characters (maxEdges, maxTextSize), which a
// fleet exceeds: draw a part of it.
func (p *Picture) Mermaid(w io.Writer) error {
	c := p.chart()
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	for _, i := range c.members(-1) {
		b.WriteString("  " + mermaidThing(i, c.things[i]))
	}
	for g, title := range c.groups {
		fmt.Fprintf(&b, "  subgraph g%d[%s]\n", g, mermaidQuote(title))
		for _, i := range c.members(g) {
			b.WriteString("    " + mermaidThing(i, c.things[i]))
		}
		b.WriteString("  end\n")
	}
	for _, l := range c.lines {
		b.WriteString("  " + mermaidLine(l))
	}
	for k := aNetwork; k <= aFailover; k++ {
		s := mermaidShapes[k]
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:#555,color:#000\n", s.class, s.fill)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func mermaidThing(i int, t thing) string {
	s := mermaidShapes[t.kind]
	return fmt.Sprintf("n%d%s%s%s:::%s\n", i, s.open, mermaidQuote(t.label...), s.end, s.class)
}

func mermaidLine(l line) string {
	arrow := "-->"
	switch {
	case l.wire:
		arrow = "---"
	case l.first:
		arrow = "==>"
	}
	if l.label != "" {
		arrow += "|" + mermaidQuote(l.label) + "|"
	}
	return fmt.Sprintf("n%d %s n%d\n", l.from, arrow, l.to)
}

// mermaidQuote writes lines as one quoted label. Whatever is no plain
// character becomes an entity, #35; for #. So does a colon behind "style" or
// "classDef", since the preprocessor takes that, up to an entity, for a style
// (mermaid 11, encodeEntities).
func mermaidQuote(lines ...string) string {
	plain := " .,/-:"
	if all := strings.Join(lines, ""); strings.Contains(all, "style") || strings.Contains(all, "classDef") {
		plain = " .,/-"
	}
	var b strings.Builder
	b.WriteByte('"')
	for i, s := range lines {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range s {
			switch {
			case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(plain, r), r >= 0xa0:
				b.WriteRune(r)
			default:
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}
