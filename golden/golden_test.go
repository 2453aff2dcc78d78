// Package golden compares what carpool renders from every example with the
// trees beside this file, which hold all but the static scripts. `make golden`
// rewrites them.
package golden

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carpool/generator"
	"carpool/schema"
	"carpool/schema/rules"
	"carpool/templates"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden trees")

// tooLarge lists examples of which only some hosts are kept here.
var tooLarge = map[string][]string{"fleet": {"pair000a", "pair000b"}}

// examples returns the folders of examples, with the values of their secrets.
func examples(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("../examples/*/*.hcl*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no examples: ", err)
	}
	var names []string
	for _, d := range dirs {
		name := filepath.Base(filepath.Dir(d))
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

// load decodes and checks an example, which has to be free of findings.
func load(t *testing.T, name string) *schema.Cluster {
	t.Helper()
	dir := filepath.Join("../examples", name)
	src, diags, err := schema.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	in := schema.Inputs{RequireSecrets: true}
	if data, err := os.ReadFile(filepath.Join(dir, "example.vars.hcl")); err == nil {
		in.Vars = append(in.Vars, schema.VarArg{Text: "example.vars.hcl", File: true, Data: data})
	}
	c, more := schema.Decode(src, in)
	if diags = append(diags, more...); c != nil {
		diags = append(diags, rules.Check(c)...)
	}
	for _, d := range diags {
		t.Errorf("%s: %s: %s", d.Subject, schema.FindingOf(d).Code, d.Summary)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func TestGolden(t *testing.T) {
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			files, err := generator.Render(load(t, name), generator.Options{Hosts: tooLarge[name]})
			if err != nil {
				t.Fatal(err)
			}
			files = slices.DeleteFunc(files, func(f generator.File) bool { return f.Static && isCopy(t, f) })
			if *update {
				if _, err := (generator.Target{Dir: name}).Write(files); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, name, files)
		})
	}
}

// isCopy holds that a static file is a copy of its source. The golden trees
// leave it out: it is the same on every host.
func isCopy(t *testing.T, f generator.File) bool {
	t.Helper()
	base := path.Base(f.Path)
	for _, dir := range []string{"usr/local/scripts", "usr/local/etc/rc.d"} {
		if data, err := fs.ReadFile(templates.FS, dir+"/"+base); err == nil && bytes.Equal(data, f.Data) {
			return true
		}
	}
	t.Errorf("%s/%s is no copy of a file of package templates", f.Node, f.Path)
	return false
}

// compare holds the rendered files against the golden ones, both ways: a file
// that is no longer generated fails too.
func compare(t *testing.T, name string, files []generator.File) {
	want := map[string]string{}
	err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(name, p)
		if rel != generator.ManifestName {
			want[filepath.ToSlash(rel)] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range files {
		got[f.Node+"/"+f.Path] = string(f.Data)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s differs (-golden +rendered); `make golden` rewrites the trees:\n%s", name, d)
	}
	if manifest, err := os.ReadFile(filepath.Join(name, generator.ManifestName)); err != nil || !strings.Contains(string(manifest), `"format_version": 1`) {
		t.Errorf("%s has no manifest: %v", name, err)
	}
}
