package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// hostScripts are the scripts that run on hosts as they are.
var hostScripts = []string{
	"../templates/usr/local/scripts/carp-hast-*",
	"../templates/usr/local/etc/rc.d/*",
}

// builtins of FreeBSD's sh(1), bin/sh/builtins.def, that the scripts use.
var builtins = strings.Fields(`. : [ break cd command continue echo eval exec exit export kill local printf
	read return set shift trap true umask unset wait`)

// wrappers run the command that follows so many words of their own.
var wrappers = map[string]int{"quick": 1, "limited": 1, "exec": 0, "daemon": 1, "lockf": 5}

// use is how the scripts call one command: its option words. Those that reach a command by "$@" or a
// variable are under the name "".
type use map[string]map[string]bool

func (u use) add(command, option string) {
	if u[command] == nil {
		u[command] = map[string]bool{}
	}
	if option != "" {
		u[command][option] = true
	}
}

// call notes one command line, and the one that it wraps.
func (u use) call(words []string, own map[string]bool) {
	if len(words) == 0 || words[0] == "" {
		return
	}
	name, rest := words[0], words[1:]
	if n, wraps := wrappers[name]; wraps && len(rest) > n {
		u.call(rest[n:], own)
		rest = rest[:n]
	}
	if name == "set" {
		for _, w := range rest {
			u.option("", w)
		}
	}
	if own[name] {
		for _, w := range rest {
			u.option("", w)
		}
		return
	}
	if slices.Contains(builtins, name) {
		return
	}
	u.add(name, "")
	for _, w := range rest {
		u.option(name, w)
	}
}

func (u use) option(command, word string) {
	if len(word) > 1 && word[0] == '-' && word != "--" {
		u.add(command, word)
	}
}

// usedCommands reads what the scripts call.
func usedCommands(t *testing.T) use {
	t.Helper()
	var files []*syntax.File
	own := map[string]bool{}
	for _, pattern := range hostScripts {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(string(data)), name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
			syntax.Walk(f, func(n syntax.Node) bool {
				if d, ok := n.(*syntax.FuncDecl); ok {
					own[d.Name.Value] = true
				}
				return true
			})
		}
	}
	for _, f := range []string{"checkyesno", "load_rc_config", "run_rc_command"} { // of rc.subr(8)
		own[f] = true
	}
	u := use{}
	for _, f := range files {
		syntax.Walk(f, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Value != nil {
					u.option("", n.Value.Lit())
				}
			case *syntax.CallExpr:
				var words []string
				for _, w := range n.Args {
					words = append(words, w.Lit())
				}
				u.call(words, own)
			}
			return true
		})
	}
	return u
}

// listedCommands reads the table of commands.md: the options that the second cell names of each command.
func listedCommands(t *testing.T) use {
	t.Helper()
	data, err := os.ReadFile("commands.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9]+)` \\|([^|]*)\\|[^|]*\\|[^|]+\\|[^|]+\\|$")
	quoted := regexp.MustCompile("`[^`]*`")
	option := regexp.MustCompile(`(?:^|[ \[])(--?[A-Za-z0-9][A-Za-z0-9-]*)`)
	u := use{}
	for _, m := range row.FindAllStringSubmatch(string(data), -1) {
		if u[m[1]] != nil {
			t.Errorf("%s is there twice", m[1])
		}
		u.add(m[1], "")
		for _, code := range quoted.FindAllString(m[2], -1) {
			for _, o := range option.FindAllStringSubmatch(strings.Trim(code, "`"), -1) {
				u.add(m[1], o[1])
			}
		}
	}
	return u
}

// TestCommands holds that commands.md lists every command that the scripts call, with every option, and
// nothing else.
func TestCommands(t *testing.T) {
	used, listed := usedCommands(t), listedCommands(t)
	for name, options := range used {
		if name == "" {
			continue
		}
		if listed[name] == nil {
			t.Errorf("%s is not listed: %v", name, options)
			continue
		}
		for o := range options {
			if !listed[name][o] {
				t.Errorf("%s: the option %s is not listed", name, o)
			}
		}
	}
	for name, options := range listed {
		if used[name] == nil {
			t.Errorf("%s is listed, and not called", name)
			continue
		}
		for o := range options {
			if !used[name][o] && !used[""][o] {
				t.Errorf("%s: the option %s is listed, and not used", name, o)
			}
		}
	}
}

// TestBootOrder holds what commands.md says of the order at boot and of jails.
func TestBootOrder(t *testing.T) {
	for name, lines := range map[string][]string{
		"carp_hast_hold":   {"# REQUIRE: FILESYSTEMS sysctl", "# BEFORE: netif", "# KEYWORD: nojail", "carp_hast_hold_svcj=NO"},
		"carp_hast_switch": {"# REQUIRE: hastd ldconfig", "# BEFORE: DAEMON", "# KEYWORD: nojail shutdown", "carp_hast_switch_svcj=NO"},
	} {
		data, err := os.ReadFile("../templates/usr/local/etc/rc.d/" + name)
		if err != nil {
			t.Fatal(err)
		}
		have := strings.Split(string(data), "\n")
		for _, l := range append(lines, "# PROVIDE: "+name) {
			if !slices.Contains(have, l) {
				t.Errorf("%s: no line %q", name, l)
			}
		}
	}
}
