package docs

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carpool/generator"
	"carpool/templates"
)

const templatesHead = `# Templates of your own

Written by ` + "`make golden`" + `; the data from the comments in the source.

` + "`carpool render --templates DIR`" + ` lays a folder over the built-in files: what lies in it replaces the file of the same path in
[templates](../templates). Begin with a copy, keep the rest of the folder empty, and read the change before it goes out:

    mkdir -p mine/etc
    cp templates/etc/sysctl.conf.tmpl mine/etc/
    vi mine/etc/sysctl.conf.tmpl
    carpool diff -o out --templates mine

They are Go's [text/template](https://pkg.go.dev/text/template). One prints what carpool decided, or leaves it out; a value
that is not in the data below is better stated in the description, where the rules see it.

* A file that replaces nothing is an error, with the name that was meant.
* A field that does not exist, a value that the file's grammar cannot hold, a text of more than 16 MiB and more than ten
  seconds for one file are errors: nothing is written then.
* A template reads no file, no environment and no clock, and links in the folder cannot lead out of it.
* A file in which a password ends up is 0600, listed as secret, and covered in ` + "`diff`" + `, as carpool's own are.
* What you leave out is gone: the scripts refuse a carp-hast-switch.conf that lacks its last line, and nothing checks the rest.
`

const templatesFuncs = `
## Functions

Text from the description goes through the function of the file's grammar, last in the pipe: ` + "`hostname={{.Value | rc}}`" + `.
It quotes, or refuses what the grammar cannot hold.

| function | for |
|---|---|
| rc | the right side of a line of rc.conf, between double quotes |
| rcAppend NAME | the same, after what an earlier file gave the variable |
| sh | one word of sh, between single quotes |
| vars PREFIX | a record of the switch's settings: all its variables, one line each |
| sysctl | the right side of a line of sysctl.conf |
| loader | the right side of a line of loader.conf |
| devd | a string of devd.conf |
| hast | a word of hast.conf |

Of [sprig](https://masterminds.github.io/sprig/) there are `

const templatesData = `
## Data

` + "`carp-hast-switch.conf.tmpl`" + ` is given a Switch, the other templates a Host. In the scripts a field of a Switch is the
variable that stands beside it, after the ID of its record: ` + "`g1_name`" + `.
`

// TestTemplates holds that docs/templates.md is what templates can use; -update
// rewrites it.
func TestTemplates(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(templatesHead)
	b.WriteString("\n| file | is |\n|---|---|\n")
	err := fs.WalkDir(templates.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			kind := "copied to every host that needs it"
			if strings.HasSuffix(name, ".tmpl") {
				kind = "a template"
			}
			fmt.Fprintf(&b, "| %s | %s |\n", name, kind)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(templatesFuncs)
	quotes, sprigs := generator.TemplateFuncs()
	for _, name := range quotes {
		if !strings.Contains(templatesFuncs, "\n| "+name+" ") {
			t.Errorf("the page lacks the function %s", name)
		}
	}
	b.WriteString(strings.Join(sprigs, ", ") + ".\n")
	b.WriteString(templatesData)
	records := recordsOf(t, "../generator/host.go", "../generator/switch.go")
	for _, root := range []string{"Host", "Switch"} {
		writeRecord(&b, records, root, map[string]bool{})
	}
	if *update {
		if err := os.WriteFile("templates.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("templates.md")
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/templates.md is not what templates can use (%v); `make golden` rewrites it", err)
	}
}

// record is a struct that templates print.
type record struct {
	name, doc string
	fields    []field
}

type field struct{ name, kind, variable, doc string }

// recordsOf reads the structs of source files with their comments.
func recordsOf(t *testing.T, files ...string) map[string]record {
	t.Helper()
	all := map[string]record{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if st, ok := s.(*ast.TypeSpec).Type.(*ast.StructType); ok {
					r := record{name: s.(*ast.TypeSpec).Name.Name, doc: g.Doc.Text(), fields: fieldsOf(st)}
					all[r.name] = r
				}
			}
		}
	}
	return all
}

func fieldsOf(st *ast.StructType) []field {
	var fields []field
	for _, f := range st.Fields.List {
		variable := ""
		if f.Tag != nil {
			variable = reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("sh")
		}
		doc := f.Comment.Text()
		if doc == "" {
			doc = f.Doc.Text()
		}
		for _, n := range f.Names {
			if n.IsExported() {
				fields = append(fields, field{n.Name, kindOf(f.Type), variable, strings.TrimPrefix(strings.Join(strings.Fields(doc), " "), n.Name+" is ")})
			}
		}
	}
	return fields
}

// kindOf writes a type: "[]SwitchVIP", "string".
func kindOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ArrayType:
		return "[]" + kindOf(e.Elt)
	case *ast.StarExpr:
		return kindOf(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// writeRecord writes a record and, after it, those in it that have not been
// written yet. Host has the Switch too, which comes last, by itself.
func writeRecord(b *bytes.Buffer, all map[string]record, name string, done map[string]bool) {
	r := all[name]
	done[name] = true
	fmt.Fprintf(b, "\n### %s\n\n%s\n", name, strings.Join(strings.Fields(strings.Split(r.doc, "\n\n")[0]), " "))
	head := "\n| field | type | is |\n|---|---|---|\n"
	tagged := slices.ContainsFunc(r.fields, func(f field) bool { return f.variable != "" })
	if tagged {
		head = "\n| field | type | variable | is |\n|---|---|---|---|\n"
	}
	b.WriteString(head)
	for _, f := range r.fields {
		variable := ""
		if tagged {
			variable = f.variable + " | "
		}
		fmt.Fprintf(b, "| %s | %s | %s%s |\n", f.name, f.kind, variable, cell(f.doc))
	}
	for _, f := range r.fields {
		if in := strings.TrimPrefix(f.kind, "[]"); all[in].name != "" && !done[in] && in != "Switch" {
			writeRecord(b, all, in, done)
		}
	}
}
