package main

import (
	"bytes"
	"fmt"
	"strings"
)

func explainCommand() *command {
	return &command{
		name:    "explain",
		args:    "CODE",
		maxArgs: 1,
		summary: "say why a rule exists, with a bad and a good example",
		about: "Explain prints what a finding with CODE means: why the rule exists, what breaks on FreeBSD, " +
			"a description that it refuses and one that it accepts.",
		example: `$ carpool explain LANG005
$ carpool explain --format json LANG005`,
		plain: true,
		flags: noFlags,
		run:   runExplain,
	}
}

// jsonExplanation is the JSON form of an explanation.
type jsonExplanation struct {
	FormatVersion string `json:"format_version"`
	jsonRule
	Bad  []string `json:"bad"`
	Good []string `json:"good"`
}

func runExplain(c *call) error {
	if len(c.args) == 0 {
		return usagef("carpool rules lists the codes", "explain needs the CODE of a rule")
	}
	doc, err := c.docOf(c.args[0])
	if err != nil {
		return err
	}
	bad, good := badAndGood(doc.Code)
	if c.opt.format == "json" {
		c.data = true
		return encodeJSON(&c.product, jsonExplanation{"1.0", jsonRuleOf(doc), bad, good})
	}
	explain(&c.product, doc, bad, good)
	return nil
}

// docOf finds a code in the catalogue, however it is capitalised.
func (c *call) docOf(code string) (ruleDoc, error) {
	var codes []string
	for _, doc := range c.report.rules {
		if strings.EqualFold(doc.Code, code) {
			return doc, nil
		}
		codes = append(codes, doc.Code)
	}
	help := "carpool rules lists the codes"
	if near := nearest(strings.ToUpper(code), codes); near != "" {
		help = "did you mean carpool explain " + near + "?"
	}
	return ruleDoc{}, usagef(help, "there is no rule %q", code)
}

// explain prints what is known of a rule.
func explain(b *bytes.Buffer, doc ruleDoc, bad, good []string) {
	fmt.Fprintf(b, "%s (%s): %s\n\n%s\n", doc.Code, doc.Severity, doc.Summary, wrapped(strings.TrimSpace(doc.Why)))
	if doc.Effect != "" {
		fmt.Fprintf(b, "\n%s\n", wrapped("What FreeBSD does: "+doc.Effect))
	}
	section := func(title string, texts []string) {
		for _, text := range texts {
			fmt.Fprintf(b, "\n%s:\n\n%s\n", title, indented(strings.TrimSpace(text)))
		}
	}
	section("bad", bad)
	section("good", good)
}
