package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"carpool/schema"
)

// writeGitHub prints the workflow commands from which GitHub Actions makes
// annotations on the lines of a pull request.
func writeGitHub(w io.Writer, r *report) error {
	for _, f := range r.all() {
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", f.Severity, githubProperties(r, f), githubData(githubMessage(f))); err != nil {
			return err
		}
	}
	return nil
}

// githubProperties says where. GitHub drops an annotation that spans lines
// and names columns, so those go without.
func githubProperties(r *report, f finding) string {
	var props []string
	add := func(key, value string) { props = append(props, key+"="+githubProperty(value)) }
	if f.Range != nil {
		at := *f.Range
		add("file", r.file(f))
		add("line", fmt.Sprint(at.Start.Line))
		add("endLine", fmt.Sprint(at.End.Line))
		if at.Start.Line == at.End.Line {
			add("col", fmt.Sprint(f.column(at.Filename, at.Start, utf8.RuneCountInString)))
			add("endColumn", fmt.Sprint(f.column(at.Filename, at.End, utf8.RuneCountInString)))
		}
	}
	add("title", f.Code+": "+f.Summary)
	return strings.Join(props, ",")
}

// githubMessage is the text under the title, never empty.
func githubMessage(f finding) string {
	text := f.message()
	for _, related := range f.Related {
		text += "\n\n" + relatedLine(related)
	}
	return text
}

// relatedLine names a second place in text that has no room for an excerpt.
func relatedLine(related schema.Related) string {
	if related.Range.Filename == "" {
		return related.Message
	}
	at := related.Range
	return fmt.Sprintf("%s:%d:%d: %s", at.Filename, at.Start.Line, at.Start.Column, related.Message)
}

var (
	githubDataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubPropertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// A log is read on terminals too, so what they would act on is escaped first.
func githubData(s string) string     { return githubDataEscapes.Replace(printable(s)) }
func githubProperty(s string) string { return githubPropertyEscapes.Replace(printable(s)) }
