package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// places lists what a body holds with the place of each part.
func places(b *hclsyntax.Body) []string {
	var all []string
	for name, a := range b.Attributes {
		all = append(all, fmt.Sprint(name, a.SrcRange, a.Expr.Range()))
	}
	for _, nested := range b.Blocks {
		all = append(all, fmt.Sprint(nested.Type, nested.Labels, nested.Range(), nested.LabelRanges))
		all = append(all, places(nested.Body)...)
	}
	return all
}

// TestPieces: a file that is parsed in pieces is what it is when parsed whole,
// wherever a piece ends.
func TestPieces(t *testing.T) {
	item := "node \"n%d\" {\n  description = <<-EOT\n    } \" { %% # ä\n\n  EOT\n  rc = { a = \"}\" } # {\n  /* }\n */ vars = { for k, v in {} : k => \"${v}\\n{\" }\n}\r\n\n// \" {\n"
	var text strings.Builder
	for i := 0; text.Len() < 20*chunkSize; i++ {
		fmt.Fprintf(&text, item, i)
	}
	data := []byte(text.String())
	cuts, d := checkText("a.hcl", data)
	if d != nil || len(cuts) < 10 {
		t.Fatalf("%d cuts, %v", len(cuts), d)
	}
	whole, diags := hclsyntax.ParseConfig(data, "a.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := parsePieces("a.hcl", data, cuts)
	if got == nil {
		t.Fatal("a piece does not parse")
	}
	want := whole.Body.(*hclsyntax.Body)
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	if diff := cmp.Diff(places(want), places(got), sorted); diff != "" {
		t.Error(diff)
	}
	if want.SrcRange != got.SrcRange || want.EndRange != got.EndRange {
		t.Errorf("%s and %s, want %s and %s", got.SrcRange, got.EndRange, want.SrcRange, want.EndRange)
	}
}

// TestPiecesThatDoNotFit: errors are those of the file as a whole.
func TestPiecesThatDoNotFit(t *testing.T) {
	filler := strings.Repeat("# filler\n", chunkSize/9+1)
	for name, text := range map[string]string{
		"syntax":    filler + "a = 1\n" + filler + "b = = 1\n",
		"twice":     filler + "a = 1\n" + filler + "a = 2\n" + filler,
		"unclosed":  filler + "a {\n" + filler,
		"heredoc":   filler + "a = <<EOT\n" + filler,
		"a comment": filler + "/* \n" + filler,
		"the mark":  filler + "\xef\xbb\xbfa = 1\n" + filler,
	} {
		_, want := hclsyntax.ParseConfig([]byte(text), "a.hcl", hcl.InitialPos)
		cuts, d := checkText("a.hcl", []byte(text))
		if d != nil {
			t.Fatal(name, d)
		}
		_, got := parseNative("a.hcl", []byte(text), cuts)
		if !want.HasErrors() || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
