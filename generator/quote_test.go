package generator

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"carpool/importer/devdconf"
	"carpool/importer/hastconf"
	"carpool/schema"
)

// TestQuotes: "" in want means that the grammar refuses the value.
func TestQuotes(t *testing.T) {
	tests := []struct {
		name  string
		quote func(string) (string, error)
		in    string
		want  string
	}{
		{"rc", quoteRC, "inet 10.0.0.1/24", `"inet 10.0.0.1/24"`},
		{"rc", quoteRC, "a$b`c\"d\\e", "\"a\\$b\\`c\\\"d\\\\e\""},
		{"rc", quoteRC, "", `""`},
		{"rc", quoteRC, "a\nb", ""},
		{"rc", quoteRC, "a\x00b", ""},
		{"rc", quoteRC, "a\x1bb", ""},
		{"rc", quoteRC, "a\xffb", ""},
		{"sh", quoteSh, "it's", `'it'\''s'`},
		{"sh", quoteSh, "mountd\nnfsd", "'mountd\nnfsd'"},
		{"sh", quoteSh, "a\x07", ""},
		{"sysctl", quoteSysctl, "1", "1"},
		{"sysctl", quoteSysctl, "", ""},
		{"sysctl", quoteSysctl, "1 # one", ""},
		{"sysctl", quoteSysctl, "$(reboot)", ""},
		{"loader", quoteLoader, "YES", `"YES"`},
		{"loader", quoteLoader, `a"b`, ""},
		{"devd", quoteDevd, "/bin/x $type", `"/bin/x $type"`},
		{"devd", quoteDevd, "", ""},
		{"devd", quoteDevd, `say "x"`, ""},
		{"devd", quoteDevd, "ends in $", ""},
		{"hast", quoteHAST, "tcp4://10.0.0.1:8457", "tcp4://10.0.0.1:8457"},
		{"hast", quoteHAST, "a b", ""},
		{"hast", quoteHAST, "fe80::1%em0", ""},
		{"hast", quoteHAST, "local", ""},
		{"hast", quoteHAST, "", ""},
	}
	for _, tt := range tests {
		got, err := tt.quote(tt.in)
		if tt.want == "" && err == nil {
			t.Errorf("%s(%q) = %s, want a refusal", tt.name, tt.in, got)
		}
		if tt.want != "" && (err != nil || got != tt.want) {
			t.Errorf("%s(%q) = %s, %v, want %s", tt.name, tt.in, got, err, tt.want)
		}
	}
}

var hostile = []string{
	"plain", "$(touch x)", "`touch x`", `"; touch x; "`, "'; touch x; '", `\`, `\\`, `a\`, "$", "${IFS}", "*", "~", "!", "#", "ä€", "a\tb",
	"it's", `"`, "'", "{{", "a=b", "-n", "%s%n", "\u202e", "\x7f", "\r",
}

// FuzzQuoteShell reads both shell quotings back through a real sh, which must
// return the value and run nothing.
func FuzzQuoteShell(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, quote := range []func(string) (string, error){quoteRC, quoteSh} {
			q, err := quote(s)
			if err != nil {
				continue
			}
			cmd := exec.Command("sh", "-c", "PATH=/nonexistent\nv="+q+"\nprintf '%s' \"$v\"\n")
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if err != nil || string(out) != s {
				t.Fatalf("%q quoted as %s came back as %q, %v", s, q, out, err)
			}
		}
	})
}

// FuzzQuoteDevd reads a quoted string back through devd's grammar.
func FuzzQuoteDevd(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	release, err := schema.ParseRelease("13.2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := quoteDevd(s)
		if err != nil || strings.Contains(s, "$") || strings.Contains(s, "\\") {
			return // variables and continued lines are the caller's to write
		}
		file, diags := devdconf.Parse("devd.conf", []byte("notify 30 {\n\tmatch \"system\" \"CARP\";\n\taction "+q+";\n};\n"))
		if diags.HasErrors() {
			t.Fatal(q, diags)
		}
		conf, diags := devdconf.New(release, file)
		if diags.HasErrors() {
			t.Fatal(q, diags)
		}
		run := conf.Match(devdconf.Notify("CARP", "1@em0", "MASTER"))
		if run == nil || len(run.Commands) != 1 || run.Commands[0] != s {
			t.Fatalf("%q came back as %+v", s, run)
		}
	})
}

// FuzzQuoteHAST reads a quoted word back through hastd's grammar.
func FuzzQuoteHAST(f *testing.F) {
	for _, s := range append(hostile, "10.0.0.1", "/dev/ada1", "tcp6://[2001:db8::1]:8457", "on", "none", "hole") {
		f.Add(s)
	}
	release, err := schema.ParseRelease("13.2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := quoteHAST("/dev/" + s)
		if err != nil || !utf8.ValidString(s) {
			return
		}
		text := "resource r {\n\ton a {\n\t\tlocal " + q + "\n\t\tremote 10.0.0.2\n\t}\n}\n"
		file, diags := hastconf.Parse("hast.conf", []byte(text))
		if diags.HasErrors() {
			t.Fatal(q, diags)
		}
		conf, diags := file.ForHost(hastconf.Host{Name: "a"}, release)
		if len(q) > 1000 {
			return // hastd's own limit
		}
		if diags.HasErrors() || conf.Resources[0].Local.Text != "/dev/"+s {
			t.Fatal(q, diags)
		}
	})
}
