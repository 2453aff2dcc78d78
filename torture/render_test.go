package torture

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"carpool/generator"
	"carpool/importer/hastconf"
	"carpool/schema"
	"carpool/schema/rules"
)

// made is what carpool makes of the text of a description: nil if it refuses
// it. A description that passes can be rendered; where a rule was ignored, that
// may still be refused, but never wrong.
func made(t *testing.T, text []byte) []generator.File {
	t.Helper()
	src, diags := schema.Parse(map[string][]byte{"x.hcl": text})
	if diags.HasErrors() {
		return nil
	}
	c, diags := schema.Decode(src, schema.Inputs{RequireSecrets: true})
	if c == nil || diags.HasErrors() {
		return nil
	}
	if rules.Check(c).HasErrors() {
		return nil
	}
	files, err := generator.Render(c, generator.Options{})
	if err != nil && len(c.Ignores) == 0 {
		t.Fatalf("what passed the rules cannot be rendered: %v", err)
	}
	return files
}

// FuzzRender takes any text from decoding to the files of the hosts, which have
// to be what their readers take.
func FuzzRender(f *testing.F) {
	examples, _ := filepath.Glob("../examples/*/*.hcl")
	archives, _ := filepath.Glob("../schema/rules/testdata/*.txtar")
	for _, name := range append(examples, archives...) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, good, ok := bytes.Cut(data, []byte("-- good.hcl --\n")); ok {
			data, _, _ = bytes.Cut(good, []byte("\n-- "))
		}
		if !strings.Contains(name, "fleet") {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, file := range made(t, text) {
			if file.Static {
				continue
			}
			readable(t, file)
		}
	})
}

func readable(t *testing.T, file generator.File) {
	t.Helper()
	for _, line := range strings.Split(string(file.Data), "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' }) {
			t.Fatalf("%s has a control character: %q", file.Path, line)
		}
	}
	switch {
	case strings.HasPrefix(filepath.Base(file.Path), "rc.conf"), strings.HasSuffix(file.Path, "carp-hast-switch.conf") && !strings.Contains(file.Path, "devd"):
		f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(file.Data), file.Path)
		if err != nil {
			t.Fatalf("%s: %v\n%s", file.Path, err, file.Data)
		}
		syntax.Walk(f, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CmdSubst, *syntax.ProcSubst, *syntax.Redirect:
				t.Fatalf("%s runs something:\n%s", file.Path, file.Data)
			case *syntax.CallExpr:
				if len(n.Args) > 0 {
					t.Fatalf("%s runs something:\n%s", file.Path, file.Data)
				}
			}
			return true
		})
	case filepath.Base(file.Path) == "hast.conf":
		if _, diags := hastconf.Parse(file.Path, file.Data); diags.HasErrors() {
			t.Fatalf("%s: %v\n%s", file.Path, diags, file.Data)
		}
	}
}
