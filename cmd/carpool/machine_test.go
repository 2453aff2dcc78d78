package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machineFormats are the values of --format that programs read.
func machineFormats() []string {
	return slices.DeleteFunc(formatNames(), func(name string) bool { return name == "text" })
}

// carpool runs one command line in this process.
func carpool(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(args, streams{in: strings.NewReader(""), out: stream{Writer: &out}, err: stream{Writer: &err}})
	return code, out.String(), err.String()
}

// TestFormatsAreValid holds every format against its schema: findings of each
// kind, none, faults, and places that are absolute.
func TestFormatsAreValid(t *testing.T) {
	broken, absolute := sample(), sample()
	broken.fault = &fault{Code: codeUsage, Message: "no --flag, no: %", Help: "type yes"}
	absolute.findings[0].Range.Filename = "/etc/carpool/a b.hcl"
	reports := map[string]*report{"found": sample(), "clean": {path: "site", rules: catalogue()}, "fault": broken, "absolute": absolute}
	for _, format := range machineFormats() {
		for name, r := range reports {
			var got bytes.Buffer
			if err := formatNamed(format).write(&got, r); err != nil {
				t.Fatal(err)
			}
			if err := validators[format](got.Bytes()); err != nil {
				t.Errorf("%s of %s: %v\n%s", format, name, err, got.Bytes())
			}
		}
	}
}

// TestValidatorsSee holds that the validators refuse what is wrong.
func TestValidatorsSee(t *testing.T) {
	for format, wrong := range map[string][]string{
		"json":       {``, `{}`, `{"format_version": "1.0", "valid": true, "error_count": 0, "warning_count": 0, "notice_count": 0, "diagnostics": [], "more": 1}`},
		"sarif":      {``, `{}`, `{"version": "2.1.0", "runs": [{}]}`},
		"github":     {"text\n", "::error file=a:b::x\n", "::error title=a::\n", "::debug title=a::b\n", "::error line=x::b\n"},
		"gitlab":     {`{}`, `[{}]`, `null`},
		"junit":      {``, `<testsuites><x/></testsuites>`, `<testsuites><testsuite name="a" tests="1" failures="0" errors="0"/></testsuites>`, `<testsuites><testsuite/></testsuites>`},
		"checkstyle": {`<checkstyle/>`, `<checkstyle version="1"><file/></checkstyle>`, `<checkstyle version="1"><file name="a"><error severity="bad"/></file></checkstyle>`},
		"rdjson":     {`{}`, `{"source": {"name": "x"}, "diagnostics": [{"message": "m"}]}`},
	} {
		for _, text := range wrong {
			if validators[format]([]byte(text)) == nil {
				t.Errorf("%s accepts %q", format, text)
			}
		}
	}
}

// failures are the ways in which a command line can go wrong, each as the
// arguments behind the command's name.
func failures(t *testing.T, cmd *command) map[string]struct {
	args []string
	code int
} {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "broken", "main.hcl"), "vip \"web\" {\n  vhid = = 1\n}\n")
	if err := os.MkdirAll(filepath.Join(dir, "unreadable", "main.hcl"), 0o777); err != nil {
		t.Fatal(err)
	}
	type failure = struct {
		args []string
		code int
	}
	all := map[string]failure{
		"unknown flag":    {[]string{"--nonsense"}, exitUsage},
		"flag unfinished": {[]string{"--var"}, exitUsage},
		"wrong word":      {[]string{"--fail-on", "never"}, exitUsage},
		"wrong color":     {[]string{"--color", "mauve"}, exitUsage},
	}
	if cmd.maxArgs < 10 {
		all["too many"] = failure{[]string{"a", "b", "c", "d"}, exitUsage}
	}
	if cmd.takesPath {
		more := slices.Clone(needed[cmd.name])
		all["nothing there"] = failure{append([]string{filepath.Join(dir, "nowhere")}, more...), exitFailure}
		all["does not parse"] = failure{append([]string{filepath.Join(dir, "broken")}, more...), exitFindings}
		all["no file"] = failure{append([]string{filepath.Join(dir, "broken", "main.hcl", "below")}, more...), exitFailure}
		all["no var-file"] = failure{append([]string{filepath.Join(dir, "broken"), "--var-file", "nowhere"}, more...), exitFailure}
	}
	switch cmd.name {
	case "audit", "import", "trace", "fmt":
		all["nothing there"] = failure{[]string{filepath.Join(dir, "nowhere")}, exitFailure}
	case "init":
		all["a file in the way"] = failure{[]string{filepath.Join(dir, "broken", "main.hcl", "below")}, exitFailure}
	}
	return all
}

// needed are flags without which a command does not begin.
var needed = map[string][]string{
	"render": {"-o", filepath.Join(os.TempDir(), "carpool-never-written")},
	"diff":   {"-o", filepath.Join(os.TempDir(), "carpool-never-written")},
	"pillar": {"--minion", "nobody"},
}

// TestMachineMatrix: whatever goes wrong with whatever command, stdout is the
// format that was asked for, and says that it went wrong.
func TestMachineMatrix(t *testing.T) {
	for _, cmd := range commands() {
		for why, f := range failures(t, cmd) {
			for _, format := range machineFormats() {
				args := append([]string{cmd.name, "--format", format}, f.args...)
				want := f.code
				if cmd.plain && want != exitUsage {
					t.Fatalf("%s cannot fail with %d", cmd.name, want)
				}
				code, out, errs := carpool(t, args...)
				if code != want {
					t.Errorf("%s, %s, %s: exit %d, want %d\n%s", cmd.name, why, format, code, want, errs)
				}
				if err := validators[format]([]byte(out)); err != nil || out == "" {
					t.Errorf("%s, %s, %s: %v\n%s", cmd.name, why, format, err, out)
				}
			}
		}
	}
}

