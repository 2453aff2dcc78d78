package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func TestCanonical(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"blank", "\n\n  \n", ""},
		{"alignment", "vip \"web\" {\nvhid=1\n  advskew  =   10 # low\n}", "vip \"web\" {\n  vhid    = 1\n  advskew = 10 # low\n}\n"},
		{"blank lines", "\n\na = 1\n\n\n\nb = 2\n\n\n", "a = 1\n\nb = 2\n"},
		{"comments", "# first  \n\n\n# second\t\na = 1 // end  \n/* long\n\n\n   */\n", "# first\n\n# second\na = 1 // end\n/* long\n\n\n   */\n"},
		{"heredoc", "a = <<E\n x  \n\n\n\n y\nE\n", "a = <<E\n x  \n\n\n\n y\nE\n"},
		{"carriage returns", "\xef\xbb\xbfa = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"},
		{"list", "a = [\n1,\n\n\n\n2,   \n]\n", "a = [\n  1,\n\n  2,\n]\n"},
		{"comment at the end", "a = 1\n# end", "a = 1\n# end\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := canonical([]byte(test.in))
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if again := canonical(got); !bytes.Equal(again, got) {
				t.Errorf("second run changed it to:\n%s", again)
			}
		})
	}
}

// FuzzCanonical: what parses still parses, and a second run changes nothing.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte("vip \"web\" {\nvhid=1\n}\n"))
	f.Add([]byte("a = <<-E\n  ${b}\n  E\n# c"))
	f.Add([]byte("# c\r\r\n"))
	f.Add([]byte("#\r"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, diags := hclsyntax.ParseConfig(in, "", hcl.InitialPos); diags.HasErrors() {
			return
		}
		once := canonical(in)
		if _, diags := hclsyntax.ParseConfig(once, "", hcl.InitialPos); diags.HasErrors() {
			t.Fatalf("%q became %q: %v", in, once, diags)
		}
		if twice := canonical(once); !bytes.Equal(once, twice) {
			t.Fatalf("%q then %q", once, twice)
		}
	})
}
