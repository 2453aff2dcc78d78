package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var calls = regexp.MustCompile(`(?m)^\s*(?:- |run: |entry: )*(carpool .*)$`)

// TestPipelines runs every line of the ready-made pipelines that calls
// carpool, as they say without a secret, in a folder with a description in
// cluster.
func TestPipelines(t *testing.T) {
	dir := workbench(t)
	if err := os.CopyFS(filepath.Join(dir, "cluster"), os.DirFS("../examples/skunk")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../examples/ci/*.y*ml")
	if err != nil || len(files) == 0 {
		t.Fatal("no pipelines: ", err)
	}
	ran := 0
	for _, file := range append(files, "../.pre-commit-hooks.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range calls.FindAllStringSubmatch(string(data), -1) {
			line := m[1]
			if strings.HasPrefix(filepath.Base(file), ".pre-commit") {
				line += " cluster" // pre-commit adds what the user's file says
			}
			c := exec.Command("sh", "-ec", line)
			c.Dir = dir
			c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", file, line, err, out)
			}
			ran++
		}
	}
	if ran < 9 {
		t.Errorf("only %d lines were found", ran)
	}
	for _, made := range []string{"carpool.sarif", "cluster.tar", "cluster.svg", "carpool.xml", "gl-code-quality-report.json"} {
		if info, err := os.Stat(filepath.Join(dir, made)); err != nil || info.Size() == 0 {
			t.Errorf("the pipelines need %s: %v", made, err)
		}
	}
}
