package devdconf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"carpool/importer/tree"
	"carpool/schema"
)

var (
	release9  = schema.Release{Major: 9, Minor: 3}
	release12 = schema.Release{Major: 12, Minor: 1}
	release13 = schema.Release{Major: 13, Minor: 2}
)

func messages(diags hcl.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		list = append(list, fmt.Sprintf("%d:%d %s", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary))
	}
	return list
}

func TestFindings(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"empty", "", nil},
		{"empty rule", "notify 0 { };\n", nil},
		{"missing semicolon", "notify 0 { }\nnotify 1 { };\n", []string{`2:1 Syntax error in devd.conf: "notify" is not allowed here`}},
		{"empty options", "options { };\n", []string{`1:11 Syntax error in devd.conf: "}" is not allowed here`}},
		{"quote in a string", `notify 0 { action "echo "x""; };`, []string{`1:26 Syntax error in devd.conf: "x" is not allowed here`, `1:27 "\"\"" is ignored`}},
		{"empty string", `notify 0 { action ""; };`, []string{`1:19 "\"\"" is ignored`, `1:21 Syntax error in devd.conf: ";" is not allowed here`}},
		{"curly quotes", "notify 0 { action “x”; };\n", []string{
			`1:19 Curly quote "“" is ignored`, `1:20 Syntax error in devd.conf: "x" is not allowed here`, `1:21 Curly quote "”" is ignored`}},
		{"comment without newline", "notify 0 { };\n// end", []string{
			"2:1 Comment without a final newline", `2:2 "/" is ignored`, `2:4 Syntax error in devd.conf: "end" is not allowed here`}},
		{"no priority", "notify { };\n", []string{`1:8 Syntax error in devd.conf: "{" is not allowed here`}},
		{"bar", `notify 0 { match "type" "MASTER|BACKUP"; };`, []string{"1:25 Alternatives without parentheses"}},
		{"no bar", `notify 0 { match "type" "[a|b](MASTER|BACKUP)\|"; };`, nil},
		{"letter escape", `notify 0 { match "subsystem" "\d@em0"; };`, []string{`1:30 Invalid regular expression: invalid escape \d`}},
		{"end", `notify 0 { match "subsystem" "1@em0$"; };`, []string{`1:30 A "$" ends the expression`}},
		{"quoted variable", `notify 0 { action "x '$type' $subsystem"; };`, []string{"1:19 A variable between single quotes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, diags := Parse("devd.conf", []byte(test.src))
			_, more := New(release13, f)
			if d := cmp.Diff(test.want, messages(append(diags, more...))); d != "" {
				t.Error(d)
			}
		})
	}
}

func commands(t *testing.T, src string, release schema.Release, e Event) string {
	t.Helper()
	f, diags := Parse("devd.conf", []byte(src))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, _ := New(release, f)
	r := c.Match(e)
	if r == nil {
		return ""
	}
	return strings.Join(r.Commands, "; ")
}

func TestExpand(t *testing.T) {
	event := Notify("CARP", `1@e'\`, "MASTER")
	tests := []struct {
		action  string
		release schema.Release
		want    string
	}{
		{"x $type $subsystem", release9, `x MASTER 1@e'\`},
		{"x $type $subsystem", release12, `x $'MASTER' $'1@e\'\\'`},
		{"x $type-x $no", release12, `x $'' $''`},
		{"$$ ${x} $1 $?", release13, `$ ${x} $1 $?`},
		{"$(a $type) $type", release13, `$(a $type) $'MASTER'`},
		{"$(a $type) $type", release12, `$(a $type) $type`},
		{"$_ $*", release9, `$_ $*`},
		{"$_", release13, `$'system=CARP subsystem=1@e\'\\ type=MASTER'`},
		{"cost $", release13, `cost $`},
	}
	for _, test := range tests {
		if got := commands(t, `notify 0 { action "`+test.action+`"; };`, test.release, event); got != test.want {
			t.Errorf("%s on %s: got %s, want %s", test.action, test.release, got, test.want)
		}
	}
}

