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
	seen, secret := map[string]bool{}, map[string]bool{}
	for _, e := range old.entries {
		secret[e.Node+"/"+e.Path] = e.Secret
	}
	for _, f := range files {
		name := f.Node + "/" + f.Path
		seen[name] = true
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case os.IsNotExist(err):
			changes = append(changes, change(f, Added, nil, f.Secret))
		case err != nil:
			return nil, err
		case string(have) != string(f.Data) || !old.same(name, treeFile{f.Data, f.Mode}):
			changes = append(changes, change(f, Changed, have, f.Secret || secret[name]))
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
		changes = append(changes, change(gone, Removed, have, e.Secret))
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Node+"/"+a.Path, b.Node+"/"+b.Path) })
	return changes, nil
}

func change(f File, kind ChangeKind, old []byte, secret bool) Change {
	before, after := string(old), string(f.Data)
	if secret {
		shown := string(f.shown)
		if f.Secret && f.shown == nil { // not from Render: nothing is known of it
			shown = coverLines(after)
		}
		before, after = coverSecrets(before, after, shown)
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

// coverSecrets hides the secrets on both sides of a diff. after is known to be
// shown once its secrets are covered; of before nothing is known, so only those
// of its lines are shown that are in after too, or that carpool itself words.
func coverSecrets(before, after, shown string) (string, string) {
	if shown == "" {
		shown = after
	}
	oldLines, newLines, shownLines := strings.Split(before, "\n"), strings.Split(after, "\n"), strings.Split(shown, "\n")
	old := map[string]bool{}
	for _, l := range oldLines {
		old[l] = true
	}
	safe := map[string]string{}
	for i, l := range newLines {
		if i >= len(shownLines) {
			break
		}
		safe[l] = shownLines[i]
		pass := passWord.FindString(l)
		if l != shownLines[i] && !old[l] && (pass == "" || !strings.Contains(before, pass)) {
			shownLines[i] = strings.ReplaceAll(shownLines[i], hiddenSecret, "(secret, changed)")
		}
	}
	for i, l := range oldLines {
		if s, ok := safe[l]; ok {
			oldLines[i] = s
		} else {
			oldLines[i] = coverOld(l)
		}
	}
	return strings.Join(oldLines, "\n"), strings.Join(shownLines, "\n")
}

func coverLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = coverOld(l)
	}
	return strings.Join(lines, "\n")
}

// vhidLine is an address of a vhid as carpool writes it; the password is the
// only secret in it.
var (
	vhidLine = regexp.MustCompile(`^ifconfig_[A-Za-z0-9_]+="(inet6? )?vhid [0-9]+ `)
	passWord = regexp.MustCompile(`\bpass \S+`)
)

// coverOld covers a line of a file with secrets that is not there any more.
func coverOld(l string) string {
	name, _, assigned := strings.Cut(l, "=")
	switch {
	case l == "", strings.HasPrefix(l, "#"):
		return l
	case vhidLine.MatchString(l):
		return passWord.ReplaceAllString(l, "pass "+hiddenSecret)
	case assigned:
		return name + "=" + hiddenSecret
	}
	return hiddenSecret
}
