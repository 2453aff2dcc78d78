// Package torture holds the tests of what has to be true whatever happens: a
// process is killed, a disk is full, a name is hostile.
package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// binary is carpool as users run it.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carpool-torture-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "carpool")
	if out, err := exec.Command("go", "build", "-o", binary, "carpool/cmd/carpool").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	return m.Run()
}

// rounds is how often something is tried: CARPOOL_TORTURE, as make torture sets
// it, or few.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("CARPOOL_TORTURE")); err == nil {
		return n
	}
	return few
}

// describe writes a description of so many hosts; every file of every host
// holds the word.
func describe(t *testing.T, hosts int, word string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "cluster \"c\" {\n  freebsd = \"14.2\"\n  rc = { word = %q }\n  sysctl = { \"kern.%s\" = 1 }\n}\n", word, word)
	b.WriteString("network \"n\" {\n  prefixes = [\"10.0.0.0/16\"]\n  gateway = \"10.0.255.254\"\n}\n")
	for i := range hosts {
		fmt.Fprintf(&b, "node \"h%d\" {\n  interface \"em0\" {\n    network = network.n\n    addresses = [\"10.0.%d.%d\"]\n  }\n}\n", i, i/100, 1+i%100)
	}
	for i := 0; i+1 < hosts; i += 2 {
		fmt.Fprintf(&b, "vip \"v%d\" {\n  network = network.n\n  vhid = %d\n  password = %q\n  addresses = [\"10.0.100.%d\"]\n  prefer = [node.h%d, node.h%d]\n}\nfailover \"f%d\" {\n  vip = vip.v%d\n  services = [\"nginx\"]\n}\n",
			i, 1+i/2, word, 1+i/2, i, i+1, i, i)
	}
	name := filepath.Join(t.TempDir(), word+".hcl")
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// carpool runs it and returns what it said.
func carpool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(binary, args...).CombinedOutput()
	return string(out), err
}

func render(t *testing.T, description, out string) {
	t.Helper()
	if said, err := carpool(t, "render", description, "-o", out); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// manifest returns the manifest of a tree that has to be whole: every file that
// it lists is there with the bytes it says, and no other.
func manifest(t *testing.T, out string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Files []struct{ Node, Path, Mode, SHA256 string }
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%v in %.200s", err, data)
	}
	left := map[string]bool{"manifest.json": true}
	for _, f := range m.Files {
		name := filepath.Join(f.Node, f.Path)
		left[name] = true
		text, err := os.ReadFile(filepath.Join(out, name))
		sum := sha256.Sum256(text)
		if err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Fatalf("%s is not what the manifest says: %v", name, err)
		}
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || fmt.Sprintf("%04o", info.Mode().Perm()) != f.Mode {
			t.Fatalf("%s has the wrong mode: %v", name, err)
		}
	}
	err = filepath.WalkDir(out, func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(out, name)
		if err == nil && !d.IsDir() && !left[rel] {
			t.Fatalf("%s is in no manifest", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// alone fails if anything but the target lies in its folder.
func alone(t *testing.T, out string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(out))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(out) {
		t.Fatalf("left beside the target: %v, %v", entries, err)
	}
}

// either fails unless the target is one of two whole trees.
func either(t *testing.T, out string, a, b []byte) {
	t.Helper()
	if got := manifest(t, out); !bytes.Equal(got, a) && !bytes.Equal(got, b) {
		t.Fatal("the target is neither the old nor the new tree")
	}
}
