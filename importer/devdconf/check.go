package devdconf

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

func (c *Config) report(severity hcl.DiagnosticSeverity, subject hcl.Range, summary, detail string) {
	if subject.Filename == "" { // a rule of FreeBSD's own file
		return
	}
	c.diags = append(c.diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: &subject})
}

// deadRule reports an expression that regcomp(3) refuses; devd does not look at the result.
func (c *Config) deadRule(clause Clause, err error, inverted bool) {
	effect := "so this rule never runs"
	if inverted {
		effect = "so this condition is always true"
	}
	c.report(hcl.DiagWarning, clause.Value.Range, fmt.Sprintf("Invalid regular expression: %s", err),
		fmt.Sprintf("regcomp(3) of FreeBSD %s refuses the expression and devd does not notice: nothing ever matches it, %s.", c.Release, effect))
}

// checkMatch reports expressions that are read otherwise than they look.
func (c *Config) checkMatch(clause Clause) {
	value := clause.Value.Text
	at := clause.Value.Range
	if hasBareBar(value) {
		c.report(hcl.DiagWarning, at, "Alternatives without parentheses",
			"devd puts ^ before and $ behind the text, which bind closer than |: \"a|b\" matches what begins with a or ends in b. Write (a|b).")
	}
	if strings.HasSuffix(value, "$") {
		c.report(hcl.DiagWarning, at, "A \"$\" ends the expression",
			"devd takes $ for the start of a variable and reads beyond the end of the text; what then matches is undefined. devd anchors every expression itself: leave the $ out.")
	}
	if clause.Variable.Text == "kern" && c.Release.AtLeast(15, 0) {
		c.report(hcl.DiagError, clause.Range, "The variable \"kern\" is refused",
			"devd of FreeBSD 15 exits at this rule and handles no event of any kind. Write \"kernel\".")
	}
}

// hasBareBar finds a "|" outside of parentheses and brackets.
func hasBareBar(s string) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			if n := strings.IndexByte(s[min(i+2, len(s)):], ']'); n >= 0 {
				i += 2 + n
			}
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// checkAction reports variables between single quotes, which 12 and later quote once more.
func (c *Config) checkAction(clause Clause) {
	if !c.Release.AtLeast(12, 0) {
		return
	}
	for i, part := range strings.Split(clause.Value.Text, "'") {
		if i%2 == 1 && hasVariable(part) {
			c.report(hcl.DiagWarning, clause.Value.Range, "A variable between single quotes",
				"Since FreeBSD 12.0 devd replaces $name by $'value', a quoted word of its own. Inside quotes the command receives the text \"$value\" instead of \"value\". Leave the quotes out.")
			return
		}
	}
}

func hasVariable(s string) bool {
	for {
		_, rest, found := strings.Cut(s, "$")
		if !found {
			return false
		}
		if rest != "" && (isLetter(rest[0]) || strings.IndexByte("_-*", rest[0]) >= 0) {
			return true
		}
		s = strings.TrimPrefix(rest, "$")
	}
}
