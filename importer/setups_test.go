package importer

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"carpool/schema"
)

// TestSetups holds that audit finds in each made-up setup what its first lines
// list behind "audit:", and nothing else.
func TestSetups(t *testing.T) {
	names, _ := filepath.Glob("testdata/setups/*.txtar")
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for l := range strings.Lines(string(a.Comment)) {
				if codes, ok := strings.CutPrefix(l, "audit:"); ok {
					want = strings.Fields(codes)
				}
			}
			var got []string
			for _, d := range Read(archiveHosts(t, name)).Audit() {
				if code := schema.FindingOf(d).Code; !slices.Contains(got, code) {
					got = append(got, code)
				}
				t.Logf("%s %s %v", schema.FindingOf(d).Code, d.Summary, d.Subject)
			}
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
