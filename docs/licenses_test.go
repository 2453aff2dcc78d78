package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// licenses tells the licence of a module by words that only it has. Those that
// bind what is linked with them are not among them.
var licenses = []struct{ name, words string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License, version 2.0"},
	{"BSD", "Redistributions in binary form must reproduce"},
	{"MIT", "Permission is hereby granted, free of charge"},
}

// TestLicenses holds that docs/licenses.md lists the modules that are linked
// into carpool with their licences, each of them known and compatible with its
// own; -update rewrites it.
func TestLicenses(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Version}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}", "carpool/cmd/carpool").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(list)), "\n")
	slices.Sort(lines)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Licences\n\ncarpool is under the [BSD 2-Clause License](../LICENSE). These modules are linked into it, unchanged; Go's own library is\n"+
		"under a BSD licence. All permit redistribution in binary form with their notices; MPL-2.0 binds its own files only. Written by\n`make golden` from the modules.\n\n| module | version | licence |\n|---|---|---|\n")
	for _, l := range slices.Compact(lines) {
		f := strings.Fields(l)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f[0], f[1], licenseOf(t, f[0], f[2]))
	}
	if *update {
		if err := os.WriteFile("licenses.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile("licenses.md"); err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/licenses.md is not what the modules say (%v); `make golden` rewrites it", err)
	}
}

func licenseOf(t *testing.T, module, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "LICEN[SC]E*"))
	if err != nil || len(files) == 0 {
		t.Errorf("%s has no licence", module)
		return ""
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Error(err)
		return ""
	}
	plain := strings.Join(strings.Fields(string(text)), " ")
	first, name := len(plain), ""
	for _, l := range licenses { // what comes first is its own, the rest that of parts of it
		if i := strings.Index(plain, l.words); i >= 0 && i < first {
			first, name = i, l.name
		}
	}
	if name != "" {
		return name
	}
	t.Errorf("the licence of %s is not known: %.100s", module, plain)
	return ""
}