// TestMachineBug: the same holds when carpool itself fails in a command.
func TestMachineBug(t *testing.T) {
	for _, cmd := range commands() {
		for _, format := range machineFormats() {
			var out, errs bytes.Buffer
			c := &call{opt: &options{format: format, color: "never"}}
			c.out, c.err = stream{Writer: &out}, stream{Writer: &errs}
			bug := c.safely(func() error {
				c.command = cmd
				c.data = true
				c.product.WriteString("half a product")
				panic("index out of range")
			})
			code, err := c.finish(bug)
			if code != exitFailure || err != nil {
				t.Errorf("%s, %s: exit %d, %v", cmd.name, format, code, err)
			}
			if err := validators[format](out.Bytes()); err != nil || out.Len() == 0 {
				t.Errorf("%s, %s: %v\n%s", cmd.name, format, err, out.String())
			}
		}
	}
}

// TestMachineSuccess: where a command makes nothing for programs, stdout is
// the report of what was found, be it nothing.
func TestMachineSuccess(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	site := filepath.Join("..", "..", "examples", "skunk")
	lines := [][]string{
		{"validate", site}, {"render", site, "-o", out}, {"diff", site, out}, {"bootstrap", site},
		{"fmt", "--check", site}, {"audit", out}, {"render", site, "-o", out, "--check"},
	}
	for _, args := range lines {
		for _, format := range machineFormats() {
			code, stdout, stderr := carpool(t, append(args, "--format", format, "-var", "carp_password=FeedLucas")...)
			if code != exitClean {
				t.Errorf("%q, %s: exit %d\n%s", args, format, code, stderr)
			}
			if err := validators[format]([]byte(stdout)); err != nil {
				t.Errorf("%q, %s: %v\n%s", args, format, err, stdout)
			}
		}
	}
}

// TestFailOn: --fail-on and --strict decide what fails, in every format alike.
func TestFailOn(t *testing.T) {
	site := func(change, to string) string {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "main.hcl"), strings.Replace(string(startingDescription), change, to, 1))
		return dir
	}
	sites := map[string]string{
		"clean":   site("sensitive = true", "sensitive = true\n  default = \"FeedLucasGelato\""),
		"notice":  site("", ""), // the password has no value
		"warning": site("", ""),
		"error":   site("vhid      = 1", "vhid = 1000"),
	}
	write(t, filepath.Join(sites["warning"], "more.hcl"), "node \"bare\" {\n}\n")
	tests := []struct {
		site  string
		flags []string
		want  int
	}{
		{"clean", []string{"--fail-on", "notice"}, exitClean},
		{"notice", nil, exitClean},
		{"notice", []string{"--strict"}, exitClean},
		{"notice", []string{"--fail-on", "notice"}, exitFindings},
		{"warning", nil, exitClean},
		{"warning", []string{"--fail-on", "error"}, exitClean},
		{"warning", []string{"--strict"}, exitFindings},
		{"warning", []string{"--fail-on", "warning"}, exitFindings},
		{"warning", []string{"--strict", "--fail-on", "error"}, exitClean},
		{"error", []string{"--fail-on", "error"}, exitFindings},
		{"error", nil, exitFindings},
		{"error", []string{"--strict"}, exitFindings},
		{"error", []string{"--strict", "--fail-on", "error"}, exitFindings},
	}
	for _, test := range tests {
		for _, format := range formatNames() {
			args := append([]string{"validate", sites[test.site], "--format", format}, test.flags...)
			if code, out, errs := carpool(t, args...); code != test.want {
				t.Errorf("%s %q: exit %d, want %d\n%s%s", test.site, args, code, test.want, out, errs)
			}
		}
	}
}

// TestSchemas holds what show, render and validate print of every example
// against the published schemas.
func TestSchemas(t *testing.T) {
	showing, manifest := strictly("../../docs/schemas/show.schema.json"), strictly("../../docs/schemas/manifest.schema.json")
	sites, err := filepath.Glob("../../examples/*/cluster.hcl*")
	if err != nil || len(sites) == 0 {
		t.Fatal("no examples: ", err)
	}
	for _, file := range sites {
		site := filepath.Dir(file)
		args := []string{"--format", "json"}
		if vars := filepath.Join(site, "example.vars.hcl"); isThere(vars) {
			args = append(args, "--var-file", vars)
		}
		_, out, _ := carpool(t, append(args, "show", site)...)
		if err := showing([]byte(out)); err != nil {
			t.Errorf("show of %s: %v", site, err)
		}
		_, out, _ = carpool(t, append(args, "validate", site)...)
		if err := validators["json"]([]byte(out)); err != nil {
			t.Errorf("findings of %s: %v", site, err)
		}
		if filepath.Base(site) == "fleet" {
			args = append(args, "--host", "pair000a") // one is as good as all
		}
		for _, secrets := range []string{"embed", "redact", "jinja"} {
			dir := filepath.Join(t.TempDir(), "out")
			if code, _, errs := carpool(t, append(args, "render", site, "-o", dir, "--secrets", secrets)...); code != exitClean {
				t.Fatal(errs)
			}
			data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := manifest(data); err != nil {
				t.Errorf("manifest of %s: %v", site, err)
			}
		}
	}
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// TestExplained: every code that a format carries is documented in it.
func TestExplained(t *testing.T) {
	var b bytes.Buffer
	if err := writeSARIF(&b, &report{rules: catalogue()}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		if r.Short.Text == "" || r.Full.Text == "" || !strings.Contains(r.Help.Text, "carpool explain "+r.ID) || r.Defaults.Level == "" || r.Properties.ProblemSeverity == "" {
			t.Errorf("%s: %+v", r.ID, r)
		}
	}
}
