// Package rules holds the documented checks on a description: what can be
// written, but is wrong or unwise on FreeBSD.
//
// A rule is a value in All. Its documentation and its tests are the same file,
// testdata/CODE.txtar: why the rule exists, a bad example with the expected
// findings on their lines, and a good one.
package rules

import (
	"fmt"
	"slices"
	"strings"

	"carpool/internal/parallel"
	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// Rule is one check.
type Rule struct {
	Code     string          // family and number: CARP001
	Severity schema.Severity // of every finding of the rule
	Summary  string          // one line for lists of rules
	// Effect says what FreeBSD would do, for every finding that says nothing
	// of its own.
	Effect string
	// Unignorable rules cannot be silenced: going on would lose data.
	Unignorable bool
	Check       func(*Pass)
}

// Pass is one run of one rule over a cluster.
type Pass struct {
	*schema.Cluster
	rule  *Rule
	diags hcl.Diagnostics
}

// Report is one finding of a rule.
type Report struct {
	At      hcl.Range
	Object  string // Block.Object of the block meant
	Message string // what is wrong, in one line without a full stop
	Detail  string // more about it, in sentences; "" if the message says it all
	Effect  string // what FreeBSD would do; "" takes the rule's
	Help    string // what to write instead
	Related []schema.Related
}

// Report adds a finding.
func (p *Pass) Report(r Report) {
	f := schema.Finding{
		Code: p.rule.Code, Severity: p.rule.Severity, Effect: r.Effect, Help: r.Help,
		Related: r.Related, Object: r.Object,
	}
	if f.Effect == "" {
		f.Effect = p.rule.Effect
	}
	p.diags = append(p.diags, f.Diagnostic(r.At, r.Message, r.Detail))
}

// Also makes a related place.
func Also(at hcl.Range, format string, args ...any) []schema.Related {
	return []schema.Related{{Message: fmt.Sprintf(format, args...), Range: at}}
}

// Lookup returns the rule of a code, or nil.
func Lookup(code string) *Rule {
	i, ok := slices.BinarySearchFunc(All, code, func(r *Rule, code string) int { return strings.Compare(r.Code, code) })
	if !ok {
		return nil
	}
	return All[i]
}

// Check runs every rule over c, side by side, and returns the findings that no
// comment ignores, sorted. Rules only read the cluster.
func Check(c *schema.Cluster) hcl.Diagnostics {
	found := make([]hcl.Diagnostics, len(All))
	parallel.Do(len(All), func(i int) { found[i] = run(All[i], c) })
	diags := applyIgnores(c.Ignores, slices.Concat(found...))
	schema.Sort(diags)
	return schema.Unique(diags)
}

func run(r *Rule, c *schema.Cluster) hcl.Diagnostics {
	p := &Pass{Cluster: c, rule: r}
	r.Check(p)
	return p.diags
}
