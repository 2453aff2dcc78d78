package docs

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"carpool/schema/rules"
)

// TestCoverage holds that the table has each mistake once, in order, and names
// only rules that exist.
func TestCoverage(t *testing.T) {
	data, err := os.ReadFile("coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^\| ([0-9]+) \| .+ \| .+ \|$`)
	code := regexp.MustCompile(`\b[A-Z]{2,5}[0-9]{3}\b`)
	next := 1
	for _, l := range strings.Split(string(data), "\n") {
		m := row.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		if n, _ := strconv.Atoi(m[1]); n != next {
			t.Errorf("row %s follows row %d", m[1], next-1)
		}
		next++
		for _, c := range code.FindAllString(l, -1) {
			if rules.Lookup(c) == nil {
				t.Errorf("row %s names the rule %s, which is not there", m[1], c)
			}
		}
	}
	if next != 96 {
		t.Errorf("%d rows", next-1)
	}
}
