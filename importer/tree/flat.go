package tree

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// flatNames are the files that people collect of hosts side by side, without
// the folders that they lie in.
var flatNames = []string{"rc.conf", "rc.conf.local", "hast.conf", "devd.conf", "sysctl.conf", "loader.conf"}

// programFolders are those whose programs may lie there too.
var programFolders = []string{"bin", "sbin", "scripts", "libexec"}

// IsFlat reports whether a folder holds the files of a host side by side: one
// of them lies there, and there is no etc.
func IsFlat(dir fs.FS) bool {
	if _, err := fs.Lstat(dir, "etc"); err == nil {
		return false
	}
	return slices.ContainsFunc(flatNames, func(name string) bool {
		info, err := fs.Lstat(dir, name)
		return err == nil && !info.IsDir()
	})
}

// Where says where a file of the host lies below the folder of the tree. In a
// flat one that is the folder itself for what is in /etc, in /boot if there is
// no such folder, and for programs that lie there.
func (t *Tree) Where(name string) string {
	name = clean(name)
	if !t.flat {
		return name
	}
	first, rest, below := strings.Cut(name, "/")
	switch {
	case name == "etc" || name == "boot" && !t.has("boot"):
		return "."
	case below && (first == "etc" || first == "boot" && !t.has("boot")):
		return rest
	case below && slices.Contains(programFolders, path.Base(path.Dir(name))) && !t.has(name) && t.has(path.Base(name)):
		return path.Base(name)
	}
	return name
}

// has reports whether something lies at the very place.
func (t *Tree) has(name string) bool {
	_, err := fs.Lstat(t.fsys, name)
	return err == nil
}
