package generator

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Change is one file that Write would add, change or remove.
type Change struct {
	Node, Path string
	Kind       ChangeKind
	Needs      string // what the host needs afterwards
	Text       string // unified diff, secrets covered
}

// ChangeKind says what happens to a file.
type ChangeKind string

const (
	Added   ChangeKind = "added"
	Changed ChangeKind = "changed"
	Removed ChangeKind = "removed"
)

// Diff returns what Write would change, sorted by path. It writes nothing.
func (t Target) Diff(files []File) ([]Change, error) {
	dir, err := t.resolve()
	if err != nil {
		return nil, err
	}
	old, err := t.read(dir)
	if err != nil {
		return nil, err
	}
	var changes []Change
	seen := map[string]bool{}
	for _, f := range files {
		name := f.Node + "/" + f.Path
		seen[name] = true
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case os.IsNotExist(err):
			changes = append(changes, change(f, Added, nil, f.Data))
		case err != nil:
			return nil, err
		case string(have) != string(f.Data) || !old.same(name, treeFile{f.Data, f.Mode}):
			changes = append(changes, change(f, Changed, have, f.Data))
		}
	}
	for _, e := range old.entries {
		name := e.Node + "/" + e.Path
		if seen[name] || t.keeps(name) {
			continue
		}
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		gone := File{Node: e.Node, Path: e.Path, Secret: e.Secret, OnChange: e.OnChange}
		changes = append(changes, change(gone, Removed, have, nil))
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Node+"/"+a.Path, b.Node+"/"+b.Path) })
	return changes, nil
}

func change(f File, kind ChangeKind, old, data []byte) Change {
	before, after := string(old), string(data)
	if f.Secret {
		before, after = coverSecrets(before, after)
	}
	from, to := "a/"+f.Node+"/"+f.Path, "b/"+f.Node+"/"+f.Path
	switch kind {
	case Added:
		from = os.DevNull
	case Removed:
		to = os.DevNull
	}
	c := Change{Node: f.Node, Path: f.Path, Kind: kind, Needs: f.OnChange, Text: udiff.Unified(from, to, before, after)}
	if c.Text == "" {
		c.Text = fmt.Sprintf("--- %s\n+++ %s\n(only the mode of the file changes, to %04o)\n", from, to, f.Mode)
	}
	return c
}

// secretLine finds what a line of a secret file may hide: what follows pass,
// or the whole value where there is no such word.
var (
	passWord  = regexp.MustCompile(`\bpass \S+`)
	valuePart = regexp.MustCompile(`=.*$`)
)

// coverSecrets hides secrets on both sides of a diff. Which words of the old
// side were secret is not known, so in a file with secrets every line that
// differs without a password on it is covered whole if it is no line that
// carpool itself words.
func coverSecrets(before, after string) (string, string) {
	old := map[string]bool{}
	for _, l := range strings.Split(before, "\n") {
		old[l] = true
	}
	return cover(before, nil), cover(after, old)
}

// plainName matches the variables whose values are never secret.
var plainName = regexp.MustCompile(`^(#|$|hostname=|cloned_interfaces=|ifconfig_|ipv6_|vlans_|create_args_|defaultrouter=|pfsync_|[a-z0-9_]+_(enable|program)=|net\.inet\.carp\.|(if_)?carp_load=|geom_gate_load=)`)

func cover(text string, old map[string]bool) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		word := "(secret)"
		if old != nil && !old[l] {
			word = "(secret, changed)"
		}
		switch {
		case passWord.MatchString(l):
			lines[i] = passWord.ReplaceAllString(l, "pass "+word)
		case !plainName.MatchString(l):
			lines[i] = valuePart.ReplaceAllString(l, "="+word)
		}
	}
	return strings.Join(lines, "\n")
}
