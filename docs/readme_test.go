package docs

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the README shows of carpool's output")

var (
	edit        = regexp.MustCompile(`<!-- edit: (.*) => (.*) -->\n`)
	console     = regexp.MustCompile("(?s)```console\n(.*?)```")
	commandList = regexp.MustCompile(`(?s)\ncommands:\n(.*?)\n\n`)
	commandRows = regexp.MustCompile("(\\| command \\| does \\|\n\\|---\\|---\\|\n)(?:\\|.*\n)*")
)

// TestReadme runs what the README shows: the commands of its console blocks
// print what stands below them, in a folder with the examples. A comment
// <!-- edit: A => B --> before a block changes the example first. The table of
// commands is the list that help prints.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := workbench(t)
	text := string(data)
	at := 0
	got := console.ReplaceAllStringFunc(text, func(block string) string {
		here := at + strings.Index(text[at:], block)
		if m := edit.FindAllStringSubmatch(text[at:here], -1); m != nil {
			change(t, filepath.Join(dir, "examples/skunk/cluster.hcl"), m[0][1], m[0][2])
		}
		at = here + len(block)
		return "```console\n" + session(t, dir, console.FindStringSubmatch(block)[1]) + "```"
	})
	got = listed(t, dir, got)
	if *update && got != text {
		if err := os.WriteFile("../README.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if d := cmp.Diff(text, got); d != "" {
		t.Errorf("the README shows other output than carpool prints (-README +carpool); `go test ./docs -update` rewrites it:\n%s", d)
	}
	fragments(t)
}

// workbench makes a folder with carpool and the examples.
func workbench(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "carpool"), "../cmd/carpool").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func change(t *testing.T, name, from, to string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), from) {
		t.Fatalf("%s has no %q to edit", name, from)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(data), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// session runs the commands of a block and returns it with what they print.
func session(t *testing.T, dir, block string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range strings.Split(block, "\n") {
		typed, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		c := exec.Command("sh", "-c", typed)
		c.Dir = dir
		c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, _ := c.CombinedOutput() // a finding is an exit status too
		b.WriteString(line + "\n" + string(out))
	}
	return b.String()
}

// fragments holds that the README quotes its example.
func fragments(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile("../examples/skunk/cluster.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range snippets(t, "../README.md") {
		if s.kind == "hcl-fragment" && !strings.Contains(string(data), s.text) {
			t.Errorf("%s is no part of examples/skunk", s)
		}
	}
}

// listed fills the table of commands with the list that help prints.
func listed(t *testing.T, dir, readme string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(dir, "carpool"), "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	rows := ""
	for _, line := range strings.Split(commandList.FindStringSubmatch(string(out))[1], "\n") {
		name, does, _ := strings.Cut(strings.TrimSpace(line), " ")
		rows += "| `" + name + "` | " + strings.TrimSpace(does) + " |\n"
	}
	return commandRows.ReplaceAllString(readme, "${1}"+strings.ReplaceAll(rows, "$", "$$"))
}
