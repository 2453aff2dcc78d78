package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"carpool/schema"
)

// TestManual holds that the pages in docs/man are what carpool prints.
func TestManual(t *testing.T) {
	for _, section := range manSections {
		got := manual(section)
		file := filepath.Join("..", "..", "docs", "man", "carpool."+section)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-file +printed); `make golden` rewrites it:\n%s", file, d)
		}
	}
}

// TestManualComplete holds that carpool(1) has every command, flag, exit code
// and variable, and carpool(5) every block and attribute of the language.
func TestManualComplete(t *testing.T) {
	page := lineSet(manual("1"))
	for _, cmd := range commands() {
		if !page[strings.TrimSpace(".It Cm "+cmd.name)] && !hasPrefix(page, ".It Cm "+cmd.name+" Ar ") {
			t.Errorf("carpool(1) lacks the command %s", cmd.name)
		}
		visitFlags(cmd.flags, func(f *pflag.Flag) {
			if !hasFlag(page, f.Name) {
				t.Errorf("carpool(1) lacks --%s of %s", f.Name, cmd.name)
			}
		})
	}
	for _, e := range exitCodes {
		if !page[".It "+e.word] {
			t.Errorf("carpool(1) lacks the exit code %s", e.word)
		}
	}
	for _, e := range environment {
		if !page[".It Ev "+e.word] {
			t.Errorf("carpool(1) lacks the variable %s", e.word)
		}
	}
	page = lineSet(manual("5"))
	for path, names := range schema.AttributeNames() {
		for _, name := range names {
			if !hasWord(page, "Cm "+name) {
				t.Errorf("carpool(5) lacks %s of %s", name, path)
			}
		}
	}
}

func visitFlags(define func(*pflag.FlagSet, *options), visit func(*pflag.Flag)) {
	fs := newFlagSet()
	define(fs, &options{})
	fs.VisitAll(visit)
}

func lineSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		set[line] = true
	}
	return set
}

func hasPrefix(page map[string]bool, prefix string) bool {
	for line := range page {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func hasFlag(page map[string]bool, name string) bool {
	return hasWord(page, `Fl \-`+strings.ReplaceAll(name, "-", `\-`))
}

// hasWord looks for words at the beginning or inside of a list's item.
func hasWord(page map[string]bool, words string) bool {
	for line := range page {
		if strings.HasPrefix(line, ".It ") && strings.Contains(line+" ", " "+words+" ") {
			return true
		}
	}
	return false
}
