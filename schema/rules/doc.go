package rules

import (
	"embed"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed testdata/*.txtar
var docs embed.FS

// Doc is the documentation of a rule.
type Doc struct {
	Why  string // prose
	Bad  []Example
	Good []Example
}

// Example is one description that a rule reports, or does not.
type Example struct{ Name, Text string }

// DocOf returns the documentation of the rule with this code. A test holds
// that every rule has one.
func DocOf(code string) (Doc, bool) {
	data, err := docs.ReadFile("testdata/" + code + ".txtar")
	if err != nil {
		return Doc{}, false
	}
	a := txtar.Parse(data)
	d := Doc{Why: strings.TrimSpace(string(a.Comment))}
	for _, f := range a.Files {
		e := Example{f.Name, string(f.Data)}
		if strings.HasPrefix(f.Name, "bad") {
			d.Bad = append(d.Bad, e)
		} else {
			d.Good = append(d.Good, e)
		}
	}
	return d, true
}
