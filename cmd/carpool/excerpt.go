package main

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"carpool/schema"
)

// The longest excerpts, in characters: where no terminal says how wide it is,
// and in formats for programs.
const (
	widestExcerpt  = 160
	longestSnippet = 1000
)

// excerpt prints a source line and carets under the part that is meant.
func (s textStyle) excerpt(b *strings.Builder, line schema.ExcerptLine, severity schema.Severity) {
	const margin = 9 // before the text
	limit := widestExcerpt
	if s.width > 0 {
		limit = max(s.width-margin, 40)
	}
	before, marked, after := window(line, limit)
	before, marked, after = inCells(before), inCells(marked), inCells(after)
	bar := s.dim("|")
	fmt.Fprintf(b, " %5d %s %s\n", line.Number, bar, strings.TrimRight(before+marked+after, " "))
	carets := s.severity(severity, strings.Repeat("^", max(1, cells(marked))))
	fmt.Fprintf(b, " %5s %s %s%s\n", "", bar, strings.Repeat(" ", cells(before)), carets)
}

// window cuts a line that is too long down to the surroundings of its marked
// part.
func window(line schema.ExcerptLine, most int) (before, marked, after string) {
	b, m, a := []rune(line.Text[:line.Start]), []rune(line.Text[line.Start:line.End]), []rune(line.Text[line.End:])
	if len(b)+len(m)+len(a) <= most {
		return string(b), string(m), string(a)
	}
	if len(m) > most/2 {
		m, a = m[:most/2], []rune("…")
	}
	room := most - len(m)
	if keep := max(room/2, room-len(a)); len(b) > keep {
		b = append([]rune("…"), b[len(b)-keep+1:]...)
	}
	if keep := room - len(b); len(a) > keep {
		a = append(a[:keep-1:keep-1], '…')
	}
	return string(b), string(m), string(a)
}

// inCells makes text printable with tabs as spaces, so that its cells can be
// counted.
func inCells(text string) string {
	return printable(strings.ReplaceAll(text, "\t", "    "))
}

// cells counts the columns that printable text takes on a terminal.
func cells(text string) int {
	n := 0
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// longestSummary is where a summary that quotes something endless is cut.
const longestSummary = 300

// shorten cuts text to a number of characters.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
