package generator

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"carpool/importer/devdconf"
	"carpool/importer/hastconf"
	"carpool/importer/keyvalue"
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

// FuzzQuoteAppend reads back words that are appended to a variable, which is
// set before or not.
func FuzzQuoteAppend(f *testing.F) {
	for _, s := range hostile {
		f.Add("x", s)
	}
	f.Fuzz(func(t *testing.T, name, s string) {
		q, err := quoteRCAppend(name, s)
		if err != nil {
			return
		}
		script := "PATH=/nonexistent\nunset x\nx=" + strings.ReplaceAll(q, name, "x") + "\nprintf '%s' \"$x\"\n"
		if strings.Contains(s, name) {
			return // replaced there too
		}
		cmd := exec.Command("sh", "-c", script+"x=old\nx="+strings.ReplaceAll(q, name, "x")+"\nprintf '%s' \"$x\"\n")
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != s+"old "+s {
			t.Fatalf("%q appended as %s came back as %q, %v", s, q, out, err)
		}
	})
}

// FuzzQuoteSysctl reads a line of sysctl.conf back as sysctl(8) does, and as
// rc.d/sysctl of 9 did.
func FuzzQuoteSysctl(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := quoteSysctl(s)
		if err != nil {
			return
		}
		for _, major := range []int{9, 13} {
			list, diags := keyvalue.ParseSysctl("sysctl.conf", []byte("net.x="+q+"\n"), schema.Release{Major: major, Minor: 2})
			if major == 9 && strings.ContainsAny(s, " \t") {
				continue // sh split the line there: quoteSysctl does not know the release
			}
			if len(diags) > 0 || len(list) != 1 || list[0].Name != "net.x" || list[0].Value != s {
				t.Fatalf("release %d: %q came back as %+v, %v", major, s, list, diags)
			}
		}
	})
}

// FuzzQuoteLoader reads a line of loader.conf back as the loader does.
func FuzzQuoteLoader(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := quoteLoader(s)
		if err != nil {
			return
		}
		for _, name := range []string{"net.x", "carp_load"} {
			list, diags := keyvalue.ParseLoader("loader.conf", []byte(name+"="+q+"\n"), schema.Release{Major: 13, Minor: 2})
			if len(diags) > 0 || len(list) != 1 || list[0].Name != name || list[0].Value != s {
				t.Fatalf("%q came back as %+v, %v", s, list, diags)
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

// TestLongSysctl holds that a line of sysctl.conf ends before sysctl(8) cuts it.
func TestLongSysctl(t *testing.T) {
	name, value := strings.Repeat("n", 254), strings.Repeat("v", schema.MaxSysctlValue)
	if _, err := quoteSysctl(value); err != nil || !oidName.MatchString(name) {
		t.Fatalf("the longest name and value: %v", err)
	}
	list, diags := keyvalue.ParseSysctl("sysctl.conf", []byte(name+"="+value+"\n"), schema.Release{Major: 13, Minor: 2})
	if len(diags) > 0 || len(list) != 1 || list[0].Value != value {
		t.Errorf("they came back as %d lines, %v", len(list), diags)
	}
	if _, err := quoteSysctl(value + "v"); err == nil || oidName.MatchString(name+"n") {
		t.Error("one byte more is not refused")
	}
}
