package generator

import (
	"fmt"
	"testing"

	"carpool/schema"
)

// TestNames holds that no name reaches a file that it would end early, whatever
// the rules said before.
func TestNames(t *testing.T) {
	for _, line := range []string{`rc = { "x; reboot #" = 1 }`, `sysctl = { "a\nb" = 1 }`, `loader = { "a b" = 1 }`} {
		text := fmt.Sprintf("cluster \"c\" { freebsd = \"14.2\" }\nnode \"a\" {\n  %s\n}\n", line)
		src, diags := schema.Parse(map[string][]byte{"c.hcl": []byte(text)})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		c, diags := schema.Decode(src, schema.Inputs{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if _, err := Render(c, Options{}); err == nil {
			t.Errorf("%s was rendered", line)
		}
	}
}
