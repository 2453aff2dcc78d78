package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata")

// lines is a source of one file for tests; it knows no secrets.
type lines string

func (l lines) Excerpt(at hcl.Range) (schema.ExcerptLine, bool) {
	all := strings.SplitAfter(string(l), "\n")
	from := 0
	for i, line := range all {
		if i+1 == at.Start.Line {
			text := strings.TrimSuffix(line, "\n")
			return schema.ExcerptLine{
				Number: i + 1, Text: text,
				Start: at.Start.Byte - from, End: min(max(at.End.Byte-from, at.Start.Byte-from), len(text)),
			}, true
		}
		from += len(line)
	}
	return schema.ExcerptLine{}, false
}

// at returns the range of the n-th occurrence of text, counted from 1.
func (l lines) at(text string, n int) hcl.Range {
	from := -1
	for range n {
		from += 1 + strings.Index(string(l)[from+1:], text)
	}
	pos := func(b int) hcl.Pos {
		start := strings.LastIndex(string(l)[:b], "\n") + 1
		return hcl.Pos{
			Line:   strings.Count(string(l)[:b], "\n") + 1,
			Column: len([]rune(string(l)[start:b])) + 1,
			Byte:   b,
		}
	}
	return hcl.Range{Filename: "site/main.hcl", Start: pos(from), End: pos(from + len(text))}
}

const source = lines(`vip "web" {
	vhid = 7 # Straße 東京
}
vip "mail" {
  description = "東京", vhid = 7
}
`)

// sample is a report with one finding of each kind.
func sample() *report {
	first, second := source.at("7", 1), source.at("7", 2)
	diags := hcl.Diagnostics{
		schema.Finding{
			Code:    "VIP003",
			Effect:  "Both hosts answer for both addresses with one virtual MAC address.",
			Help:    "Give one of them a vhid that is free on network.lan, such as vhid = 8.",
			Object:  `vip.mail (for_each key "mail")`,
			Related: []schema.Related{{Message: "first used here", Range: first}},
		}.Diagnostic(second, "vhid 7 is already used by vip.web on network.lan", "The network has two groups with one number."),
		schema.Finding{Code: "VIP009", Severity: schema.Warning}.
			Diagnostic(source.at(`"mail"`, 1), "100% of <the> names: a, b & c", ""),
		schema.Finding{Code: "VAR001", Severity: schema.Notice}.
			Diagnostic(hcl.Range{}, "carp_password has no value here", "Render will need it."),
	}
	return &report{
		findings: findingsOf(diags, source),
		path:     "site",
		rules: []ruleDoc{
			{Code: "VAR001", Severity: schema.Notice, Summary: "a secret has no value", Why: "Nothing can be rendered without it."},
			{Code: "VIP001", Summary: "nobody breaks this one", Why: "It is always green."},
			{Code: "VIP003", Summary: "a vhid is used twice", Why: "Two groups would share a MAC address."},
		},
	}
}

func TestFormats(t *testing.T) {
	broken := sample()
	broken.findings = broken.findings[2:]
	broken.fault = &fault{Code: codeSystem, Message: "cannot read site: permission denied", Help: "chmod it"}
	reports := map[string]*report{"found": sample(), "clean": {path: "site", rules: sample().rules}, "fault": broken}
	for _, format := range formats {
		for name, r := range reports {
			t.Run(format.name+"/"+name, func(t *testing.T) {
				var got bytes.Buffer
				if err := format.write(&got, r); err != nil {
					t.Fatal(err)
				}
				golden(t, format.name+"."+name, got.Bytes())
			})
		}
	}
}

// golden compares got with the file of that name in testdata/report.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "report", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
