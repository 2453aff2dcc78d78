package docs

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"carpool/importer"
)

const effectsHead = `# What a change of files does

Written by ` + "`make golden`" + ` from the table that ` + "`carpool diff`" + ` uses. It reads what is there and what render would
write as FreeBSD does, and tells what differs in meaning, the gravest first. The code is what ` + "`--format json`" + ` has.

| code | diff says | on FreeBSD | done so in |
|---|---|---|---|
`

// TestEffectsReference holds that docs/effects.md is the table of effects;
// -update rewrites it.
func TestEffectsReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(effectsHead)
	for _, k := range importer.EffectKinds {
		fmt.Fprintf(&b, "| %s | … %s | %s | %s |\n", k.Code, cell(k.Verb), cell(k.Does), cell(k.Source))
	}
	if *update {
		if err := os.WriteFile("effects.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("effects.md")
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/effects.md is not the table of effects (%v); `make golden` rewrites it", err)
	}
}
