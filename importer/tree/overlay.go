package tree

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"
	"time"
)

// Over returns the tree as it would be after files were written into t; a file
// whose data are nil is gone. Symbolic links to folders are followed as the
// host would; a link in the place of a file is replaced. t stays as it is.
func (t *Tree) Over(files map[string][]byte) *Tree {
	o := overlay{below: t.fsys, above: fstest.MapFS{}, gone: map[string]bool{}}
	for name, data := range files {
		real := t.real(t.Where(name))
		if data == nil {
			o.gone[real] = true
		} else {
			o.above[real] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
	}
	return &Tree{fsys: o, flat: t.flat}
}

// real is the name with the links of its folders followed, as far as they are
// there.
func (t *Tree) real(name string) string {
	dir, base := path.Split(name)
	rest := base
	for dir = strings.TrimSuffix(dir, "/"); dir != ""; {
		if real, info, err := (&Tree{fsys: t.fsys, root: t.root}).resolve(dir); err == nil && info.IsDir() {
			return path.Join(real, rest)
		}
		dir, base = path.Split(dir)
		dir, rest = strings.TrimSuffix(dir, "/"), path.Join(base, rest)
	}
	return rest
}

// overlay shows the files of above in front of those of below.
type overlay struct {
	below fs.FS
	above fstest.MapFS
	gone  map[string]bool
}

func (o overlay) Open(name string) (fs.File, error) {
	switch f := o.above[name]; {
	case f != nil:
		return o.above.Open(name)
	case o.gone[name]:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.below.Open(name)
}

func (o overlay) Lstat(name string) (fs.FileInfo, error) {
	if o.above[name] != nil {
		return fs.Lstat(o.above, name)
	}
	info, err := fs.Lstat(o.below, name)
	switch {
	case o.gone[name]:
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	case err != nil && o.holds(name):
		return folder(path.Base(name)), nil
	}
	return info, err
}

func (o overlay) ReadLink(name string) (string, error) { return fs.ReadLink(o.below, name) }

// ReadDir lists both, each name once.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(o.below, name)
	if err != nil && !o.holds(name) {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		full := path.Join(name, e.Name())
		return o.gone[full] || o.above[full] != nil
	})
	if o.holds(name) {
		more, err := o.above.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range more {
			if !slices.ContainsFunc(list, func(have fs.DirEntry) bool { return have.Name() == e.Name() }) {
				list = append(list, e)
			}
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// holds reports whether a file of above lies below the folder.
func (o overlay) holds(dir string) bool {
	for name := range o.above {
		if dir == "." || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

// folder describes a folder that only above needs.
type folder string

func (f folder) Name() string     { return string(f) }
func (folder) Size() int64        { return 0 }
func (folder) Mode() fs.FileMode  { return fs.ModeDir | 0o755 }
func (folder) ModTime() time.Time { return time.Time{} }
func (folder) IsDir() bool        { return true }
func (folder) Sys() any           { return nil }
