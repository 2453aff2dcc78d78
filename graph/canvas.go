package graph

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// canvas collects SVG elements. Coordinates are pixels. All text goes through
// text and tip, which escape it.
type canvas struct{ strings.Builder }

// The fonts are those of the reader's system. Widths are computed for fixed
// pitch, where they are known without the font: 0.6 of the size.
const (
	textSize  = 12
	charWidth = 7.25
	rowHeight = 17
)

// widthOf is how wide a text is, in pixels.
func widthOf(s string) int {
	cells := 0
	for _, r := range s {
		if cells++; r >= 0x1100 {
			cells++ // East Asian characters are two wide
		}
	}
	return int(float64(cells)*charWidth + 0.5)
}

// longest is how many characters of one text are drawn.
const longest = 48

// short cuts a text that is too long to be drawn whole.
func short(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest-1]) + "…"
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return b.String()
}

func (c *canvas) rect(x, y, w, h int, class string) {
	fmt.Fprintf(c, `<rect x="%d" y="%d" width="%d" height="%d" rx="4" class="%s"/>`+"\n", x, y, w, h, class)
}

func (c *canvas) line(x1, y1, x2, y2 int, class string) {
	fmt.Fprintf(c, `<line x1="%d" y1="%d" x2="%d" y2="%d" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

func (c *canvas) dot(x, y int, class string) {
	fmt.Fprintf(c, `<circle cx="%d" cy="%d" r="5" class="%s"/>`+"\n", x, y, class)
}

// text draws s with its first character at x; what does not fit is in a tip.
// Spaces at the beginning, which SVG drops, move it.
func (c *canvas) text(x, y int, s, class string) {
	bare := strings.TrimLeft(s, " ")
	x += widthOf(s[:len(s)-len(bare)])
	s = bare
	tip := ""
	if s != short(s) {
		tip = "<title>" + escape(s) + "</title>"
	}
	fmt.Fprintf(c, `<text x="%d" y="%d" class="%s">%s%s</text>`+"\n", x, y, class, tip, escape(short(s)))
}

// wrapped breaks a list of words into lines that are drawn whole, the first
// one behind a prefix.
func wrapped(prefix string, words []string) []string {
	var lines []string
	line := prefix
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if len(line)+1+len(w) > longest && line != prefix {
			lines = append(lines, line)
			line = " "
		}
		line += " " + w
	}
	return append(lines, line)
}
