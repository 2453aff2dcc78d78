package hastconf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

var release13 = schema.Release{Major: 13, Minor: 2}

// messages returns what was found as "line:column summary".
func messages(diags hcl.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		list = append(list, fmt.Sprintf("%d:%d %s", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary))
	}
	return list
}

func TestParseFindings(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"empty", "", nil},
		{"quotes and semicolons", "listen \"10.0.0.1\";\n", []string{
			`1:8 "\"" is ignored`, `1:17 "\";" is ignored`}},
		{"curly quotes", "listen “10.0.0.1”\n", []string{
			`1:8 Curly quote "“" is ignored`, `1:17 Curly quote "”" is ignored`}},
		{"carriage returns once", "timeout 5\r\ntimeout 6\r\n", []string{`1:10 "\r" is ignored`}},
		{"comment", "# resource\ntimeout 5 # on\n", nil},
		{"comment without newline", "timeout 5\n# five", []string{
			`2:1 Comment without a final newline`, `2:3 Syntax error in hast.conf: "five" is not allowed here`}},
		{"number as name", "resource 1 { }\n", []string{`1:10 Syntax error in hast.conf: the number 1 is not allowed here`}},
		{"keyword as name", "resource local { }\n", []string{`1:10 Syntax error in hast.conf: the reserved word "local" is not allowed here`}},
		{"upper case is no keyword", "Timeout 5\n", []string{`1:1 Syntax error in hast.conf: "Timeout" is not allowed here`}},
		{"scope", "listen fe80::1%em0\n", []string{`1:15 "%" is ignored`, `1:16 Syntax error in hast.conf: "em0" is not allowed here`}},
		{"missing brace", "resource r { local /dev/a\n", []string{`2:1 Syntax error in hast.conf: the file ends too early`}},
		{"zero timeout", "timeout 0\n", []string{"1:9 Negative or zero timeout."}},
		{"timeout wraps", "timeout 2147483648\ntimeout 99999999999999999999\ntimeout 4294967297\n", []string{
			"1:9 Negative or zero timeout.", "2:9 Negative or zero timeout."}},
		{"twice", "resource r { }\nresource r { }\n", []string{"2:10 Resource r configured more than once."}},
		{"all", "resource all { }\n", []string{`1:10 A resource called "all" cannot be addressed`}},
		{"long", "listen " + strings.Repeat("a", 1024) + "\n", []string{"1:8 listen argument is too long."}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, diags := Parse("hast.conf", []byte(test.src))
			if d := cmp.Diff(test.want, messages(diags)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestSyntaxErrorWords: hastd counts lines from 0.
func TestSyntaxErrorWords(t *testing.T) {
	_, diags := Parse("hast.conf", []byte("timeout 5\ntimeout five\n"))
	const want = "Unable to parse configuration file at line 1 near 'five': syntax error"
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, want) {
		t.Errorf("got %v, want %q in it", diags, want)
	}
}

const inheritance = `
resource r0 {
	name prov
	local /dev/a
	timeout 7
	metaflush off
	on a { remote 10.0.0.2 source 10.0.0.1 local /dev/b metaflush on }
	on b { remote none }
}
resource r1 {
	on a { remote b local /dev/c }
	on b { remote a local /dev/d }
}
on a { control /var/run/ctl listen 10.0.0.1 }
on b { listen 10.0.0.2 }
listen 10.9.9.9
timeout 9
checksum crc32
`

func TestForHost(t *testing.T) {
	f, diags := Parse("hast.conf", []byte(inheritance))
	if diags != nil {
		t.Fatal(diags)
	}
	show := func(host string) string {
		c, diags := f.ForHost(Host{Name: host}, release13)
		if diags.HasErrors() {
			return diags.Error()
		}
		var b strings.Builder
		fmt.Fprintln(&b, c.Control.Text, c.PIDFile.Text)
		for _, l := range c.Listen {
			fmt.Fprintln(&b, "listen", l.Text)
		}
		for _, r := range c.Resources {
			fmt.Fprintln(&b, r.Name.Text, r.Provider.Text, r.Local.Text, r.Remote.Text, r.Source.Text, r.Replication.Text,
				r.Checksum.Text, r.Compression.Text, r.Timeout.Text, r.Metaflush.Text)
		}
		return b.String()
	}
	want := map[string]string{
		"a.example.org": "/var/run/ctl /var/run/hastd.pid\nlisten 10.0.0.1\nlisten 10.9.9.9\n" +
			"r0 prov /dev/b 10.0.0.2 10.0.0.1 memsync crc32 hole 7 on\n" +
			"r1 r1 /dev/c b  memsync crc32 hole 9 on\n",
		"b": "/var/run/hastctl /var/run/hastd.pid\nlisten 10.0.0.2\nlisten 10.9.9.9\n" +
			"r0 prov /dev/a none  memsync crc32 hole 7 off\n" +
			"r1 r1 /dev/d a  memsync crc32 hole 9 on\n",
	}
	for host, text := range want {
		if d := cmp.Diff(text, show(host)); d != "" {
			t.Errorf("%s: %s", host, d)
		}
	}
}

func TestForHostErrors(t *testing.T) {
	const uuid = "4c4c4544-0051-3410-8051-b4c04f4d4d32"
	tests := []struct {
		name, src string
		host      Host
		release   schema.Release
		want      []string
	}{
		{"no section", "resource r { on a { remote b local /d } }\n", Host{Name: "c.example.org", UUID: "u"}, release13,
			[]string{"1:10 No resource r configuration for this node (acceptable node names: c, c.example.org, u, hostid2071416575)."}},
		{"case matters", "resource r { on A { remote b local /d } }\n", Host{Name: "a"}, release13,
			[]string{"1:10 No resource r configuration for this node (acceptable node names: a, its kern.hostuuid, its hostid)."}},
		{"uuid", "resource r { on " + strings.ToUpper(uuid) + " { remote b local /d } }\n", Host{Name: "a", UUID: uuid}, release13, nil},
		{"no remote", "resource r { on a { local /d } }\n", Host{Name: "a"}, release13,
			[]string{"1:1 Remote address not configured for resource r."}},
		{"no local", "resource r { on a { remote b } }\n", Host{Name: "a"}, release13,
			[]string{"1:1 Path to local component not configured for resource r."}},
		{"two sections", "resource r { on a.b { local /d } on a { remote b } }\n", Host{Name: "a.b"}, release13,
			[]string{"1:37 Two sections of resource r belong to host a.b"}},
		{"8.1", "checksum none\n", Host{Name: "a"}, schema.Release{Major: 8, Minor: 1},
			[]string{`1:1 hastd of FreeBSD 8.1 does not know "checksum"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, diags := Parse("hast.conf", []byte(test.src))
			if diags != nil {
				t.Fatal(diags)
			}
			_, diags = f.ForHost(test.host, test.release)
			if d := cmp.Diff(test.want, messages(diags)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDefaultsByRelease(t *testing.T) {
	f, _ := Parse("hast.conf", []byte("resource r { on a { remote b local /d } }\n"))
	for release, want := range map[schema.Release]string{
		{Major: 8, Minor: 1}: "fullsync 5", {Major: 9, Minor: 1}: "fullsync 20", {Major: 8, Minor: 4}: "memsync 20",
		{Major: 9, Minor: 2}: "memsync 20", {Major: 15, Minor: 0}: "memsync 20",
	} {
		c, _ := f.ForHost(Host{Name: "a"}, release)
		r := c.Resource("r")
		if got := r.Replication.Text + " " + r.Timeout.Text; got != want || r.Timeout.IsSet() {
			t.Errorf("%s: got %s, want %s", release, got, want)
		}
	}
}

// TestPublished reads setups as they were published, each as its own host.
func TestPublished(t *testing.T) {
	files, _ := filepath.Glob("../testdata/corpus/*/expect/*/hast.conf")
	if len(files) == 0 {
		t.Fatal("no files")
	}
	// The one that does not parse holds a placeholder of its generator.
	broken := map[string]bool{"30-coscup-hast-gce": true}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(file)
		setup, host := filepath.Base(filepath.Dir(filepath.Dir(dir))), filepath.Base(dir)
		f, diags := Parse(file, src)
		if diags.HasErrors() != broken[setup] {
			t.Errorf("%s: %v", file, diags)
		}
		if c, diags := f.ForHost(Host{Name: host}, release13); !broken[setup] && (diags.HasErrors() || len(c.Resources) == 0) {
			t.Errorf("%s: %v", file, diags)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(inheritance))
	f.Add([]byte("resource r{on a{remote “b”;}}#"))
	f.Fuzz(func(t *testing.T, src []byte) {
		file, diags := Parse("hast.conf", src)
		for _, d := range diags {
			if d.Subject == nil || d.Subject.End.Byte > len(src) {
				t.Fatalf("bad range: %v", d)
			}
		}
		file.ForHost(Host{Name: "a.b"}, release13)
	})
}
