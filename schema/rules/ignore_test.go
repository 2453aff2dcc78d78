package rules

import (
	"slices"
	"strings"
	"testing"

	"carpool/schema"
)

// TestIgnores: a comment silences what its rule reports in its scope; one that
// silences nothing, names no rule, or may not silence its rule is reported.
func TestIgnores(t *testing.T) {
	const head = "cluster \"c\" { freebsd = \"14.2\" }\nnetwork \"lan\" { prefixes = [\"10.0.0.0/24\"] }\nnode \"a\" {\n"
	const tail = "  interface \"em0\" {\n    network   = network.lan\n    addresses = [\"10.0.0.1\"]\n  }\n}\n"
	tests := []struct {
		name, line string
		want       []string // codes
	}{
		{"silenced", "  # carpool:ignore RC003 tried it\n  rc = { hostname = \"x\" }\n", nil},
		{"at the end", "  rc = { hostname = \"x\" } # carpool:ignore RC003 tried it\n", nil},
		{"another rule", "  # carpool:ignore CARP001 tried it\n  rc = { hostname = \"x\" }\n", []string{"LANG011", "RC003"}},
		{"no such rule", "  # carpool:ignore NOPE999 tried it\n  rc = { a = 1 }\n", []string{"LANG011"}},
		{"unignorable", "  # carpool:ignore RC008 tried it\n  rc = { \"x; reboot #\" = 1 }\n", []string{"LANG011", "RC008"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, d := range Check(decode(t, Example{"c.hcl", head + tt.line + tail})) {
				got = append(got, schema.FindingOf(d).Code)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
