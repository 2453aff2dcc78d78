package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"carpool/schema"
)

// Target is the folder that a rendering is published to.
type Target struct {
	Dir string
	// Force lets files that carpool did not write lie in the folder; they are
	// kept.
	Force bool
	// Only limits the rendering to these hosts; the files of others stay.
	Only []string
}

// ForeignError says that the target holds files carpool did not write.
type ForeignError struct {
	Dir   string
	Files []string // the first few
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s holds files that carpool did not write: %s", e.Dir, strings.Join(e.Files, ", "))
}

// Write publishes files: whoever reads the target meanwhile, and whatever kills
// this process, sees the whole old tree or the whole new one. Unchanged files
// keep their inode and time; with nothing to change nothing is written.
func (t Target) Write(files []File) (changed bool, err error) {
	dir, err := t.resolve()
	if err != nil {
		return false, err
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(filepath.Clean(parent), 0o755); err != nil {
		return false, err
	}
	unlock, err := lock(filepath.Clean(parent))
	if err != nil {
		return false, err
	}
	defer unlock()
	next, last := filepath.Join(parent, "."+base+".carpool-new"), filepath.Join(parent, "."+base+".carpool-old")
	if err := recoverTarget(dir, next, last); err != nil {
		return false, err
	}
	old, err := t.read(dir)
	if err != nil {
		return false, err
	}
	want, err := makeTree(files, t.kept(old))
	if err != nil {
		return false, err
	}
	if len(old.foreign) > 0 && !t.Force {
		return false, &ForeignError{t.Dir, old.foreign[:min(len(old.foreign), 3)]}
	}
	if old.current(want, t) {
		return false, nil
	}
	defer os.RemoveAll(next)
	if err := t.build(next, dir, old, want); err != nil {
		return false, err
	}
	return true, publish(next, dir, last)
}

// Current reports whether Write would change nothing.
func (t Target) Current(files []File) (bool, error) {
	dir, err := t.resolve()
	if err != nil {
		return false, err
	}
	old, err := t.read(dir)
	if err != nil {
		return false, err
	}
	want, err := makeTree(files, t.kept(old))
	return err == nil && old.current(want, t), err
}

// resolve follows symbolic links, so that what they lead to is replaced and
// not the link.
func (t Target) resolve() (string, error) {
	dir, err := filepath.Abs(t.Dir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	} else if info, lerr := os.Lstat(dir); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("%s is a symbolic link to nothing", t.Dir)
	}
	if filepath.Dir(dir) == dir {
		return "", fmt.Errorf("%s cannot be replaced as a whole: name a folder below it", t.Dir)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", fmt.Errorf("%s is a file, not a folder", t.Dir)
	}
	return dir, nil
}

// lock keeps two renderings into one folder apart. It locks the parent itself,
// so no lock file is left behind.
func lock(parent string) (func(), error) {
	f, err := os.Open(parent)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil && !errors.Is(err, syscall.ENOTSUP) {
		f.Close()
		return nil, fmt.Errorf("cannot lock %s: %w", parent, err)
	}
	return func() { f.Close() }, nil
}

// recoverTarget cleans up after a run that was killed.
func recoverTarget(dir, next, last string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(last); err == nil {
			if err := os.Rename(last, dir); err != nil {
				return err
			}
		}
	}
	return errors.Join(os.RemoveAll(next), os.RemoveAll(last))
}

// published is what lies in the target.
type published struct {
	exists  bool
	entries []Entry  // of its manifest
	files   []string // regular files that the manifest lists, and the manifest
	foreign []string // everything else that is no folder
	dir     string
}

