//go:build integration

// Package integration tries what carpool writes for other programs with those
// programs: Ansible, Salt, Jinja2, mandoc. `make integration` installs them and
// runs it; nothing is skipped.
package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

var (
	root    string // of the repository
	carpool string // the program
	ansible string // folders of the programs
	salt    string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if root, err = filepath.Abs(".."); err != nil {
		return fail(err)
	}
	ansible, salt = filepath.Join(root, ".venv/ansible/bin"), filepath.Join(root, ".venv/salt/bin")
	for _, name := range []string{ansible + "/ansible-playbook", ansible + "/ansible-vault", salt + "/salt-call"} {
		if _, err := os.Stat(name); err != nil {
			return fail(fmt.Errorf("%w; `make integration` installs it", err))
		}
	}
	dir, err := os.MkdirTemp("", "carpool")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	carpool = filepath.Join(dir, "carpool")
	build := exec.Command("go", "build", "-o", carpool, "./cmd/carpool")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fail(fmt.Errorf("%w\n%s", err, out))
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// command prepares a program with carpool in its PATH.
func command(dir, name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+filepath.Dir(carpool)+":"+ansible+":"+os.Getenv("PATH"),
		"ANSIBLE_PIPELINING=1", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP="+filepath.Join(dir, ".tmp"), "PYTHONDONTWRITEBYTECODE=1")
	return c
}

// do runs a program that has to succeed and returns what it prints on stdout.
func do(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := command(dir, name, args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// refused runs a program that has to fail and returns all that it prints.
func refused(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := command(dir, name, args...).CombinedOutput()
	if err == nil {
		t.Fatalf("%s %s succeeded:\n%s", name, strings.Join(args, " "), out)
	}
	return string(out)
}

func write(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func replace(t *testing.T, name, old, new string) {
	t.Helper()
	text := read(t, name)
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %q", name, old)
	}
	write(t, name, strings.ReplaceAll(text, old, new), 0o644)
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// tree lists the files below dir with mode and text, but for those below skip.
func tree(t *testing.T, dir, skip string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		switch {
		case err != nil:
			return err
		case d.IsDir() && skip != "" && rel == skip:
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		info, err := d.Info()
		if err == nil {
			files[rel] = fmt.Sprintf("%o\n%s", info.Mode().Perm(), read(t, p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// secretIn fails if text holds the secret.
func secretIn(t *testing.T, text, secret string) {
	t.Helper()
	if i := strings.Index(text, secret); i >= 0 {
		t.Errorf("the secret is shown:\n%s", text[max(0, i-300):min(len(text), i+50)])
	}
}

// varFile reads a var-file of HCL as the values that a template is given.
func varFile(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCLFile(name)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	attrs, diags := f.Body.JustAttributes()
	values := map[string]json.RawMessage{}
	for n, a := range attrs {
		v, more := a.Expr.Value(nil)
		diags = append(diags, more...)
		data, err := ctyjson.Marshal(v, v.Type())
		if err != nil || v.Type() == cty.DynamicPseudoType {
			t.Fatal(n, err)
		}
		values[n] = data
	}
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return values
}
