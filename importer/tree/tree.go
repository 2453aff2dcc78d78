// Package tree reads the files of one host from a folder that mirrors its root, or from
// memory.
//
// A tree may come from anybody: nothing outside its root is opened, symbolic links are
// followed as the host would follow them, inside the root only, and anything that is not
// a plain file of reasonable size is refused.
package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

const (
	maxFile  = 4 << 20 // bytes of one file
	maxLinks = 32      // symbolic links on one way, MAXSYMLINKS of FreeBSD
	maxNames = 10000   // names in one folder
)

// Errors that wrap the cause of a refusal.
var (
	ErrLinks   = errors.New("too many levels of symbolic links")
	ErrOutside = errors.New("symbolic link leaves the host's root")
	ErrSpecial = errors.New("not a plain file")
	ErrSize    = fmt.Errorf("larger than %d bytes", maxFile)
)

// Tree is the root of a host's files. Paths are those of the host, with or without the
// leading slash.
type Tree struct {
	fsys fs.FS
	root *os.Root
	flat bool // the files lie side by side
}

// Open returns the tree below dir. Close it after use.
func Open(dir string) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &Tree{fsys: root.FS(), root: root}
	t.flat = IsFlat(t.fsys)
	return t, nil
}

// Memory returns a tree of plain files held in memory.
func Memory(files map[string][]byte) *Tree {
	m := fstest.MapFS{}
	for name, data := range files {
		m[clean(name)] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return &Tree{fsys: m}
}

// FromFS returns a tree over any file system.
func FromFS(fsys fs.FS) *Tree { return &Tree{fsys: fsys} }

// Close releases a tree of Open.
func (t *Tree) Close() error {
	if t.root == nil {
		return nil
	}
	return t.root.Close()
}

// ReadFile returns the content of a plain file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	real, info, err := t.resolve(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrSpecial}
	}
	f, err := t.open(real)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrSize}
	}
	return data, err
}

// ReadDir returns the sorted names in a folder.
func (t *Tree) ReadDir(name string) ([]string, error) {
	real, info, err := t.resolve(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	entries, err := fs.ReadDir(t.fsys, real)
	if err != nil {
		return nil, err
	}
	if len(entries) > maxNames {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("too many files")}
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, nil
}

// Stat describes what name leads to, links followed.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	_, info, err := t.resolve(name)
	return info, err
}

// IsDir says whether name is a folder.
func (t *Tree) IsDir(name string) bool {
	info, err := t.Stat(name)
	return err == nil && info.IsDir()
}

// Exists says whether name leads to anything.
func (t *Tree) Exists(name string) bool {
	_, err := t.Stat(name)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// open opens without waiting for the writer of a pipe that took the file's place.
func (t *Tree) open(name string) (fs.File, error) {
	if t.root == nil {
		return t.fsys.Open(name)
	}
	return t.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
}

// resolve follows symbolic links, absolute ones from the root of the tree.
func (t *Tree) resolve(name string) (string, fs.FileInfo, error) {
	todo, done, links := t.Where(name), ".", 0
	for {
		first, rest, _ := strings.Cut(todo, "/")
		next := path.Join(done, first)
		info, err := fs.Lstat(t.fsys, next)
		if err != nil {
			return "", nil, err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if links++; links > maxLinks {
				return "", nil, &fs.PathError{Op: "open", Path: name, Err: ErrLinks}
			}
			target, err := fs.ReadLink(t.fsys, next)
			if err != nil {
				return "", nil, err
			}
			if strings.HasPrefix(target, "/") {
				target = t.Where(target)
			} else {
				target = path.Join(done, target)
			}
			if target == ".." || strings.HasPrefix(target, "../") {
				return "", nil, &fs.PathError{Op: "open", Path: name, Err: ErrOutside}
			}
			todo, done = clean(target+"/"+rest), "."
			continue
		}
		if rest == "" {
			return next, info, nil
		}
		todo, done = rest, next
	}
}

// clean turns a host's path into one for an fs.FS.
func clean(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return "."
	}
	return name
}
