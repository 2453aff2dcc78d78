package rcconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carpool/importer/tree"
	"carpool/schema"
)

var (
	release9  = schema.Release{Major: 9, Minor: 3}
	release13 = schema.Release{Major: 13, Minor: 2}
)

func TestValues(t *testing.T) {
	tests := []struct{ name, src, variable, want string }{
		{"quotes", `a="x y"'z'w`, "a", "x yzw"},
		{"last wins", "a=1\na=2", "a", "2"},
		{"reference", "a=1\nb=\"${a}2\"", "b", "12"},
		{"default", `: ${a:=5}`, "a", "5"},
		{"continued", "a=\"x \\\n y\"", "a", "x  y"},
		{"over lines", "a=\"x\ny\"", "a", "x\ny"},
		{"dollar", `a="p\$q"`, "a", "p$q"},
		{"comment", "a=x#y # z", "a", "x#y"},
		{"several", "a=1 b=2; c=3", "b", "2"},
		{"for", "for i in 1 2 3; do a=\"$a$i\"; done", "a", "123"},
		{"case", "x=em1; case $x in em*) a=yes ;; *) a=no ;; esac", "a", "yes"},
		{"if", "if [ -n \"$a\" -o 1 -eq 1 ]; then a=b; else a=c; fi", "a", "b"},
		{"file in the tree", "[ -f rc.conf ] && a=y", "a", "y"},
		{"function", "f() { a=$1; }; f x", "a", "x"},
		{"substitution", "a=$(echo x; echo y)", "a", "x\ny"},
		{"pattern", "b=em0.100; a=${b%.*}", "a", "em0"},
		{"arithmetic", "a=$((2*3))", "a", "6"},
		{"eval", "n=a; eval $n=5", "a", "5"},
		{"subshell", "a=1; (a=2)", "a", "1"},
		{"no braces", "for i in {1,2}; do a=\"$a[$i]\"; done", "a", "[{1,2}]"},
		{"home of another machine", "a=~root", "a", "~root"},
		{"before a command", "a=1 nothing", "a", ""},
		{"before the error", "a=1\nb=\"\nc=2", "a", "1"},
		{"export", "export a=\"x y\"", "a", "x y"},
		{"read only", "readonly a=1\na=2", "a", "1"},
		{"return", "a=1\nreturn\na=2", "a", "1"},
		{"not bash", "a=1\na+=2", "a", "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := Parse("rc.conf", []byte(test.src))
			if got := c.Value(test.variable); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"clean", "hostname=\"a\"\n", nil},
		{"space before", "hostname =\"a\"", []string{`1:1 Space before "="`}},
		{"space after", "hostname= \"a\"", []string{`1:1 Space after "="`}},
		{"both", "hostname = a", []string{`1:1 Space before "="`}},
		{"command", "a=1\nifconfig em0 up", []string{`2:1 Runs the command "ifconfig"`}},
		{"value that runs", "p=a;reboot", []string{`1:5 Runs the command "reboot"`}},
		{"command in a value", "a=`hostname -s`", []string{`1:4 Runs the command "hostname"`}},
		{"unterminated", "a=\"x\nb=1\n", []string{"1:3 Syntax error: reached EOF without closing quote `\"`"}},
		{"curly", "ifconfig_em0=“inet 10.0.0.1”\n", []string{`1:1 Runs the command "10.0.0.1”"`, "1:14 '“' is no quote for sh(1)",
			"1:28 '”' is no quote for sh(1)"}},
		{"curly in quotes", "a=\"“x”\"\n", nil},
		{"writes", "echo x > /etc/motd", []string{`1:8 Writes to "/etc/motd"`}},
		{"quiet", "echo x > /dev/null 2>&1", nil},
		{"background", "x &", []string{"1:1 A command in the background"}},
		{"missing file", ". /etc/none", []string{`1:1 Cannot read "/etc/none"`}},
		{"append", "a+=1", []string{`1:1 "+=" is unknown to sh(1)`}},
		{"carriage returns", "a=1\r\nb=2\r\n", []string{"1:4 Lines end in CR LF"}},
		{"exit", "exit 0", []string{`1:1 "exit" ends the script that reads this file`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, diags := Parse("rc.conf", []byte(test.src))
			var got []string
			for _, d := range diags {
				got = append(got, fmt.Sprintf("%d:%d %s", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPlaceOfTheWinner(t *testing.T) {
	files := map[string][]byte{
		"/etc/rc.conf":                      []byte("x=1\ny=`uname`$x\nnetif_a=0\n"),
		"/etc/rc.conf.local":                []byte("x=2\n"),
		"/etc/rc.conf.d/netif":              []byte("netif_a=1\n"),
		"/etc/rc.conf.d/network":            []byte("netif_a=2\nz=1\n"),
		"/usr/local/etc/rc.conf.d/netif/b":  []byte("netif_b=1\n"),
		"/usr/local/etc/rc.conf.d/netif/.c": []byte("netif_c=1\n"),
	}
	c, _ := Load(tree.Memory(files), release13, Netif(release13)...)
	x := c.Get("x")
	if x.Value != "2" || x.Range.Filename != "/etc/rc.conf.local" || x.Range.Start.Line != 1 {
		t.Errorf("%+v", x)
	}
	if y := c.Get("y"); !y.Guessed || y.Range.Start.Line != 2 {
		t.Errorf("%+v", y)
	}
	if got := c.Value("netif_a") + c.Value("netif_b") + c.Value("netif_c"); got != "11" {
		t.Error(got)
	}
	if d := cmp.Diff([]string{"x", "y", "netif_a", "z", "netif_b"}, c.Names()); d != "" {
		t.Error(d)
	}
	if !c.Yes("netif_enable") || c.IsSet("netif_enable") {
		t.Error("a default of FreeBSD is not set by the host")
	}
	c, _ = Load(tree.Memory(files), release9, Netif(release9)...)
	if got := c.Value("netif_a") + c.Value("netif_b"); got != "2" {
		t.Error(got)
	}
}

// TestHostile: each ends soon, with an error or without.
func TestHostile(t *testing.T) {
	tests := map[string]string{
		"endless loop":     "while :; do :; done",
		"fork bomb":        "f() { f | f & }; f",
		"pipes":            "f() { f | f; }; f",
		"recursion":        "f() { f; }; f",
		"own file":         ". /etc/rc.conf",
		"doubling":         "a=xxxxxxxxxx; while :; do a=$a$a; done",
		"many variables":   "i=0; while :; do i=$((i+1)); eval v$i=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
		"long word":        "a=" + strings.Repeat("y", 60000) + "\nb=\"" + strings.Repeat("$a", 60000) + "\"",
		"wide format":      "a=$(printf %999999999d 1)",
		"output":           "a=$(while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done)",
		"nested":           strings.Repeat("$(", 200000),
		"nested quotes":    strings.Repeat("`", 200000),
		"parentheses":      "a=$((" + strings.Repeat("(", 100000),
		"pipes in a row":   "a" + strings.Repeat("|a", 100000),
		"ands in a row":    "a" + strings.Repeat("&&a", 80000),
		"if in if":         strings.Repeat("if ", 80000),
		"negations":        strings.Repeat("! ", 100000),
		"case in case":     strings.Repeat("case x in x) ", 10000),
		"eval in eval":     "a='eval \"$a\"'; eval \"$a\"",
		"huge":             "a=" + strings.Repeat("x", 3<<20),
		"arithmetic loop":  "while [ $((i=i+1)) -gt 0 ]; do :; done",
		"default in depth": strings.Repeat("${a:-", 50000),
		"subshells":        strings.Repeat("a=1;(", 300) + strings.Repeat(")", 300),
		"power":            "a=$((9**9**9**9))",
		"nul":              "a=\x00b",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			Parse("/etc/rc.conf", []byte(src))
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestHostileTree(t *testing.T) {
	dir := t.TempDir()
	etc := filepath.Join(dir, "etc")
	if err := os.Mkdir(etc, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(secret, []byte("a=stolen"), 0o644)
	for name, target := range map[string]string{
		"absolute": secret, "relative": "../../../../../../../.." + secret, "loop": "rc.conf", "device": "/dev/zero",
	} {
		t.Run(name, func(t *testing.T) {
			os.Remove(filepath.Join(etc, "rc.conf"))
			if err := os.Symlink(target, filepath.Join(etc, "rc.conf")); err != nil {
				t.Fatal(err)
			}
			tr, err := tree.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer tr.Close()
			c, _ := Load(tr, release13)
			if c.Value("a") != "" {
				t.Error("read outside of the tree")
			}
		})
	}
	os.Remove(filepath.Join(etc, "rc.conf"))
	os.WriteFile(filepath.Join(dir, "real"), []byte("a=inside"), 0o644)
	os.Symlink("/real", filepath.Join(etc, "rc.conf")) // the host's root is the tree
	tr, _ := tree.Open(dir)
	defer tr.Close()
	if c, _ := Load(tr, release13); c.Value("a") != "inside" {
		t.Errorf("got %q", c.Value("a"))
	}
}

// TestPublished evaluates setups as they were published; what is wrong in them is listed.
func TestPublished(t *testing.T) {
	files, _ := filepath.Glob("../testdata/corpus/*/expect/*/rc.conf")
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// Names with placeholders of a generator in them are no names.
		template := bytes.ContainsAny(src[:bytes.IndexByte(src, '=')], "<$")
		if c, _ := Parse(file, src); (len(c.Names()) == 0) != template {
			t.Errorf("%s: %v", file, c.Names())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a=\"$b\" c=`d`; if [ x = y ]; then e=${f:-g}; fi\nfor i in 1 2; do :; done\n"))
	f.Add([]byte("f() { a=$1; }; f $((1+2)) | g > /h &\ncase x in (y) ;; esac\neval 'x=1'"))
	f.Fuzz(func(t *testing.T, src []byte) {
		_, diags := Parse("rc.conf", src)
		for _, d := range diags {
			if d.Subject == nil {
				t.Fatal(d)
			}
		}
	})
}
