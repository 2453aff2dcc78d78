package golden

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows lists which packages of this module each may import, tests left out.
var arrows = map[string][]string{
	"schema":       {"internal/"},
	"schema/rules": {"schema", "internal/"},
	"templates":    {},
	"generator":    {"internal/", "schema", "templates"},
	"graph":        {"schema"},
	"docs":         {},
	"examples":     {},
	"man":          {},
	"importer":     {"schema", "schema/rules", "importer/"},
	"cmd/carpool":  {"internal/", "schema", "schema/rules", "docs", "examples", "generator", "graph", "importer", "importer/", "man"},
}

// TestArrows keeps the packages in one direction.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "carpool/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], "carpool/")
		allowed, ok := arrows[from]
		if strings.HasPrefix(from, "importer/") {
			allowed, ok = []string{"schema", "importer/"}, true
		}
		for _, w := range words[1:] {
			to, ours := strings.CutPrefix(w, "carpool/")
			if ours && ok && !slices.ContainsFunc(allowed, func(a string) bool {
				return to == a || strings.HasSuffix(a, "/") && strings.HasPrefix(to, a)
			}) {
				t.Errorf("%s must not import %s", from, to)
			}
			if ours && strings.HasPrefix(to, "cmd/") {
				t.Errorf("%s imports %s; nobody does", from, to)
			}
		}
	}
}
