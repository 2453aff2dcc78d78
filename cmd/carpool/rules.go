package main

import "fmt"

func rulesCommand() *command {
	return &command{
		name:    "rules",
		summary: "list every rule: code, severity, what it finds",
		about: "Rules lists every code that a finding can have, with its severity and one line on what " +
			"it finds. The LANG codes say that something cannot be represented and cannot be silenced; the " +
			"others say that it can, but is wrong or unwise. carpool explain CODE says why.",
		example: `$ carpool rules
$ carpool rules --format json | jq -r '.rules[].code'`,
		plain: true,
		flags: noFlags,
		run:   runRules,
	}
}

// The JSON forms of the catalogue.
type (
	jsonCatalogue struct {
		FormatVersion string     `json:"format_version"`
		Rules         []jsonRule `json:"rules"`
	}
	jsonRule struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Summary  string `json:"summary"`
		Effect   string `json:"effect"`
		Why      string `json:"why"`
	}
)

func runRules(c *call) error {
	docs := c.report.rules
	if c.opt.format == "json" {
		c.data = true
		out := jsonCatalogue{FormatVersion: "1.0", Rules: make([]jsonRule, len(docs))}
		for i, doc := range docs {
			out.Rules[i] = jsonRuleOf(doc)
		}
		return encodeJSON(&c.product, out)
	}
	width := 0
	for _, doc := range docs {
		width = max(width, len(doc.Code))
	}
	for _, doc := range docs {
		fmt.Fprintf(&c.product, "%-*s  %-7s  %s\n", width, doc.Code, doc.Severity, doc.Summary)
	}
	return nil
}

func jsonRuleOf(doc ruleDoc) jsonRule {
	return jsonRule{Code: doc.Code, Severity: doc.Severity.String(), Summary: doc.Summary, Effect: doc.Effect, Why: doc.Why}
}
