package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/go-wordwrap"

	"carpool/schema"
)

// textStyle is how text is laid out for the stream it goes to.
type textStyle struct {
	color bool
	width int  // wrap prose at it, 0: do not
	quiet bool // only what fails the command
	why   func(code string) string
}

// widest is the longest line of prose that is still read with ease.
const widest = 100

// writeText prints findings for people: what and how bad, where, the text
// itself, the other places that explain it, what FreeBSD would do, and what
// to write instead. What follows in the same words is only listed: one quote
// too few makes every later line of a file wrong.
func writeText(w io.Writer, r *report) error {
	var b strings.Builder
	var shown []finding
	for _, f := range r.findings {
		if !r.text.quiet || r.fails(f) {
			shown = append(shown, f)
		}
	}
	explained := map[string]bool{}
	for len(shown) > 0 {
		f, same := shown[0], 1
		if r.text.why == nil {
			same = repeats(shown)
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		writeFinding(&b, f, r.text)
		r.text.again(&b, shown[1:same])
		if r.text.why != nil && !explained[f.Code] {
			explained[f.Code] = true
			r.text.paragraph(&b, "why: ", strings.ReplaceAll(r.text.why(f.Code), "\n", " "))
		}
		shown = shown[same:]
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fewest is how many findings in the same words it takes to list them.
const fewest = 4

// repeats counts the findings from the first on that say the same of other
// places, or returns 1 if there are not many.
func repeats(found []finding) int {
	words := func(f finding) [5]string {
		return [5]string{f.Code, f.Summary, f.Detail, f.Effect, f.Help}
	}
	n := 1
	for n < len(found) && words(found[n]) == words(found[0]) && len(found[n].Related) == 0 {
		n++
	}
	if n < fewest {
		return 1
	}
	return n
}

// again lists the places of findings in the same words.
func (s textStyle) again(b *strings.Builder, found []finding) {
	var places []string
	for i, f := range found {
		if i == 5 && len(found) > 6 {
			places = append(places, "…")
			break
		}
		switch {
		case f.Range != nil:
			places = append(places, fmt.Sprintf("%s:%d:%d", f.Range.Filename, f.Range.Start.Line, f.Range.Start.Column))
		case f.Object != "":
			places = append(places, f.Object)
		}
	}
	if len(found) > 0 {
		s.paragraph(b, "again: ", fmt.Sprintf("%d more times (-v shows them): %s", len(found), printableLine(strings.Join(places, ", "))))
	}
}

func writeFinding(b *strings.Builder, f finding, style textStyle) {
	fmt.Fprintf(b, "%s %s\n",
		style.severity(f.Severity, f.Severity.String()+" "+printableLine(f.Code)+":"),
		style.bold(printableLine(f.Summary)))
	if f.Range != nil {
		style.place(b, "-->", f, *f.Range, "")
	}
	for _, related := range f.Related {
		style.place(b, ":::", f, related.Range, related.Message)
	}
	if f.Object != "" {
		style.paragraph(b, "", "in "+f.Object)
	}
	style.paragraph(b, "", f.Detail)
	style.paragraph(b, "FreeBSD: ", f.Effect)
	style.paragraph(b, "instead: ", f.Help)
}

// place prints file:line:col, the source lines and carets under what is meant.
func (s textStyle) place(b *strings.Builder, arrow string, f finding, at hcl.Range, message string) {
	if at == (hcl.Range{}) {
		s.paragraph(b, "", message)
		return
	}
	fmt.Fprintf(b, "  %s %s:%d:%d", s.dim(arrow), printableLine(at.Filename), at.Start.Line, at.Start.Column)
	if message != "" {
		b.WriteString(": " + printableLine(message))
	}
	b.WriteString("\n")
	if f.src == nil {
		return
	}
	if line, ok := f.src.Excerpt(at); ok {
		s.excerpt(b, line, f.Severity)
	}
}

// paragraph prints prose indented, each line of it wrapped to the width.
func (s textStyle) paragraph(b *strings.Builder, label, text string) {
	text = strings.TrimSpace(printable(strings.ReplaceAll(text, "\t", "  ")))
	if text == "" {
		return
	}
	const indent = "  "
	text = label + text
	if s.width > 0 {
		limit := min(s.width, widest) - len(indent)
		text = wordwrap.WrapString(text, uint(max(limit, 20)))
	}
	for i, line := range strings.Split(text, "\n") {
		if i == 0 && label != "" {
			line = s.bold(label) + strings.TrimPrefix(line, label)
		}
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
}

// tally says how many findings there are: "2 errors, 1 warning".
func (r *report) tally() string {
	var parts []string
	for _, s := range []schema.Severity{schema.Error, schema.Warning, schema.Notice} {
		switch n := r.count(s); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+s.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// The colours of ECMA-48 that every terminal has.
var severityColor = map[schema.Severity]string{
	schema.Error:   "1;31",
	schema.Warning: "1;33",
	schema.Notice:  "1;36",
}

func (s textStyle) paint(sgr, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (s textStyle) severity(v schema.Severity, text string) string {
	return s.paint(severityColor[v], text)
}
func (s textStyle) bold(text string) string { return s.paint("1", text) }
func (s textStyle) dim(text string) string  { return s.paint("2", text) }
