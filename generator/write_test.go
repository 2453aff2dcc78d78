package generator

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func sample(text string) []File {
	return []File{
		{Node: "a", Path: "etc/rc.conf", Mode: 0o600, Data: []byte(text), Secret: true},
		{Node: "a", Path: "etc/sysctl.conf", Mode: 0o644, Data: []byte("x=1\n")},
		{Node: "b", Path: "etc/rc.conf", Mode: 0o600, Data: []byte(text), Secret: true},
	}
}

func publishTo(t *testing.T, target Target, files []File) bool {
	t.Helper()
	changed, err := target.Write(files)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// list returns every path below dir, folders excluded.
func list(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func stat(t *testing.T, name string) os.FileInfo {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestWrite(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "deep", "out")
	target := Target{Dir: dir}
	if !publishTo(t, target, sample("one\n")) {
		t.Error("the first run changed nothing")
	}
	want := []string{"a/etc/rc.conf", "a/etc/sysctl.conf", "b/etc/rc.conf", "manifest.json"}
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("wrote %q", got)
	}
	if mode := stat(t, filepath.Join(dir, "a/etc/rc.conf")).Mode().Perm(); mode != 0o600 {
		t.Errorf("a file with a secret has mode %o", mode)
	}
	if got := list(t, filepath.Join(base, "deep")); len(got) != len(want) {
		t.Errorf("left beside the target: %q", got)
	}
}

func TestWriteKeepsWhatIsUnchanged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	target := Target{Dir: dir}
	publishTo(t, target, sample("one\n"))
	past := time.Unix(1e9, 0)
	same := filepath.Join(dir, "a/etc/sysctl.conf")
	if err := os.Chtimes(same, past, past); err != nil {
		t.Fatal(err)
	}
	before, folder := stat(t, same), stat(t, dir)
	if publishTo(t, target, sample("one\n")) {
		t.Error("a second run changed something")
	}
	if !os.SameFile(folder, stat(t, dir)) {
		t.Error("a run without change replaced the folder")
	}
	if !publishTo(t, target, sample("two\n")) {
		t.Error("a change was not published")
	}
	if after := stat(t, same); !os.SameFile(before, after) || !after.ModTime().Equal(past) {
		t.Error("an unchanged file was written again")
	}
}

func TestWriteRemovesWhatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	target := Target{Dir: dir}
	publishTo(t, target, sample("one\n"))
	publishTo(t, target, sample("one\n")[:1])
	if got := list(t, dir); !slices.Equal(got, []string{"a/etc/rc.conf", "manifest.json"}) {
		t.Errorf("left %q", got)
	}
}

func TestWriteOnlySomeHosts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	publishTo(t, Target{Dir: dir}, sample("one\n"))
	only := Target{Dir: dir, Only: []string{"b"}}
	publishTo(t, only, sample("two\n")[2:])
	data, err := os.ReadFile(filepath.Join(dir, "a/etc/rc.conf"))
	if err != nil || string(data) != "one\n" {
		t.Errorf("the other host has %q, %v", data, err)
	}
	if current, err := only.Current(sample("two\n")[2:]); err != nil || !current {
		t.Errorf("not current after writing: %v", err)
	}
	if publishTo(t, only, sample("two\n")[2:]) {
		t.Error("a second run changed something")
	}
	manifest, _ := os.ReadFile(filepath.Join(dir, ManifestName))
	if !strings.Contains(string(manifest), `"node": "a"`) {
		t.Error("the manifest lost the other host")
	}
}

