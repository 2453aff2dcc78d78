package rules

import (
	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// CheckOnly runs the rules for which keep is true, as Check does. It is for
// clusters that no description stands behind, of which some rules say nothing.
func CheckOnly(c *schema.Cluster, keep func(*Rule) bool) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, r := range All {
		if keep(r) {
			diags = append(diags, run(r, c)...)
		}
	}
	schema.Sort(diags)
	return schema.Unique(diags)
}
