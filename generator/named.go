package generator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// A template says {{ NAME }} in place of a secret, so with Jinja every secret
// has to be a variable, or an element of one, and its name one of Jinja2's.

var jinjaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// jinjaWords cannot be names in Jinja2 (jinja2/parser.py, lexer.py), or are
// taken by what a template is rendered with.
var jinjaWords = []string{
	"and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true", "True",
	"caller", "context", "loop", "self", "super", "varargs", "kwargs",
	"cycler", "dict", "joiner", "lipsum", "namespace", "range",
}

// Unnamed reports the secrets of the managed hosts that no expression of a
// template could stand for.
func Unnamed(c *schema.Cluster) hcl.Diagnostics {
	var diags hcl.Diagnostics
	check := func(a schema.Attr[string], isBool bool, what, object string) {
		if !a.Stated || !a.Secret.Secret {
			return
		}
		root, _, _ := strings.Cut(a.Secret.Origin, "[")
		f := schema.Finding{Code: schema.LangSecret, Object: object}
		switch {
		case isBool:
			f.Help = `make the variable text, "YES" or "NO"`
			diags = append(diags, f.Diagnostic(a.Range, what+" is a secret that is true or false",
				"With --secrets jinja the name of the variable stands in its place, and each file has words of its own for true and false."))
		case root == "":
			f.Help = `declare variable "NAME" { type = string, sensitive = true } and write var.NAME, or var.NAME["KEY"] of a map, and nothing around it`
			diags = append(diags, f.Diagnostic(a.Range, what+" is a secret without a name",
				"With --secrets jinja the name of a variable stands in its place, so it has to be a variable or an element of one, unchanged."))
		case !jinjaName.MatchString(root) || slices.Contains(jinjaWords, root):
			f.Help = "give the variable another name, of letters, digits and underscores"
			diags = append(diags, f.Diagnostic(a.Range, fmt.Sprintf("%s is the variable %q, which is no name in Jinja2", what, root),
				"With --secrets jinja its name stands in the template, where it would mean something else."))
		}
	}
	for _, v := range c.VIPs {
		for _, m := range v.Members {
			if m.Node.IsManaged() {
				check(m.Password, false, "the password", v.Object())
			}
		}
	}
	for _, n := range managed(c) {
		for name, s := range map[string]schema.Settings{"rc": n.RC.Over(c.RC), "sysctl": n.Sysctl.Over(c.Sysctl), "loader": n.Loader.Over(c.Loader)} {
			for _, it := range s.Items {
				check(it.Value, it.Bool, fmt.Sprintf("%s[%q]", name, it.Key), n.Object())
			}
		}
	}
	schema.Sort(diags)
	return schema.Unique(diags)
}
