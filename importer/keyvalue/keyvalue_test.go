package keyvalue

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"carpool/importer/tree"
	"carpool/schema"
)

var (
	release9  = schema.Release{Major: 9, Minor: 3}
	release13 = schema.Release{Major: 13, Minor: 2}
)

func show(list List, diags hcl.Diagnostics) []string {
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprintf("%d %s=%s", e.Range.Start.Line, e.Name, e.Value))
	}
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%d %s", d.Subject.Start.Line, d.Summary))
	}
	return out
}

func TestSysctl(t *testing.T) {
	tests := []struct {
		src     string
		release schema.Release
		want    []string
	}{
		{"# c\nnet.inet.carp.preempt=1\n", release13, []string{"2 net.inet.carp.preempt=1"}},
		{"a = 1 # c\n", release13, []string{"1 a=1"}},
		{"a: 'b # c' # d\n", release13, []string{"1 a=b # c"}},
		{"a=\"x\"\na\n", release13, []string{"1 a=x", "2 No value for a"}},
		{"a=b\\#c#d", release13, []string{`1 a=b\#c`}},
		{"a=1 b\n#x\nc=2", release9, []string{"1 a=1", "3 The last line does not count"}},
		{"a = 1\n", release9, []string{"1 No value for a"}},
	}
	for _, test := range tests {
		if d := cmp.Diff(test.want, show(ParseSysctl("sysctl.conf", []byte(test.src), test.release))); d != "" {
			t.Errorf("%q: %s", test.src, d)
		}
	}
}

func TestLoader(t *testing.T) {
	tests := []struct {
		src  string
		want []string
	}{
		{"carp_load=\"YES\" # c\n", []string{"1 carp_load=YES"}},
		{" a.b = 5\n\n# c\n", []string{"1 a.b=5"}},
		{"a=\"x\\\"y\"\n", []string{`1 a=x"y`}},
		{"a=\"x\" \"y\"\n", []string{"1 Not a setting of the loader"}},
		{"a=“YES”\nb=$c\n", []string{"1 Not a setting of the loader", "2 Not a setting of the loader"}},
	}
	for _, test := range tests {
		if d := cmp.Diff(test.want, show(ParseLoader("loader.conf", []byte(test.src), release13))); d != "" {
			t.Errorf("%q: %s", test.src, d)
		}
	}
}

func TestFilesOfATree(t *testing.T) {
	tr := tree.Memory(map[string][]byte{
		"/boot/loader.conf":           []byte("a=1\n"),
		"/boot/loader.conf.local":     []byte("a=2\n"),
		"/boot/loader.conf.d/x.conf":  []byte("a=3\n"),
		"/boot/loader.conf.d/x.other": []byte("a=4\n"),
		"/etc/sysctl.conf.local":      []byte("s=1\n"),
	})
	for release, want := range map[schema.Release]string{release9: "2", release13: "3"} {
		list, _ := Loader(tr, release)
		if got := list.Last("a").Value; got != want {
			t.Errorf("%s: got %s", release, got)
		}
	}
	if list, _ := Sysctl(tr, release13); len(list) != 1 {
		t.Error(list)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a='b#c' # d\ne: \"f\\\"\" g\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, r := range []schema.Release{release9, release13} {
			ParseSysctl("s", src, r)
			ParseLoader("l", src, r)
		}
	})
}
