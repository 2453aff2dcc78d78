package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// TestTextStyles looks at what a terminal gets: colours, and prose wrapped at
// its width.
func TestTextStyles(t *testing.T) {
	r := sample()
	r.text = textStyle{color: true, width: 50, why: r.why}
	var got bytes.Buffer
	if err := writeText(&got, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "text.terminal", got.Bytes())
	for _, line := range strings.Split(got.String(), "\n") {
		if strings.HasPrefix(line, "  ") && !strings.Contains(line, "|") && len(line) > 70 {
			t.Errorf("not wrapped: %q", line)
		}
	}
}

// TestTextQuiet: -q prints what fails the command, and nothing else.
func TestTextQuiet(t *testing.T) {
	r := sample()
	r.text.quiet = true
	var got bytes.Buffer
	if err := writeText(&got, r); err != nil {
		t.Fatal(err)
	}
	if s := got.String(); !strings.Contains(s, "VIP003") || strings.Contains(s, "VIP009") {
		t.Errorf("got:\n%s", s)
	}
}

// TestTextRepeats: the same words at many places are printed once.
func TestTextRepeats(t *testing.T) {
	many := func(n int) *report {
		var diags hcl.Diagnostics
		for range n {
			diags = append(diags, schema.Finding{Code: "X001"}.Diagnostic(source.at("7", 1), "the same", ""))
		}
		return &report{findings: findingsOf(diags, source)}
	}
	for n, want := range map[int]int{2: 2, 3: 3, 4: 1, 40: 1} {
		var got bytes.Buffer
		if err := writeText(&got, many(n)); err != nil {
			t.Fatal(err)
		}
		if shown := strings.Count(got.String(), "the same"); shown != want {
			t.Errorf("%d findings: shown %d times, want %d:\n%s", n, shown, want, got.String())
		}
	}
	verbose := many(40)
	verbose.text.why = func(string) string { return "" }
	var got bytes.Buffer
	if err := writeText(&got, verbose); err != nil {
		t.Fatal(err)
	}
	if shown := strings.Count(got.String(), "the same"); shown != 40 {
		t.Errorf("-v shows %d of 40", shown)
	}
}

// TestColumns: programs count code points or bytes, and what stands behind a
// hidden secret keeps HCL's own count.
func TestColumns(t *testing.T) {
	f := finding{src: source}
	at := source.at("7", 2)
	if got := f.column("", at.Start, byteCount); got != 34 {
		t.Errorf("bytes: %d", got)
	}
	hidden := lines("a = (secret) b = 7\n")
	f = finding{src: hidden}
	at = hidden.at("7", 1)
	at.Start.Column = 99
	if got := f.column("", at.Start, byteCount); got != 99 {
		t.Errorf("behind a secret: %d", got)
	}
}

// TestFingerprints: moving lines changes no fingerprint, and no two are equal.
func TestFingerprints(t *testing.T) {
	r := sample()
	before := r.fingerprints(append(r.findings, r.findings...))
	for i := range r.findings {
		if r.findings[i].Range != nil {
			moved := *r.findings[i].Range
			moved.Start.Line += 10
			r.findings[i].Range = &moved
		}
	}
	after := r.fingerprints(append(r.findings, r.findings...))
	seen := map[string]bool{}
	for i, print := range after {
		if before[i] != print {
			t.Errorf("finding %d changed its fingerprint", i)
		}
		if seen[print] {
			t.Errorf("finding %d shares its fingerprint", i)
		}
		seen[print] = true
	}
}
