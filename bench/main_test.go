package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is how the floors are run: by this program again.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "floor" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestAll measures a small fleet, so that the fleet is known to be without
// findings and its floor to be able to read it.
func TestAll(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "carpool")
	if out, err := exec.Command("go", "build", "-o", binary, "carpool/cmd/carpool").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := &runner{dir: dir, carpool: binary, times: 1}
	c, err := r.all(20)
	if err != nil {
		t.Fatal(err)
	}
	if c.files != 20*13+1 {
		t.Errorf("%d files for 20 hosts", c.files)
	}
	if c.unchangedWrites {
		t.Error("rendering again wrote something")
	}
	var table strings.Builder
	c.print(&table, 20)
	if n := strings.Count(table.String(), "\n|"); n < 20 {
		t.Errorf("%d rows:\n%s", n, table.String())
	}
}
