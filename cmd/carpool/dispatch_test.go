package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestPanic: a bug of carpool is one line, in the wanted format, and exit 3.
func TestPanic(t *testing.T) {
	for _, format := range formatNames() {
		t.Run(format, func(t *testing.T) {
			var out, err bytes.Buffer
			c := &call{opt: &options{format: format, color: "never"}}
			c.out, c.err = stream{Writer: &out}, stream{Writer: &err}
			fault := c.safely(func() error {
				c.product.WriteString("half a ")
				panic("runtime error: index out of range\n\x1b[2J")
			})
			code, bad := c.finish(fault)
			if code != exitFailure || bad != nil {
				t.Errorf("exit %d, %v", code, bad)
			}
			first, _, _ := strings.Cut(err.String(), "\n")
			if want := `carpool: internal error: runtime error: index out of range \u001b[2J`; first != want {
				t.Errorf("stderr begins with %q, want %q", first, want)
			}
			if !strings.Contains(err.String(), "please report") {
				t.Errorf("stderr does not ask for a report: %q", err.String())
			}
			if strings.Contains(out.String(), "half") {
				t.Errorf("stdout holds half a product: %q", out.String())
			}
			if (out.Len() > 0) != (format != "text") {
				t.Errorf("stdout: %q", out.String())
			}
		})
	}
}

// TestUnprintable: what cannot be written is a failure, not a success.
func TestUnprintable(t *testing.T) {
	var err bytes.Buffer
	s := streams{out: stream{Writer: broken{}}, err: stream{Writer: &err}}
	if code := run([]string{"help"}, s); code != exitFailure {
		t.Errorf("exit %d", code)
	}
	if !strings.Contains(err.String(), "no space left") {
		t.Errorf("stderr: %q", err.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestFlagPlaces: flags stand before or after the command.
func TestFlagPlaces(t *testing.T) {
	tests := [][]string{
		{"render", "site", "-o", "out", "--format", "json", "-var", "a=1"},
		{"--format", "json", "render", "-o", "out", "site", "--var", "a=1"},
		{"-var=a=1", "-o", "out", "--format=json", "render", "site"},
		{"--format=json", "-oout", "render", "--var=a=1", "--", "site"},
	}
	for _, args := range tests {
		args = twoDashes(args)
		name, rest, err := splitCommand(args)
		if err != nil || name != "render" {
			t.Errorf("%q: command %q, %v", args, name, err)
			continue
		}
		c := &call{}
		if err := c.parse(commandNamed(name), rest); err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		o := c.opt
		if o.format != "json" || o.out != "out" || len(o.vars) != 1 || o.vars[0].text != "a=1" || len(c.args) != 1 || c.args[0] != "site" {
			t.Errorf("%q: %+v %q", args, o, c.args)
		}
	}
}

// TestVarOrder: -var and -var-file keep the order in which they stand.
func TestVarOrder(t *testing.T) {
	args := twoDashes([]string{"-var", "a=1", "--var-file", "x", "-var=b=2", "-var-file=y"})
	c := &call{}
	if err := c.parse(commandNamed("validate"), args); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range c.opt.vars {
		got = append(got, v.text)
	}
	if want := "a=1 x b=2 y"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCommands holds what help promises of every command.
func TestCommands(t *testing.T) {
	seen := map[string]bool{}
	for _, cmd := range commands() {
		t.Run(cmd.name, func(t *testing.T) {
			if seen[cmd.name] {
				t.Error("there are two")
			}
			seen[cmd.name] = true
			if cmd.summary == "" || strings.HasSuffix(cmd.summary, ".") {
				t.Errorf("summary %q", cmd.summary)
			}
			if !strings.HasSuffix(cmd.about, ".") {
				t.Errorf("about %q", cmd.about)
			}
			if !strings.Contains(cmd.example, "$ carpool "+cmd.name) {
				t.Errorf("example %q", cmd.example)
			}
			if strings.Contains(cmd.args, "...") != (cmd.maxArgs > 2) && !strings.Contains(cmd.args, "--") {
				t.Errorf("args %q, but at most %d", cmd.args, cmd.maxArgs)
			}
			var help bytes.Buffer
			writeHelp(&help, cmd)
			for _, line := range strings.Split(help.String(), "\n") {
				if len(line) > helpWidth+2 && !strings.Contains(line, "$ ") {
					t.Errorf("line too long: %q", line)
				}
			}
		})
	}
}
