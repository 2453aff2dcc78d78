// Package examples holds a description for each way of using carpool. Each
// begins with a comment on why it is there.
package examples

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// all has the var-files too, which are for tests only; Files leaves them out.
//
//go:embed */*.hcl */*.hcl.json
var all embed.FS

// Names returns the names of the examples, sorted.
func Names() []string {
	dirs, _ := all.ReadDir(".") // what is embedded can be read
	names := make([]string, len(dirs))
	for i, d := range dirs {
		names[i] = d.Name()
	}
	return names
}

// Files returns the files of an example by name, nil if there is none.
func Files(name string) map[string][]byte {
	if !slices.Contains(Names(), name) {
		return nil
	}
	files := map[string][]byte{}
	entries, _ := all.ReadDir(name)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".vars.hcl") {
			files[e.Name()], _ = fs.ReadFile(all, path.Join(name, e.Name()))
		}
	}
	return files
}