func TestMatching(t *testing.T) {
	tests := []struct {
		pattern, value string
		release        schema.Release
		want           bool
	}{
		{"1@em0", "1@em0", release13, true},
		{"1@em0", "11@em0", release13, false},
		{"1@EM0", "1@em0", release13, true},
		{"[0-9]+@em0\\.100", "7@em0.100", release13, true},
		{"!1@em0", "1@em0", release13, false},
		{"!1@em0", "2@em0", release13, true},
		{"\\d@em0", "d@em0", release12, true},
		{"\\d@em0", "d@em0", release13, false},
		{"!\\d@em0", "1@em0", release13, true},
		{"1@em0|2@em0", "1@em0.5", release13, true},
		{"1@em0|2@em0", "x2@em0", release13, true},
		{"(1|2)@em0", "x2@em0", release13, false},
		{"a{2}", "aa", release13, true},
		{"{", "{", release9, true},
		{"{", "{", release13, false},
		{"[[:digit:]]@[^x]*", "1@em0", release13, true},
		{"()1", "1", release13, true},
		{"a**", "a", release13, false},
		{"é", "é", release13, true},
		{"$vh@em0", "7@em0", release13, true},
	}
	for _, test := range tests {
		src := "options { set vh \"7\"; };\nnotify 0 { match \"subsystem\" \"" + test.pattern + "\"; action \"hit\"; };"
		if got := commands(t, src, test.release, Notify("CARP", test.value, "MASTER")) == "hit"; got != test.want {
			t.Errorf("%s, %s on %s: got %v", test.pattern, test.value, test.release, got)
		}
	}
}

func TestLoad(t *testing.T) {
	rule := func(priority int, name string) []byte {
		return fmt.Appendf(nil, "notify %d { match \"system\" \"CARP\"; action %q; action \"more\"; };\n", priority, name)
	}
	files := map[string][]byte{
		"/etc/devd.conf":             []byte("options { directory \"/etc/devd\"; directory \"/usr/local/etc/devd\"; directory \"/none\"; };\n"),
		"/etc/devd/low.conf":         rule(5, "low"),
		"/etc/devd/other.txt":        []byte("notify notify"),
		"/usr/local/etc/devd/a.conf": rule(30, "a"),
		"/usr/local/etc/devd/b.conf": rule(30, "b"),
	}
	c, diags := Load(tree.Memory(files), release13)
	if diags != nil {
		t.Fatal(diags)
	}
	got := c.Match(Notify("CARP", "1@em0", "INIT"))
	if d := cmp.Diff([]string{"a", "more"}, got.Commands); d != "" || !got.Uncertain || len(got.Shadowed) != 2 {
		t.Errorf("%s %+v", d, got)
	}
	if got.Rule.Range.Filename != "/usr/local/etc/devd/a.conf" {
		t.Error(got.Rule.Range)
	}
	delete(files, "/etc/devd.conf") // then FreeBSD's own
	c, _ = Load(tree.Memory(files), release13)
	if got := c.Match(Notify("CARP", "1@em0", "INIT")).Commands[0]; got != "a" {
		t.Error(got)
	}
	if got := c.Match(Notify("IFNET", "em0", "LINK_UP")).Commands[0]; got != "service dhclient quietstart $'em0'" {
		t.Error(got)
	}
	if got := c.Match(Notify("IFNET", "carp0", "LINK_UP")); got != nil {
		t.Error(got)
	}
}

// TestPublished reads setups as they were published: all parse.
func TestPublished(t *testing.T) {
	files, _ := filepath.Glob("../testdata/corpus/*/expect/*/devd.conf")
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, diags := Parse(file, src)
		if diags.HasErrors() || len(f.Rules()) == 0 {
			t.Errorf("%s: %v", file, diags)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("options { set a \"b\"; };\nnotify 0 { match \"a\" \"$a[x-z]{1,2}\\.\"; action \"$a $(b) $$\"; };\n"))
	f.Add([]byte("notify 0 { action \"a\\\n b\"; };/* */ // x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		file, diags := Parse("devd.conf", src)
		for _, d := range diags {
			if d.Subject == nil || d.Subject.End.Byte > len(src) {
				t.Fatalf("bad range: %v", d)
			}
		}
		for _, r := range []schema.Release{release9, release13} {
			c, _ := New(r, file)
			c.Match(Notify("CARP", "1@em0", "MASTER"))
		}
	})
}

func FuzzERE(f *testing.F) {
	f.Add("(a|b)*[^x]{1,3}\\.", "ab")
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if re, err := compileERE(pattern, release13); err == nil {
			re.MatchString(latin1(value))
		}
	})
}
