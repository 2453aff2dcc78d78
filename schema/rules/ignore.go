package rules

import (
	"fmt"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// applyIgnores drops the findings that carpool:ignore comments silence, and
// reports comments that silence nothing or may not silence what they name.
func applyIgnores(ignores []*schema.Ignore, diags hcl.Diagnostics) hcl.Diagnostics {
	if len(ignores) == 0 {
		return diags
	}
	used := map[*schema.Ignore]bool{}
	var kept hcl.Diagnostics
	for _, d := range diags {
		f := schema.FindingOf(d)
		silenced := false
		for _, g := range ignores {
			if g.Code != f.Code || d.Subject == nil || !g.Covers(*d.Subject) {
				continue
			}
			used[g] = true
			silenced = silenced || !Lookup(f.Code).Unignorable
		}
		if !silenced {
			kept = append(kept, d)
		}
	}
	for _, g := range ignores {
		kept = append(kept, judgeIgnore(g, used[g])...)
	}
	return kept
}

func judgeIgnore(g *schema.Ignore, used bool) hcl.Diagnostics {
	r := Lookup(g.Code)
	switch {
	case r == nil:
		return hcl.Diagnostics{schema.Finding{Code: schema.LangIgnore, Help: "`carpool rules` lists the codes"}.Diagnostic(g.Range,
			fmt.Sprintf("there is no rule %q to ignore", g.Code), "The comment silences nothing.")}
	case used && r.Unignorable:
		return hcl.Diagnostics{schema.Finding{Code: schema.LangIgnore, Help: "mend what the rule reports"}.Diagnostic(g.Range,
			fmt.Sprintf("%s cannot be ignored", g.Code), "Going on would lose data or take the site down.")}
	case !used:
		return hcl.Diagnostics{schema.Finding{Code: schema.LangIgnore, Severity: schema.Warning, Help: "take the comment out"}.Diagnostic(g.Range,
			fmt.Sprintf("this ignore of %s ignores nothing", g.Code), "The rule reports nothing in the attribute or block it belongs to.")}
	}
	return nil
}
