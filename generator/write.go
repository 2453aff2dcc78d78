package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	// Shard limits it to a part of the hosts.
	Shard Shard
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
	parent, base := filepath.Dir(dir), filepath.Base(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return false, err
	}
	s, err := openStage(parent, base)
	if err != nil {
		return false, err
	}
	defer s.close()
	if err := s.recover(); err != nil {
		return false, err
	}
	old, done, err := t.open(dir)
	defer done()
	if err != nil {
		return false, err
	}
	want, err := t.compare(old, files)
	if err != nil {
		return false, err
	}
	if old.isCurrent(t) {
		return false, nil
	}
	return true, t.replace(s, old, want)
}

// replace builds the new tree beside the old one and exchanges them.
func (t Target) replace(s *stage, old *published, want *tree) error {
	next, err := s.begin(old)
	defer s.clean()
	if err != nil {
		return err
	}
	defer next.close()
	if err := t.build(next, old, want); err != nil {
		return err
	}
	return s.publish(old.exists)
}

// Current reports whether Write would change nothing. It fails where Write
// would refuse.
func (t Target) Current(files []File) (bool, error) {
	dir, err := t.resolve()
	if err != nil {
		return false, err
	}
	old, done, err := t.open(dir)
	defer done()
	if err != nil {
		return false, err
	}
	_, err = t.compare(old, files)
	return err == nil && old.isCurrent(t), err
}

// compare lays out what is wanted and looks at what is there, all of which has
// to be carpool's unless Force is set.
func (t Target) compare(old *published, files []File) (*tree, error) {
	var kept []Entry
	if !t.whole() {
		kept = slices.DeleteFunc(slices.Clone(old.list()), func(e Entry) bool { return t.has(e.Node) })
	}
	want, err := makeTree(files, kept)
	if err != nil {
		return nil, err
	}
	if err := old.survey(want, len(kept) == 0); err != nil {
		return nil, err
	}
	if len(old.foreign) > 0 && !t.Force {
		return nil, &ForeignError{t.Dir, old.foreign[:min(len(old.foreign), 3)]}
	}
	return want, nil
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

// whole reports whether the rendering is of every host.
func (t Target) whole() bool { return len(t.Only) == 0 && t.Shard.Of == 0 }

// has reports whether the rendering is of this host too.
func (t Target) has(node string) bool {
	return t.Shard.Has(node) && (len(t.Only) == 0 || slices.Contains(t.Only, node))
}

// keeps reports whether a file of carpool's is left alone.
func (t Target) keeps(name string) bool {
	node, _, _ := strings.Cut(name, "/")
	return name != ManifestName && !t.has(node)
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