func TestWriteRefusesForeignFiles(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(own, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	var foreign *ForeignError
	if _, err := (Target{Dir: dir}).Write(sample("one\n")); !errors.As(err, &foreign) || foreign.Files[0] != "notes.txt" {
		t.Fatalf("got %v", err)
	}
	if got := list(t, dir); !slices.Equal(got, []string{"notes.txt"}) {
		t.Errorf("a refused run left %q", got)
	}
	publishTo(t, Target{Dir: dir, Force: true}, sample("one\n"))
	if data, _ := os.ReadFile(own); string(data) != "mine" {
		t.Error("--force lost a file that is not carpool's")
	}
}

// TestSurvey changes one thing in a published tree: what is not carpool's is
// named and left alone, the rest mended.
func TestSurvey(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(dir string) error
		foreign string // "": the next run mends it
		current bool
	}{
		{"nothing", func(string) error { return nil }, "", true},
		{"an empty folder", func(dir string) error { return os.Mkdir(dir+"/a/empty", 0o755) }, "", true},
		{"other bytes", func(dir string) error { return os.WriteFile(dir+"/a/etc/rc.conf", []byte("eno\n"), 0) }, "", false},
		{"longer", func(dir string) error { return os.WriteFile(dir+"/a/etc/rc.conf", []byte("one\n\n"), 0) }, "", false},
		{"shorter", func(dir string) error { return os.Truncate(dir+"/a/etc/rc.conf", 3) }, "", false},
		{"other mode", func(dir string) error { return os.Chmod(dir+"/a/etc/rc.conf", 0o644) }, "", false},
		{"gone", func(dir string) error { return os.Remove(dir + "/a/etc/rc.conf") }, "", false},
		{"a folder gone", func(dir string) error { return os.RemoveAll(dir + "/a/etc") }, "", false},
		{"one more", func(dir string) error { return os.WriteFile(dir+"/a/etc/more", nil, 0o644) }, "a/etc/more", false},
		{"one that sorts between", func(dir string) error {
			return errors.Join(os.Mkdir(dir+"/a/etc-old", 0o755), os.WriteFile(dir+"/a/etc-old/rc.conf", nil, 0o644))
		}, "a/etc-old/rc.conf", false},
		{"a link for a file", func(dir string) error {
			return errors.Join(os.Rename(dir+"/a/etc/rc.conf", dir+"/../rc.conf"), os.Symlink("../../../rc.conf", dir+"/a/etc/rc.conf"))
		}, "a/etc/rc.conf", false},
		{"a pipe for a file", func(dir string) error {
			return errors.Join(os.Remove(dir+"/a/etc/rc.conf"), unix.Mkfifo(dir+"/a/etc/rc.conf", 0o600))
		}, "a/etc/rc.conf", false},
		{"a folder for a file", func(dir string) error {
			return errors.Join(os.Remove(dir+"/a/etc/rc.conf"), os.Mkdir(dir+"/a/etc/rc.conf", 0o755),
				os.WriteFile(dir+"/a/etc/rc.conf/x", nil, 0o644))
		}, "a/etc/rc.conf/x", false},
		{"a link for a folder", func(dir string) error {
			return errors.Join(os.Rename(dir+"/a/etc", dir+"/../etc"), os.Symlink("../../etc", dir+"/a/etc"))
		}, "a/etc", false},
		{"a file for a folder", func(dir string) error {
			return errors.Join(os.RemoveAll(dir+"/a/etc"), os.WriteFile(dir+"/a/etc", nil, 0o644))
		}, "a/etc", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			target := Target{Dir: dir}
			publishTo(t, target, sample("one\n"))
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			current, err := target.Current(sample("one\n"))
			changed, werr := target.Write(sample("one\n"))
			if c.foreign != "" {
				for _, err := range []error{err, werr} {
					var foreign *ForeignError
					if !errors.As(err, &foreign) || !slices.Equal(foreign.Files, []string{c.foreign}) {
						t.Errorf("got %v", err)
					}
				}
				return
			}
			if current != c.current || err != nil {
				t.Errorf("current %t, %v", current, err)
			}
			if changed == c.current || werr != nil {
				t.Errorf("changed %t, %v", changed, werr)
			}
			if current, err := target.Current(sample("one\n")); !current || err != nil {
				t.Errorf("afterwards current %t, %v", current, err)
			}
		})
	}
}

func TestWriteRefusesWhatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, link, "/"} {
		if _, err := (Target{Dir: dir}).Write(sample("one\n")); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
}

func TestWriteThroughLink(t *testing.T) {
	base := t.TempDir()
	real, link := filepath.Join(base, "real"), filepath.Join(base, "link")
	publishTo(t, Target{Dir: real}, sample("one\n"))
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	publishTo(t, Target{Dir: link}, sample("two\n"))
	if stat(t, link).Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if data, _ := os.ReadFile(filepath.Join(real, "a/etc/rc.conf")); string(data) != "two\n" {
		t.Errorf("the folder behind the link has %q", data)
	}
}

// TestWriteRecovers starts from what a killed run can leave behind.
func TestWriteRecovers(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "out")
	publishTo(t, Target{Dir: dir}, sample("one\n"))
	// Killed between the two renames of a system without exchange.
	if err := os.Rename(dir, filepath.Join(base, ".out.carpool-old")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(base, ".out.carpool-new", "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if publishTo(t, Target{Dir: dir}, sample("one\n")) {
		t.Error("the old tree was not put back")
	}
	entries, err := os.ReadDir(base)
	if err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestNamesStayInside(t *testing.T) {
	for _, p := range []string{"../x", "/etc/rc.conf", "a/../../x", "", "."} {
		if _, err := makeTree([]File{{Node: "a", Path: p}}, nil); err == nil {
			t.Errorf("path %q was accepted", p)
		}
	}
	twice := []File{{Node: "a", Path: "x"}, {Node: "a", Path: "x"}}
	if _, err := makeTree(twice, nil); err == nil {
		t.Error("two files at one path were accepted")
	}
}

func archived(t *testing.T, files []File) []byte {
	t.Helper()
	a, err := NewArchive(files)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTar(t *testing.T) {
	files := sample("one\n")
	one := archived(t, files)
	slices.Reverse(files)
	if !bytes.Equal(one, archived(t, files)) {
		t.Error("the archive depends on the order of the files")
	}
}

func TestDiff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	target := Target{Dir: dir}
	publishTo(t, target, sample("ifconfig_em0_alias0=\"inet vhid 1 pass OldSecret 10.0.0.3/24\"\nflags=\"OtherSecret\"\n"))
	files := sample("ifconfig_em0_alias0=\"inet vhid 1 pass NewSecret 10.0.0.3/24\"\nflags=\"FurtherSecret\"\n")[:2]
	changes, err := target.Diff(files)
	if err != nil || len(changes) != 2 {
		t.Fatalf("%+v, %v", changes, err)
	}
	if changes[0].Kind != Changed || changes[1].Kind != Removed {
		t.Errorf("%+v", changes)
	}
	for _, c := range changes {
		if strings.Contains(c.Text, "Secret") {
			t.Errorf("a secret in the diff:\n%s", c.Text)
		}
	}
	if !strings.Contains(changes[0].Text, "+ifconfig_em0_alias0=\"inet vhid 1 pass (secret, changed) 10.0.0.3/24\"") {
		t.Errorf("the change does not show:\n%s", changes[0].Text)
	}
	if got := list(t, dir); len(got) != 4 {
		t.Errorf("diff wrote something: %q", got)
	}
}
