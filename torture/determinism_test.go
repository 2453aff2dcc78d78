package torture

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeterminism: the same description gives the same archive, whatever the
// number of CPUs, the seed of maps (a new one for each process), the order in
// which its files are found, and how often carpool is built.
func TestDeterminism(t *testing.T) {
	second := filepath.Join(t.TempDir(), "carpool")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", second, "carpool/cmd/carpool").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole, err := os.ReadFile(describe(t, 20, "word"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.SplitAfter(string(whole), "\n}\n")
	var want []byte
	for i := range 8 {
		dir := t.TempDir()
		for k := range blocks { // one file for each block, the names in another order each time
			name := filepath.Join(dir, fmt.Sprintf("%03d.hcl", (k*7+i*3)%len(blocks)))
			f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(blocks[k]); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command([]string{binary, second}[i%2], "render", dir, "-o", "-")
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", 1+i%4), "TZ="+[]string{"UTC", "Asia/Tokyo"}[i%2], "LC_ALL=C")
		var said bytes.Buffer
		cmd.Stderr = &said
		got, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("run %d differs", i)
		}
	}
}
