package schema

import (
	"fmt"
	"regexp"

	"github.com/agext/levenshtein"
)

// suggestion returns the candidate nearest to given, or "" if none is near
// enough to be meant. The first of equally near candidates wins, so callers
// pass them in source order.
func suggestion(given string, candidates []string) string {
	// Two letters swapped are a distance of two; a name of one letter is like
	// any other of one letter.
	best, bestDist := "", min(1+max(len(given)/3, 2), len(given))
	for _, c := range candidates {
		if d := levenshtein.Distance(given, c, nil); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// didYouMean words the suggestion, or returns otherwise.
func didYouMean(given string, candidates []string, form func(string) string, otherwise string) string {
	if s := suggestion(given, candidates); s != "" {
		return fmt.Sprintf("did you mean %s?", form(s))
	}
	return otherwise
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// Reference writes a reference to a block as HCL spells it: vip.web, and
// node["01a"] where the name is no identifier.
func Reference(kind, name string) string {
	if identifier.MatchString(name) {
		return kind + "." + name
	}
	return fmt.Sprintf("%s[%q]", kind, name)
}

// Suggest returns the candidate that given was probably meant to be, or "".
func Suggest(given string, candidates []string) string { return suggestion(given, candidates) }
