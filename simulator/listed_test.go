//go:build linux

package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// PROTECTIONS.md, the tests and the rule numbers in the scripts are the same set.
func TestProtectionsListed(t *testing.T) {
	b, err := os.ReadFile("PROTECTIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, tested []string
	for _, m := range regexp.MustCompile(`(?m)^\| (R\d+) \| (.+?) \|$`).FindAllStringSubmatch(string(b), -1) {
		listed = append(listed, m[1]+" "+m[2])
	}
	rules := map[string]bool{}
	for _, p := range protections {
		tested = append(tested, p.rule+" "+p.name)
		rules[p.rule] = true
	}
	for _, n := range listed {
		if !slices.Contains(tested, n) {
			t.Errorf("listed without a test: %s", n)
		}
	}
	for _, n := range tested {
		if !slices.Contains(listed, n) {
			t.Errorf("tested, not listed in PROTECTIONS.md: %s", n)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^- \*\*(R\d+)\*\*`).FindAllStringSubmatch(string(b), -1) {
		rules[m[1]] = true
	}
	files, _ := filepath.Glob(filepath.Join(templates, "usr/local/scripts/*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range regexp.MustCompile(`\bR(1[0-6]|[1-9])\b`).FindAllString(string(text), -1) {
			if !rules[r] {
				t.Errorf("%s cites %s, which PROTECTIONS.md does not know", filepath.Base(f), r)
			}
		}
	}
}

// Every test that PROTECTIONS.md names is there.
func TestNamedTestsExist(t *testing.T) {
	b, err := os.ReadFile("PROTECTIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("*_test.go")
	all := ""
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	named := regexp.MustCompile("`(Test[A-Za-z]+)(?:/(F[0-9]+)…)?`").FindAllStringSubmatch(string(b), -1)
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, m := range named {
		if !regexp.MustCompile(`func ` + m[1] + `\(t \*testing\.T\)`).MatchString(all) {
			t.Errorf("there is no %s", m[1])
		}
		if m[2] != "" && !regexp.MustCompile(`(name: |\{)"`+m[2]+` `).MatchString(all) {
			t.Errorf("%s tells no story of %s", m[1], m[2])
		}
	}
}
