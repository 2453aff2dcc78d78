package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer"
	"carpool/schema"
)

// report is all that a format may print: what was found, and what went wrong
// while looking for it.
type report struct {
	findings []finding
	fault    *fault            // nil if the command ran to its end
	rules    []ruleDoc         // the whole catalogue, for formats that carry it
	failOn   schema.Severity   // findings at or above it fail the command
	effects  []importer.Effect // what diff says that changes do
	path     string            // the description, where a format wants a file and there is none
	text     textStyle         // how the text format looks
}

// finding is one diagnostic, taken apart.
type finding struct {
	schema.Finding
	Summary string
	Detail  string
	Range   *hcl.Range // nil: no place is to blame
	src     sources
}

// ruleDoc is what the catalogue says of a code.
type ruleDoc struct {
	Code     string
	Severity schema.Severity
	Summary  string
	Effect   string // what FreeBSD would do
	Why      string
}

// sources gives findings the text they point at, secrets replaced.
// *schema.Source is one.
type sources interface {
	Excerpt(at hcl.Range) (schema.ExcerptLine, bool)
}

// reportFormat is one row per value of --format.
type reportFormat struct {
	name  string
	write func(io.Writer, *report) error
}

// formats is every --format. Text is for people, the rest for programs.
var formats = []reportFormat{
	{"text", writeText},
	{"json", writeJSON},
	{"sarif", writeSARIF},
	{"github", writeGitHub},
	{"gitlab", writeGitLab},
	{"junit", writeJUnit},
	{"checkstyle", writeCheckstyle},
	{"rdjson", writeRDJSON},
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// formatNamed returns the format; the flag has checked that it exists.
func formatNamed(name string) reportFormat {
	for _, f := range formats {
		if f.name == name {
			return f
		}
	}
	return formats[0]
}

// findingsOf takes diagnostics apart.
func findingsOf(diags hcl.Diagnostics, src sources) []finding {
	found := make([]finding, len(diags))
	for i, d := range diags {
		found[i] = finding{
			Finding: schema.FindingOf(d),
			Summary: shorten(d.Summary, longestSummary),
			Detail:  d.Detail,
			Range:   d.Subject,
			src:     src,
		}
	}
	return found
}

// count returns how many findings have the severity.
func (r *report) count(s schema.Severity) int {
	n := 0
	for _, f := range r.findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// fails reports whether the finding makes the command exit with 1.
func (r *report) fails(f finding) bool { return f.Severity <= r.failOn }

// failed reports whether any finding does.
func (r *report) failed() bool {
	for _, f := range r.findings {
		if r.fails(f) {
			return true
		}
	}
	return false
}

// all returns the findings, and the fault as one more of them, for formats
// that have no better place for it.
func (r *report) all() []finding {
	if r.fault == nil {
		return r.findings
	}
	f := finding{
		Finding: schema.Finding{Code: r.fault.Code, Help: r.fault.Help},
		Summary: r.fault.Message,
	}
	return append(r.findings[:len(r.findings):len(r.findings)], f)
}

// prose is everything said beside the summary, a paragraph each.
func (f finding) prose() string {
	var parts []string
	if f.Object != "" {
		parts = append(parts, "In "+f.Object+".")
	}
	for _, p := range []string{f.Detail, f.Effect, f.Help} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "\n\n")
}

// message is the summary and the prose as one text.
func (f finding) message() string {
	if prose := f.prose(); prose != "" {
		return f.Summary + "\n\n" + prose
	}
	return f.Summary
}

// snippet is the line that the finding points at, secrets replaced.
func (f finding) snippet() string {
	if f.Range == nil || f.src == nil {
		return ""
	}
	line, _ := f.src.Excerpt(*f.Range)
	before, marked, after := window(line, longestSnippet)
	return before + marked + after
}

// column returns the column of a position, counted from 1 by unit. HCL counts
// what a reader sees as one character; programs count code points or bytes.
// In and behind a secret, whose length is nobody's business, HCL's count stands.
func (f finding) column(file string, pos hcl.Pos, unit func(string) int) int {
	if f.src == nil {
		return pos.Column
	}
	line, ok := f.src.Excerpt(hcl.Range{Filename: file, Start: pos, End: pos})
	const secret = "(secret)"
	if !ok || strings.Contains(line.Text[:min(line.Start+len(secret), len(line.Text))], secret) {
		return pos.Column
	}
	return unit(line.Text[:line.Start]) + 1
}

func byteCount(s string) int { return len(s) }

// file returns where the finding is, as programs spell paths: clean, with
// slashes. Without a place it is the description as a whole.
func (r *report) file(f finding) string {
	name := r.path
	if f.Range != nil {
		name = f.Range.Filename
	}
	return slashed(name)
}

// slashed spells a path as programs compare it.
func slashed(name string) string { return path.Clean(filepath.ToSlash(name)) }

// fingerprints returns for each finding a value that stays the same while
// lines move and that no other finding has.
func (r *report) fingerprints(found []finding) []string {
	seen := map[string]int{}
	prints := make([]string, len(found))
	for i, f := range found {
		key := strings.Join([]string{f.Code, r.file(f), f.Object, f.Summary}, "\x00")
		seen[key]++
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
		prints[i] = fmt.Sprintf("%x", sum[:16])
	}
	return prints
}
