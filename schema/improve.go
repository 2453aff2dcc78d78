package schema

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// improvements reword diagnostics of the HCL library where its words mislead
// somebody who writes a description. The first row that matches applies.
var improvements = []struct {
	summary, detail string // parts of HCL's text
	newSummary      string // "" keeps HCL's
	newDetail       string
	help            string
}{
	{summary: "Invalid string literal", detail: "Template sequences are not allowed", newSummary: "a label is plain text",
		newDetail: "A label cannot be computed.", help: `produce the block: dynamic "on" { for_each = …, labels = [on.value], content { } }`},
	{summary: "Missing newline after argument", newSummary: "two attributes on one line",
		newDetail: "Each attribute ends with its line.", help: "write each attribute on a line of its own"},
	{summary: "Invalid single-argument block definition", newSummary: "a block on one line holds one attribute",
		newDetail: "A block written on one line may hold one attribute and no block.", help: "write each attribute on a line of its own"},
	{summary: "Attribute redefined", newSummary: "an attribute is there twice", help: "keep one of them"},
	{summary: "Invalid number literal"},
	{summary: "Variables not allowed", newSummary: "no references here", newDetail: "A default and a var-file hold plain values.", help: "write the value itself"},
	{summary: "Unsupported attribute", detail: "This object does not have an attribute named"},
}

// improve rewords g and fills f where a row of the table matches.
func improve(g *hcl.Diagnostic, f *Finding) {
	for _, row := range improvements {
		if !strings.Contains(g.Summary, row.summary) || !strings.Contains(g.Detail, row.detail) {
			continue
		}
		if row.newSummary != "" {
			g.Summary = row.newSummary
		}
		if row.newDetail != "" {
			g.Detail = row.newDetail
		}
		f.Help = row.help
		return
	}
}
