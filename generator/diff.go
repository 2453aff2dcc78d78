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
// side were secret is not known, so in a file with secrets the value of every
// line that carpool does not word itself is covered.
func coverSecrets(before, after string) (string, string) {
	return cover(before, before), cover(after, before)
}

// plainName matches the variables whose values are never secret.
var plainName = regexp.MustCompile(`^(#|$|hostname=|cloned_interfaces=|ifconfig_|ipv6_|vlans_|create_args_|defaultrouter=|pfsync_|[a-z0-9_]+_(enable|program)=|net\.inet\.carp\.|(if_)?carp_load=|geom_gate_load=)`)

// cover hides the secrets of text, and says which of them old does not have.
func cover(text, old string) string {
	word := func(secret string) string {
		if strings.Contains(old, secret) {
			return "(secret)"
		}
		return "(secret, changed)"
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		switch {
		case passWord.MatchString(l):
			lines[i] = passWord.ReplaceAllStringFunc(l, func(m string) string { return "pass " + word(m) })
		case !plainName.MatchString(l):
			lines[i] = valuePart.ReplaceAllString(l, "="+word(l))
		}
	}
	return strings.Join(lines, "\n")
}
