package docs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carpool/schema"
	"carpool/schema/rules"

	"github.com/google/go-cmp/cmp"
)

// snippet is one fenced block of a page.
type snippet struct {
	page, kind, text string
	line             int
}

func (s snippet) String() string { return fmt.Sprintf("%s:%d", s.page, s.line) }

// pages are the Markdown files of the project.
func pages(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(names, top...)
}

func snippets(t *testing.T, page string) []snippet {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []snippet
	var open *snippet
	for i, line := range strings.SplitAfter(string(data), "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open != nil:
			all = append(all, *open)
			open = nil
		case isFence:
			open = &snippet{page: page, kind: fence, line: i + 2}
		case open != nil:
			open.text += line
		}
	}
	if open != nil {
		t.Errorf("%s: the block is not closed", open)
	}
	return all
}

var clusterBlock = regexp.MustCompile(`(?m)^cluster "`)

// TestExamples compiles every block of HCL. One without a cluster block of its
// own stands beside the first one of its page that has it; one marked
// hcl-fragment only has to parse.
func TestExamples(t *testing.T) {
	for _, page := range pages(t) {
		base := ""
		for _, s := range snippets(t, page) {
			complete := clusterBlock.MatchString(s.text)
			if s.kind == "hcl" && complete && base == "" {
				base = s.text
			}
			t.Run(s.String(), func(t *testing.T) {
				switch {
				case s.kind == "hcl-fragment":
					_, diags := schema.Parse(map[string][]byte{"example.hcl": []byte(s.text)})
					for _, d := range diags {
						t.Error(d)
					}
				case s.kind == "hcl" && complete:
					compile(t, map[string][]byte{"example.hcl": []byte(s.text)})
				case s.kind == "hcl":
					compile(t, map[string][]byte{"base.hcl": []byte(base), "example.hcl": []byte(s.text)})
				}
			})
		}
	}
}

// compile reads a description, which has to be free of errors.
func compile(t *testing.T, files map[string][]byte) {
	t.Helper()
	src, diags := schema.Parse(files)
	if !diags.HasErrors() {
		c, more := schema.Decode(src, schema.Inputs{})
		if diags = append(diags, more...); c != nil {
			diags = append(diags, rules.Check(c)...)
		}
	}
	for _, d := range diags {
		if f := schema.FindingOf(d); f.Severity == schema.Error {
			t.Errorf("%v: %s: %s; %s", d.Subject, f.Code, d.Summary, d.Detail)
		}
	}
}

var (
	heading  = regexp.MustCompile(`^#+ `)
	codeSpan = regexp.MustCompile("`([^`]+)`")
)

// section is the part of the reference under one heading: the names in its
// title and, per row of its tables, the cells.
type section struct {
	title string
	names []string
	rows  [][]string
}

func sections(t *testing.T) []section {
	t.Helper()
	data, err := os.ReadFile("language.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []section
	fenced := false
	for _, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		switch {
		case fenced:
		case heading.MatchString(line):
			all = append(all, section{title: strings.TrimLeft(line, "# "), names: spans(line)})
		case strings.HasPrefix(line, "| ") && len(all) > 0:
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			all[len(all)-1].rows = append(all[len(all)-1].rows, cells)
		}
	}
	return all
}

func spans(s string) []string {
	var names []string
	for _, m := range codeSpan.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	return names
}

// TestAttributes holds the tables against the language, both ways.
func TestAttributes(t *testing.T) {
	want := schema.AttributeNames()
	got := map[string][]string{}
	for _, s := range sections(t) {
		for _, path := range s.names {
			got[path] = []string{}
			for _, row := range s.rows {
				got[path] = append(got[path], spans(row[0])...)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		names, ok := got[path]
		if !ok {
			t.Errorf("the reference has no section on %s", path)
			continue
		}
		slices.Sort(names)
		if d := cmp.Diff(slices.Sorted(slices.Values(want[path])), names); d != "" && len(want[path])+len(names) > 0 {
			t.Errorf("the table of %s differs (-language +reference):\n%s", path, d)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("the reference describes %s, which the language does not have", path)
		}
	}
}

// rowsOf returns the rows of the section with this title.
func rowsOf(t *testing.T, title string) [][]string {
	t.Helper()
	for _, s := range sections(t) {
		if s.title == title {
			return s.rows
		}
	}
	t.Fatalf("the reference has no section %q", title)
	return nil
}

func TestFunctions(t *testing.T) {
	var names []string
	for _, row := range rowsOf(t, "Functions") {
		names = append(names, spans(strings.Join(row[1:], " "))...)
	}
	slices.Sort(names)
	if d := cmp.Diff(schema.FunctionNames(), names); d != "" {
		t.Errorf("the functions differ (-language +reference):\n%s", d)
	}
}

func TestReleases(t *testing.T) {
	var want, got []string
	for _, f := range schema.Features() {
		want = append(want, f.String()+" "+f.First().String())
	}
	for _, row := range rowsOf(t, "Releases")[1:] {
		got = append(got, row[0]+" "+row[1])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the releases differ (-language +reference):\n%s", d)
	}
}

var link = regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)

// TestLinks follows the links between files and inside the pages.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			file, anchor := m[1], strings.TrimPrefix(m[2], "#")
			if strings.Contains(file, "://") {
				continue
			}
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			text, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[0])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(string(text)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", page, m[0])
			}
		}
	}
}

var notInAnchor = regexp.MustCompile("[^a-z0-9 _-]")

// anchors are the names that headings have as targets of links.
func anchors(text string) []string {
	var all []string
	for _, line := range strings.Split(text, "\n") {
		if heading.MatchString(line) {
			bare := notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimLeft(line, "# ")), "")
			all = append(all, strings.ReplaceAll(bare, " ", "-"))
		}
	}
	return all
}
