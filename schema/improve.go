package schema

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// improvement rewords diagnostics of the HCL library where its words mislead
// somebody who writes a description. Empty fields match anything and change
// nothing.
type improvement struct {
	summary, detail string // parts of HCL's text
	next            string // characters the place may begin with

	newSummary, newDetail, help string
}

// unknownFunction is HCL's summary for a function that there is not.
const unknownFunction = "Call to unknown function"

// improvements: the first row that matches applies.
var improvements = []improvement{
	{summary: "Invalid string literal", detail: "Template sequences are not allowed",
		newSummary: "a label is plain text", newDetail: "A label cannot be computed.",
		help: `produce the block: dynamic "on" { for_each = …, labels = [on.value], content { } }`},
	{summary: "Missing newline after argument", next: "}",
		newSummary: "the closing brace follows an attribute", newDetail: "The last attribute of a block that spans lines ends with its line.",
		help: "put the } on a line of its own"},
	{summary: "Missing newline after argument",
		newSummary: "two attributes on one line", newDetail: "Each attribute ends with its line.",
		help: "write each attribute on a line of its own"},
	{summary: "Invalid single-argument block definition", next: "\n\r",
		newSummary: "the block is not closed on its line", newDetail: "A block that begins with an attribute on the line of its { ends on that line too.",
		help: "close it with }, or put the attribute on a line of its own"},
	{summary: "Invalid single-argument block definition",
		newSummary: "a block on one line holds one attribute", newDetail: "A block written on one line may hold one attribute and no block.",
		help: "write each attribute on a line of its own"},
	{summary: "Argument definition required", detail: "single-line block",
		newSummary: "a block on one line holds no other block", newDetail: "A block written on one line may hold one attribute and no block.",
		help: "put the inner block on lines of its own"},
	{summary: unknownFunction, newSummary: "unknown function"},
	{summary: "Attribute redefined", newSummary: "an attribute is there twice", help: "keep one of them"},
	{summary: "Variables not allowed", newSummary: "no references here", newDetail: "A default and a var-file hold plain values.", help: "write the value itself"},
}

// digitName finds a reference whose name begins with a digit, which HCL reads
// as a number: node.01a.
var digitName = regexp.MustCompile(`\b(network|node|vip|hast|zpool|pfsync|failover)\.([0-9][A-Za-z0-9_-]*)`)

// improve rewords g, which is about text data, and fills f.
func improve(g *hcl.Diagnostic, f *Finding, data []byte) {
	next, line := around(g, data)
	if m := digitName.FindStringSubmatch(line); m != nil && f.Code == LangSyntax {
		g.Summary = fmt.Sprintf("%s reads as a number", m[0])
		g.Detail = "A name that begins with a digit needs brackets and quotes."
		f.Help = fmt.Sprintf("write %s[%q]", m[1], m[2])
		return
	}
	for _, row := range improvements {
		if !strings.Contains(g.Summary, row.summary) || !strings.Contains(g.Detail, row.detail) ||
			row.next != "" && !strings.Contains(row.next, next) {
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

// around returns the character at the place of g, and its line.
func around(g *hcl.Diagnostic, data []byte) (next, line string) {
	if g.Subject == nil || g.Subject.Start.Byte > len(data) {
		return "\n", ""
	}
	at := g.Subject.Start.Byte
	from := strings.LastIndexByte(string(data[:at]), '\n') + 1
	line, _, _ = strings.Cut(string(data[from:]), "\n")
	if at == len(data) {
		return "\n", line
	}
	return string(data[at : at+1]), line
}