func (t Target) read(dir string) (*published, error) {
	p := &published{dir: dir}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	p.exists = true
	ours := map[string]bool{}
	data, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err == nil {
		var m Manifest
		if json.Unmarshal(data, &m) == nil && m.FormatVersion == manifestVersion {
			p.entries = m.Files
			ours[ManifestName] = true
		}
	}
	for _, e := range p.entries {
		ours[e.Node+"/"+e.Path] = true
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if ours[rel] && d.Type().IsRegular() {
			p.files = append(p.files, rel)
		} else {
			p.foreign = append(p.foreign, rel)
		}
		return nil
	})
	slices.Sort(p.files)
	return p, err
}

// kept returns the entries of hosts that this rendering leaves alone.
func (t Target) kept(p *published) []Entry {
	if len(t.Only) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.entries), func(e Entry) bool { return slices.Contains(t.Only, e.Node) })
}

func (t Target) keeps(name string) bool {
	node, _, _ := strings.Cut(name, "/")
	return len(t.Only) > 0 && name != ManifestName && !slices.Contains(t.Only, node)
}

// current reports whether the target already is what is wanted.
func (p *published) current(want tree, t Target) bool {
	if !p.exists {
		return false
	}
	for _, name := range p.files {
		f, ok := want[name]
		if !ok && !t.keeps(name) || ok && !p.same(name, f) {
			return false
		}
	}
	for name := range want {
		if _, found := slices.BinarySearch(p.files, name); !found {
			return false
		}
	}
	return true
}

// same reports whether a published file has the wanted bytes and mode.
func (p *published) same(name string, f treeFile) bool {
	full := filepath.Join(p.dir, filepath.FromSlash(name))
	info, err := os.Lstat(full)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != fs.FileMode(f.mode) || info.Size() != int64(len(f.data)) {
		return false
	}
	data, err := os.ReadFile(full)
	return err == nil && bytes.Equal(data, f.data)
}

// build makes the new tree beside the old one, linking what has not changed.
func (t Target) build(next, dir string, old *published, want tree) error {
	if err := os.Mkdir(next, 0o755); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil {
		if err := os.Chmod(next, info.Mode().Perm()); err != nil {
			return err
		}
	}
	made := map[string]bool{next: true}
	place := func(name string) (string, error) {
		full := filepath.Join(next, filepath.FromSlash(name))
		if d := filepath.Dir(full); !made[d] {
			if err := os.MkdirAll(d, 0o755); err != nil {
				return "", err
			}
			made[d] = true
		}
		return full, nil
	}
	for _, name := range want.names() {
		full, err := place(name)
		if err != nil {
			return err
		}
		f := want[name]
		if old.exists && old.same(name, f) && os.Link(filepath.Join(dir, filepath.FromSlash(name)), full) == nil {
			continue
		}
		if err := writeFile(full, f); err != nil {
			return err
		}
	}
	for _, name := range append(slices.Clone(old.files), old.foreign...) {
		foreign := slices.Contains(old.foreign, name)
		if _, ok := want[name]; ok || !foreign && !t.keeps(name) {
			continue
		}
		full, err := place(name)
		if err != nil {
			return err
		}
		if err := os.Link(filepath.Join(dir, filepath.FromSlash(name)), full); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(full string, f treeFile) error {
	w, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(f.data)
	// Chmod, since the umask takes bits from the mode of OpenFile.
	return errors.Join(err, w.Chmod(fs.FileMode(f.mode)), w.Close())
}

// publish puts the new tree in the place of the old one.
func publish(next, dir, last string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(next, dir)
	}
	err := exchange(next, dir)
	if err == nil {
		return nil // next is the old tree now; the caller removes it
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("cannot replace %s: %w", dir, err)
	}
	if err := os.Rename(dir, last); err != nil {
		return err
	}
	if err := os.Rename(next, dir); err != nil {
		return errors.Join(err, os.Rename(last, dir))
	}
	return os.RemoveAll(last)
}

// Rendered returns the labels of nodes that files are rendered for.
func Rendered(c *schema.Cluster) []string {
	var names []string
	for _, n := range c.Nodes {
		if n.IsManaged() {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}
