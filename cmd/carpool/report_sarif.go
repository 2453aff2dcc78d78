package main

import (
	"cmp"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// sarifLevel spells severities as SARIF does.
var sarifLevel = map[schema.Severity]string{
	schema.Error:   "error",
	schema.Warning: "warning",
	schema.Notice:  "note",
}

// writeSARIF prints SARIF 2.1.0 with what GitHub's code scanning reads: the
// documented rules, one result per finding with a fingerprint that survives
// moved lines, and a notification where carpool itself could not go on.
func writeSARIF(w io.Writer, r *report) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "carpool", SemanticVersion: semanticVersion(), Rules: sarifRules(r.rules)}},
		Results:     make([]sarifResult, len(r.findings)),
		Invocations: []sarifInvocation{sarifInvocationOf(r.fault)},
		ColumnKind:  "unicodeCodePoints",
	}
	prints := r.fingerprints(r.findings)
	for i, f := range r.findings {
		run.Results[i] = sarifResultOf(r, f, prints[i])
	}
	return encodeJSON(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func sarifRules(docs []ruleDoc) []sarifRule {
	rules := make([]sarifRule, len(docs))
	for i, doc := range docs {
		help := strings.TrimSpace(doc.Why + "\n\nRun carpool explain " + doc.Code + " for a bad and a good example.")
		rules[i] = sarifRule{
			ID:       doc.Code,
			Name:     doc.Code,
			Short:    sarifText{Text: doc.Summary},
			Full:     sarifText{Text: cmp.Or(doc.Why, doc.Summary)},
			Help:     sarifMarkdown{Text: help, Markdown: help},
			Defaults: sarifDefaults{Level: sarifLevel[doc.Severity]},
			Properties: sarifProperties{
				Tags:            []string{"freebsd", "carp", "hast"},
				Precision:       "very-high",
				ProblemSeverity: problemSeverity[doc.Severity],
			},
		}
	}
	return rules
}

// problemSeverity is GitHub's word for how bad the findings of a rule are.
var problemSeverity = map[schema.Severity]string{
	schema.Error:   "error",
	schema.Warning: "warning",
	schema.Notice:  "recommendation",
}

func sarifResultOf(r *report, f finding, print string) sarifResult {
	result := sarifResult{
		RuleID:       f.Code,
		Level:        sarifLevel[f.Severity],
		Message:      sarifText{Text: f.message()},
		Locations:    []sarifLocation{{Physical: sarifPlace{Artifact: sarifArtifactOf(r.file(f))}}},
		Fingerprints: map[string]string{"carpoolFinding/v1": print},
	}
	known := func(doc ruleDoc) bool { return doc.Code == f.Code }
	if i := slices.IndexFunc(r.rules, known); i >= 0 {
		result.RuleIndex = &i
	}
	if f.Range != nil {
		result.Locations[0].Physical.Region = sarifRegionOf(f, *f.Range)
	}
	for _, related := range f.Related {
		if related.Range == (hcl.Range{}) {
			continue
		}
		result.Related = append(result.Related, sarifLocation{
			ID:      len(result.Related) + 1,
			Message: &sarifText{Text: related.Message},
			Physical: sarifPlace{
				Artifact: sarifArtifactOf(slashed(related.Range.Filename)),
				Region:   sarifRegionOf(f, related.Range),
			},
		})
	}
	return result
}

func sarifRegionOf(f finding, at hcl.Range) *sarifRegion {
	return &sarifRegion{
		StartLine:   at.Start.Line,
		StartColumn: f.column(at.Filename, at.Start, utf8.RuneCountInString),
		EndLine:     at.End.Line,
		EndColumn:   f.column(at.Filename, at.End, utf8.RuneCountInString),
	}
}

// sarifArtifactOf spells a path as a URI: relative to the checkout where it
// is relative, which is how a platform finds the file.
func sarifArtifactOf(file string) sarifArtifact {
	if path.IsAbs(file) {
		u := url.URL{Scheme: "file", Path: file}
		return sarifArtifact{URI: u.String()}
	}
	u := url.URL{Path: file}
	return sarifArtifact{URI: u.EscapedPath(), Base: "%SRCROOT%"}
}

// sarifInvocationOf says whether the run came to its end, and if not, why.
func sarifInvocationOf(f *fault) sarifInvocation {
	if f == nil {
		return sarifInvocation{Successful: true}
	}
	note := sarifNotification{
		Descriptor: sarifDescriptor{ID: f.Code},
		Level:      "error",
		Message:    sarifText{Text: f.Message},
	}
	if f.Help != "" {
		note.Message.Text += "\n\n" + f.Help
	}
	code := f.exit()
	return sarifInvocation{Notifications: []sarifNotification{note}, ExitCode: &code}
}
