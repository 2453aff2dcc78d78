package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// open builds a tree on disk: names ending in a slash are folders.
func open(t *testing.T, files map[string]string) (*Tree, string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr, dir
}

func TestLinks(t *testing.T) {
	tr, dir := open(t, map[string]string{"real/file": "inside", "etc/rc.conf.d/x": ""})
	for link, target := range map[string]string{
		"absolute":         "/real/file",
		"etc/relative":     "../real/file",
		"etc/folder":       "/real",
		"loop":             "loop",
		"outside":          "../../../../etc/passwd",
		"absolute-outside": "/etc/passwd",
		"dangling":         "/nothing",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"absolute", "/etc/relative", "etc/folder/file", "/../absolute"} {
		if data, err := tr.ReadFile(name); string(data) != "inside" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	for name, want := range map[string]error{
		"loop": ErrLinks, "outside": ErrOutside, "absolute-outside": fs.ErrNotExist, "dangling": fs.ErrNotExist, "etc": ErrSpecial,
	} {
		if data, err := tr.ReadFile(name); !errors.Is(err, want) {
			t.Errorf("%s: %q, %v; want %v", name, data, err, want)
		}
	}
	if names, err := tr.ReadDir("/etc"); err != nil || !slices.Equal(names, []string{"folder", "rc.conf.d", "relative"}) {
		t.Error(names, err)
	}
	if !tr.IsDir("etc/folder") || tr.IsDir("absolute") || !tr.Exists("loop") || tr.Exists("dangling") {
		t.Error("what is a folder, what exists")
	}
}

func TestSize(t *testing.T) {
	tr, dir := open(t, map[string]string{"x": ""})
	if err := os.Truncate(filepath.Join(dir, "x"), maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.ReadFile("x"); !errors.Is(err, ErrSize) {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	tr := Memory(map[string][]byte{"/etc/rc.conf": []byte("a=1")})
	if data, err := tr.ReadFile("etc/rc.conf"); string(data) != "a=1" {
		t.Error(data, err)
	}
	if _, err := tr.ReadFile("/etc/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if !tr.IsDir("/") {
		t.Error("no root")
	}
}

// TestOver lays files over a tree: below a folder that is a link, in the place
// of a link, in a folder that is not there yet, and takes one away.
func TestOver(t *testing.T) {
	tr, dir := open(t, map[string]string{"local/etc/devd/a.conf": "a", "etc/rc.conf": "old", "etc/hast.conf": "old", "etc/keep": "kept"})
	for link, target := range map[string]string{"usr": "/", "etc/sysctl.conf": "/etc/keep"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	o := tr.Over(map[string][]byte{
		"/usr/local/etc/devd/b.conf": []byte("b"), "etc/rc.conf": []byte("new"), "etc/hast.conf": nil,
		"etc/sysctl.conf": []byte("own"), "boot/loader.conf": []byte("loader"),
	})
	for name, want := range map[string]string{
		"/local/etc/devd/b.conf": "b", "/usr/local/etc/devd/b.conf": "b", "/usr/local/etc/devd/a.conf": "a",
		"/etc/rc.conf": "new", "/etc/sysctl.conf": "own", "/etc/keep": "kept", "/boot/loader.conf": "loader",
	} {
		if data, err := o.ReadFile(name); string(data) != want || err != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if _, err := o.ReadFile("/etc/hast.conf"); !errors.Is(err, fs.ErrNotExist) || o.Exists("/etc/hast.conf") {
		t.Error("a file that went is still there:", err)
	}
	if !o.IsDir("/boot") || o.Exists("/boot/other") {
		t.Error("the folder of a new file is wrong")
	}
	for folder, want := range map[string][]string{
		"/usr/local/etc/devd": {"a.conf", "b.conf"}, "/boot": {"loader.conf"}, "/etc": {"keep", "rc.conf", "sysctl.conf"},
	} {
		if names, err := o.ReadDir(folder); !slices.Equal(names, want) || err != nil {
			t.Errorf("%s: %v, %v", folder, names, err)
		}
	}
	if _, err := o.ReadDir("/nowhere"); err == nil {
		t.Error("a folder that is nowhere was read")
	}
	if data, _ := tr.ReadFile("/etc/rc.conf"); string(data) != "old" {
		t.Error("the tree below was changed")
	}
}

// TestFlat finds the files of a host that lie side by side.
func TestFlat(t *testing.T) {
	tr, _ := open(t, map[string]string{"rc.conf": "rc", "loader.conf": "loader", "devd/x.conf": "devd", "failover": "script", "usr/local/sbin/other": "there"})
	for name, want := range map[string]string{
		"/etc/rc.conf": "rc", "/boot/loader.conf": "loader", "/etc/devd/x.conf": "devd", "/usr/local/sbin/failover": "script", "/usr/local/sbin/other": "there",
	} {
		if data, err := tr.ReadFile(name); string(data) != want || err != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if tr.Where("/etc/rc.conf") != "rc.conf" || tr.Where("/usr/local/sbin/other") != "usr/local/sbin/other" {
		t.Error("a file is named wrong")
	}
	for _, name := range []string{"/etc/hast.conf", "/usr/local/etc/devd/x.conf", "/var/run/os-release"} {
		if tr.Exists(name) {
			t.Errorf("%s is there", name)
		}
	}
	over := tr.Over(map[string][]byte{"/etc/rc.conf": []byte("new"), "/boot/loader.conf": nil})
	if data, err := over.ReadFile("/etc/rc.conf"); string(data) != "new" || err != nil || over.Exists("/boot/loader.conf") {
		t.Errorf("%q, %v", data, err)
	}
	for name, files := range map[string]map[string]string{
		"a mirror": {"etc/rc.conf": "", "rc.conf": ""}, "a mirror without etc": {"boot/loader.conf": ""}, "nothing": {"readme": ""}, "folders": {"rc.conf/x": ""},
	} {
		if tr, _ := open(t, files); tr.flat {
			t.Errorf("%s is taken for a flat folder", name)
		}
	}
	if tr, _ := open(t, map[string]string{"rc.conf": "", "boot/loader.conf": "loader"}); tr.Where("/boot/loader.conf") != "boot/loader.conf" {
		t.Error("boot is passed over")
	}
}
