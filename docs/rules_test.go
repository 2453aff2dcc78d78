package docs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"carpool/importer"
	"carpool/schema"
	"carpool/schema/rules"
)

// TestRulesReference holds that docs/rules.md is what the rules say of
// themselves; -update rewrites it.
func TestRulesReference(t *testing.T) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Rules\n\nWritten by `make golden` from the rules themselves; `carpool explain CODE` adds a bad and a good\nexample. A finding of a rule can be silenced where it stands, with `# carpool:ignore CODE reason`,\nunless the rule says otherwise.\n\n")
	fmt.Fprintf(&b, "| code | severity | what it finds |\n|---|---|---|\n")
	for _, r := range rules.All {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.Code, strings.ToLower(r.Code), r.Severity, cell(r.Summary))
	}
	for _, r := range rules.All {
		doc, _ := rules.DocOf(r.Code)
		fmt.Fprintf(&b, "\n## %s\n\n%s: %s.", r.Code, upper(r.Severity.String()), r.Summary)
		if r.Unignorable {
			fmt.Fprintf(&b, " It cannot be ignored.")
		}
		fmt.Fprintf(&b, "\n\n%s\n\nOn FreeBSD: %s\n", doc.Why, r.Effect)
	}
	fmt.Fprintf(&b, "\n## What reading a description reports\n\nThese cannot be silenced: the description cannot be represented.\n\n| code | what it says |\n|---|---|\n")
	for _, l := range schema.LanguageCodes {
		fmt.Fprintf(&b, "| %s | %s |\n", l.Code, cell(l.Summary))
	}
	fmt.Fprintf(&b, "\n## What only the files of hosts show\n\n`carpool audit` applies those of the rules above that mean something for hosts' files, and these.\n\n| code | severity | what it finds | on FreeBSD |\n|---|---|---|---|\n")
	for _, k := range importer.Codes {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", k.Code, k.Severity, cell(k.Summary), cell(k.Effect))
	}
	if *update {
		if err := os.WriteFile("rules.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("rules.md")
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/rules.md is not what the rules say (%v); `make golden` rewrites it", err)
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
