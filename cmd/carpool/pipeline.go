package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/generator"
	"carpool/importer"
	"carpool/schema"
	"carpool/schema/rules"
)

// This file is the only one that knows how the stages of the compiler are
// called.

// compile reads, decodes and checks the description, and keeps what was
// found. The cluster is nil if a finding fails the command: nothing may be
// made of it then. secrets says that sensitive variables need their values.
func (c *call) compile(secrets bool) (*schema.Cluster, error) {
	vars, err := c.variables()
	if err != nil {
		return nil, err
	}
	done := c.progress("checking " + c.report.path)
	defer done()
	src, diags, err := schema.Load(c.report.path)
	if err != nil {
		return nil, &fault{Code: codeSystem, Message: err.Error()}
	}
	var cluster *schema.Cluster
	if !diags.HasErrors() {
		var more hcl.Diagnostics
		cluster, more = schema.Decode(src, schema.Inputs{Env: c.env, Vars: vars, RequireSecrets: secrets})
		diags = append(diags, more...)
	}
	if !diags.HasErrors() {
		diags = append(diags, rules.Check(cluster)...)
		if c.opt.secrets == string(generator.Jinja) {
			diags = append(diags, generator.Unnamed(cluster)...)
		}
	}
	schema.Sort(diags)
	c.report.findings = findingsOf(diags, src)
	if c.report.failed() {
		return nil, nil
	}
	return cluster, nil
}

// render compiles the description into the files of its hosts. They are nil if
// a finding fails the command.
func (c *call) render() ([]generator.File, error) {
	_, files, err := c.renderCluster()
	return files, err
}

// renderCluster returns the cluster too.
func (c *call) renderCluster() (*schema.Cluster, []generator.File, error) {
	if len(c.opt.hosts) > 0 && c.opt.shard.Of > 0 {
		return nil, nil, usagef("give --host or --shard", "--host and --shard both say which hosts")
	}
	mode := generator.SecretMode(c.opt.secrets)
	cluster, err := c.compile(mode == generator.Embed)
	if cluster == nil {
		return nil, nil, err
	}
	o := generator.Options{Hosts: c.opt.hosts, Shard: c.opt.shard.Shard, Secrets: mode}
	if c.opt.templates != "" {
		root, err := os.OpenRoot(c.opt.templates) // no link in it leads out of it
		if err != nil {
			return nil, nil, fmt.Errorf("cannot read --templates: %w", err)
		}
		defer root.Close()
		o.Templates = root.FS()
	}
	done := c.progress("rendering " + c.report.path)
	defer done()
	files, err := generator.Render(cluster, o)
	var unknown *generator.UnknownHostError
	if errors.As(err, &unknown) {
		return nil, nil, usagef("the nodes are "+strings.Join(generator.Rendered(cluster), ", "), "--host: %v", err)
	}
	if files == nil && err == nil {
		files = []generator.File{} // no managed nodes, or none in the shard
	}
	return cluster, files, err
}

// catalogue lists every code that a finding can have.
func catalogue() []ruleDoc {
	var docs []ruleDoc
	for _, rule := range rules.All {
		text, _ := rules.DocOf(rule.Code)
		docs = append(docs, ruleDoc{Code: rule.Code, Severity: rule.Severity, Summary: rule.Summary, Effect: rule.Effect, Why: text.Why})
	}
	for _, code := range schema.LanguageCodes {
		docs = append(docs, ruleDoc{Code: code.Code, Summary: code.Summary, Why: code.Why})
	}
	for _, code := range importer.Codes {
		docs = append(docs, ruleDoc{Code: code.Code, Severity: code.Severity, Summary: code.Summary, Effect: code.Effect, Why: code.Why})
	}
	slices.SortFunc(docs, func(a, b ruleDoc) int { return strings.Compare(a.Code, b.Code) })
	return docs
}

// expectation is what the tests of a rule write into its bad example.
var expectation = regexp.MustCompile(`(?m)[ \t]*# want .*$`)

// badAndGood returns the descriptions that the rule refuses and accepts.
func badAndGood(code string) (bad, good []string) {
	bad, good = []string{}, []string{} // JSON has no null here
	doc, _ := rules.DocOf(code)
	for _, e := range doc.Bad {
		bad = append(bad, expectation.ReplaceAllString(e.Text, ""))
	}
	for _, e := range doc.Good {
		good = append(good, e.Text)
	}
	return bad, good
}
