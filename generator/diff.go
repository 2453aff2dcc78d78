package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Change is one file that a rendering would add, change or remove.
type Change struct {
	Node, Path string
	Kind       ChangeKind
	Data       []byte // what the file will hold, nil if it goes
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
	old, done, err := t.open(dir)
	defer done()
	if err != nil {
		return nil, err
	}
	var changes []Change
	seen, secret := map[string]bool{}, map[string]bool{}
	for _, e := range old.list() {
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
		case string(have) != string(f.Data) || !hasMode(filepath.Join(dir, filepath.FromSlash(name)), f.Mode):
			changes = append(changes, change(f, Changed, have, f.Secret || secret[name]))
		}
	}
	for _, e := range old.list() {
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
	sortChanges(changes)
	return changes, nil
}

func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Node+"/"+a.Path, b.Node+"/"+b.Path) })
}

// Live is where files of hosts lie that carpool may not have written.
type Live struct {
	// Read returns a file of a host; the error is fs.ErrNotExist where there is
	// none.
	Read func(node, path string) ([]byte, error)
	// Cover takes the secrets out of a text that lies there.
	Cover func(node, path string) string
}

// Diff returns what files would change if they were put in the place of those
// that lie there, sorted by path. Other files, and modes, which copies of hosts
// often do not have, are no matter.
func (l Live) Diff(files []File) ([]Change, error) {
	var changes []Change
	for _, f := range files {
		have, err := l.Read(f.Node, f.Path)
		kind := Changed
		switch {
		case errors.Is(err, fs.ErrNotExist):
			kind = Added
		case err != nil:
			return nil, err
		case string(have) == string(f.Data):
			continue
		}
		before, after := "", string(f.Data)
		shown := f.covered()
		if shown != "" {
			after = shown
		}
		if kind == Changed {
			before = coverAssigned(l.Cover(f.Node, f.Path), after)
			if shown != "" {
				after = markChanged(string(have), string(f.Data), after)
			}
		}
		c := worded(f, kind, before, after)
		c.note(f, "only a secret changes")
		changes = append(changes, c)
	}
	sortChanges(changes)
	return changes, nil
}

// coverAssigned covers the values of variables that are secret in the new
// text; an unknown old value of theirs is a secret too.
func coverAssigned(before, shown string) string {
	secret := map[string]bool{}
	for l := range strings.SplitSeq(shown, "\n") {
		name, value, ok := strings.Cut(l, "=")
		if ok && strings.Contains(value, hiddenSecret) && !vhidLine.MatchString(l) {
			secret[strings.TrimSpace(name)] = true
		}
	}
	lines := strings.Split(before, "\n")
	for i, l := range lines {
		if name, _, ok := strings.Cut(l, "="); ok && secret[strings.TrimSpace(name)] {
			lines[i] = name + "=" + hiddenSecret
		}
	}
	return strings.Join(lines, "\n")
}

// markChanged says of which covered lines the secret itself changes.
func markChanged(before, after, shown string) string {
	newLines, shownLines := strings.Split(after, "\n"), strings.Split(shown, "\n")
	old := map[string]bool{}
	for l := range strings.SplitSeq(before, "\n") {
		old[l] = true
	}
	for i, l := range newLines {
		if i >= len(shownLines) {
			break
		}
		pass := passWord.FindString(l)
		if l != shownLines[i] && !old[l] && (pass == "" || !strings.Contains(before, pass)) {
			shownLines[i] = strings.ReplaceAll(shownLines[i], hiddenSecret, changedSecret)
		}
	}
	return strings.Join(shownLines, "\n")
}

func hasMode(full string, mode uint32) bool {
	info, err := os.Lstat(full)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm() == os.FileMode(mode)
}

func change(f File, kind ChangeKind, old []byte, secret bool) Change {
	before, after := string(old), string(f.Data)
	if secret {
		before, after = coverSecrets(before, after, f.covered())
	}
	c := worded(f, kind, before, after)
	c.note(f, fmt.Sprintf("only the mode of the file changes, to %04o", f.Mode))
	return c
}

// worded makes a change of two texts without secrets; they may be equal.
func worded(f File, kind ChangeKind, before, after string) Change {
	from, to := names(f, kind)
	return Change{Node: f.Node, Path: f.Path, Kind: kind, Data: f.Data, Needs: f.OnChange, Text: udiff.Unified(from, to, before, after)}
}

// names are those of both sides in a unified diff.
func names(f File, kind ChangeKind) (from, to string) {
	from, to = "a/"+f.Node+"/"+f.Path, "b/"+f.Node+"/"+f.Path
	switch kind {
	case Added:
		from = os.DevNull
	case Removed:
		to = os.DevNull
	}
	return from, to
}

// note is the text of a change that the diff does not show.
func (c *Change) note(f File, text string) {
	if c.Text == "" {
		from, to := names(f, c.Kind)
		c.Text = fmt.Sprintf("--- %s\n+++ %s\n(%s)\n", from, to, text)
	}
}

// coverSecrets hides the secrets on both sides of a diff. after is known to be
// shown once its secrets are covered; of before nothing is known, so only those
// of its lines are shown that are in after too, or that carpool itself words.
func coverSecrets(before, after, shown string) (string, string) {
	if shown == "" {
		shown = after
	}
	shown = markChanged(before, after, shown)
	oldLines, newLines, shownLines := strings.Split(before, "\n"), strings.Split(after, "\n"), strings.Split(shown, "\n")
	safe := map[string]string{}
	for i, l := range newLines[:min(len(newLines), len(shownLines))] {
		safe[l] = shownLines[i]
	}
	for i, l := range oldLines {
		if s, ok := safe[l]; ok {
			oldLines[i] = s
		} else {
			oldLines[i] = coverOld(l)
		}
	}
	return strings.Join(oldLines, "\n"), shown
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
