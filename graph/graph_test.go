package graph

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carpool/schema"
)

var update = flag.Bool("update", false, "rewrite the pictures in testdata")

// languages are the writers, by the ending of the files that hold the pictures.
var languages = map[string]func(*Picture, io.Writer) error{
	"svg": (*Picture).SVG, "dot": (*Picture).DOT, "mmd": (*Picture).Mermaid,
}

// parts names what is drawn of an example that is too large to be kept whole.
var parts = map[string][]string{"fleet": {"pair000a", "pair011b"}}

func examples(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("../examples/*/cluster.hcl*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no examples: ", err)
	}
	for i, d := range dirs {
		dirs[i] = filepath.Base(filepath.Dir(d))
	}
	return dirs
}

func load(t *testing.T, files map[string][]byte) *schema.Cluster {
	t.Helper()
	src, diags := schema.Parse(files)
	c, more := schema.Decode(src, schema.Inputs{})
	for _, d := range append(diags, more...) {
		if schema.FindingOf(d).Severity == schema.Error {
			t.Fatalf("%v: %s", d.Subject, d.Summary)
		}
	}
	return c
}

func example(t *testing.T, name string) *schema.Cluster {
	t.Helper()
	src, diags, err := schema.Load(filepath.Join("../examples", name))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	c, diags := schema.Decode(src, schema.Inputs{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

func draw(t *testing.T, p *Picture, language string) string {
	t.Helper()
	var b bytes.Buffer
	if err := languages[language](p, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPictures compares the picture of every example with the one in testdata.
func TestPictures(t *testing.T) {
	for _, name := range examples(t) {
		p := Of(example(t, name))
		if unknown := p.Select(parts[name], nil); unknown != "" {
			t.Fatalf("%s has no %s", name, unknown)
		}
		for language := range languages {
			got := draw(t, p, language)
			file := filepath.Join("testdata", name+"."+language)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-testdata +drawn); `make golden` rewrites it:\n%s", file, d)
			}
		}
	}
}

// TestComplete holds that every block of every example is named in every
// picture of it.
func TestComplete(t *testing.T) {
	for _, name := range examples(t) {
		c := example(t, name)
		var want []string
		for _, b := range c.Networks {
			want = append(want, "network "+b.Name)
		}
		for _, b := range c.Nodes {
			want = append(want, b.Name)
		}
		for _, b := range c.VIPs {
			want = append(want, "vip "+b.Name)
		}
		for _, b := range c.HASTs {
			want = append(want, "hast "+b.Name)
		}
		for _, b := range c.Zpools {
			want = append(want, "zpool "+b.Name)
		}
		for _, b := range c.UFSs {
			want = append(want, "ufs "+b.Name)
		}
		for _, b := range c.PFSyncs {
			want = append(want, "pfsync "+b.Name)
		}
		for _, b := range c.Failovers {
			want = append(want, "failover "+b.Name)
		}
		for language := range languages {
			got := draw(t, Of(c), language)
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("the %s of %s lacks %q", language, name, w)
				}
			}
		}
	}
}

const pair = `
cluster "c" { freebsd = "15.0" }
network "n" { prefixes = ["10.0.0.0/24"] }
network "unused" { prefixes = ["10.9.0.0/24"] }
node "a" {
  interface "em0" {
    network = network.n
    addresses = ["10.0.0.1"]
  }
}
node "b" {
  interface "em0" {
    network = network.n
    addresses = ["10.0.0.2"]
  }
}
node "lone" {
  managed = false
  interface "em0" {
    network = network.n
    addresses = ["10.0.0.3"]
  }
}
`

// TestElection: who is preferred follows from what CARP and VRRP compare.
func TestElection(t *testing.T) {
	tests := []struct{ name, vip, want string }{
		{"prefer", `prefer = [node.b, node.a]`, "b 1st, advskew 50; a 2nd, advskew 100"},
		{"stated", "on \"a\" { advskew = 30 }\n on \"b\" { advskew = 7 }", "b 1st, advskew 7; a 2nd, advskew 30"},
		{"advbase counts for more", "on \"a\" {\n advbase = 2\n advskew = 0\n }\n on \"b\" { advskew = 240 }", "b 1st, advskew 240; a 2nd, advskew 0, advbase 2"},
		{"equal", "advskew = 5\n nodes = [node.a, node.b]", "a 1st, advskew 5; b 1st, advskew 5"},
		{"vrrp", "protocol = \"vrrp\"\n prefer = [node.b, node.a]", "b 1st, vrrpprio 200; a 2nd, vrrpprio 190"},
	}
	for _, test := range tests {
		c := load(t, map[string][]byte{"main.hcl": []byte(pair + "vip \"v\" {\n network = network.n\n vhid = 1\n addresses = [\"10.0.0.9\"]\n" + test.vip + "\n}\n")})
		var got []string
		for _, m := range vipOf(c.VIPs[0]).Members {
			got = append(got, m.Node+" "+m.String())
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
}

// TestGroups: hosts that share nothing are drawn apart; a part can be chosen.
func TestGroups(t *testing.T) {
	text := pair + `
vip "v" {
  network = network.n
  vhid = 1
  addresses = ["10.0.0.9"]
  nodes = [node.a, node.b]
}
failover "f" { vip = vip.v }
`
	tests := []struct {
		name             string
		hosts, failovers []string
		want, unknown    string
	}{
		{"all", nil, nil, "a, b; lone; networks without hosts", ""},
		{"a host", []string{"lone"}, nil, "lone", ""},
		{"a failover", nil, []string{"f"}, "a, b", ""},
		{"both", []string{"lone"}, []string{"f"}, "a, b; lone", ""},
		{"no such host", []string{"a", "zz"}, nil, "a, b", "zz"},
		{"no such failover", nil, []string{"lone"}, "", "lone"},
	}
	for _, test := range tests {
		p := Of(load(t, map[string][]byte{"main.hcl": []byte(text)}))
		unknown := p.Select(test.hosts, test.failovers)
		var got []string
		for i := range p.Groups {
			got = append(got, p.Groups[i].title())
		}
		if s := strings.Join(got, "; "); s != test.want || unknown != test.unknown {
			t.Errorf("%s: %q (unknown %q), want %q (%q)", test.name, s, unknown, test.want, test.unknown)
		}
	}
}

// hostile is text that means something to one of the grammars.
var hostile = []string{
	`plain`, `a"b`, `a\"b`, `back\slash\`, `\n\l\N`, `<b>&amp;</b>`, `]]>--><script>alert(1)</script>`, `#quot;`, `%%{init: {}}%%`,
	`"]; click n0 "javascript:alert(1)"`, "`markdown`", `style: x#1;`, `classDef a:b#2;`, `end`, `1. list`, `東京`, `a;b|c`, `${x}`, `&#35;`,
}

// names makes a picture whose every text is s.
func names(s string) *Picture {
	s = clean(s)
	return &Picture{Title: s, Groups: []Group{{
		Networks:  []Network{{Name: s, Prefixes: []string{s}, Gateway: s}},
		Nodes:     []Node{{Name: s, Hostname: s + s, Release: s, Remark: s, Interfaces: []Interface{{Name: s, Network: s, Addresses: []string{s, s}, Made: s}}}},
		VIPs:      []VIP{{Name: s, Network: s, VHID: 1, Protocol: "carp", Addresses: []string{s}, Members: []Candidate{{s, 1, s}}}},
		HASTs:     []HAST{{Name: s, Replication: s, Disks: []Disk{{s, s}}, Above: []string{s}}},
		Syncs:     []Sync{{Name: s, Network: s, Mode: s, Nodes: []string{s}}},
		Failovers: []Failover{{Name: s, VIPs: []string{s}, Storage: []Storage{{"zpool", s, []string{s}}}, Services: []string{s, s}, Failback: s, Members: []Candidate{{s, 1, s}}}},
	}}}
}

// FuzzPictures reads back what was drawn: whatever the names, the texts are
// the same and nothing but text has changed.
func FuzzPictures(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // no block is without a name
		}
		p := names(s)
		readsDOT(t, draw(t, p, "dot"), "network "+clean(s)+"\n")
		readsMermaid(t, draw(t, p, "mmd"), "network "+clean(s)+"\n")
		readsSVG(t, draw(t, p, "svg"), short("network "+clean(s)))
	})
}

// readsSVG holds that the text is well formed, has no element or attribute
// but ours, and shows the label.
func readsSVG(t *testing.T, text, label string) {
	t.Helper()
	ours := regexp.MustCompile(`^(svg|title|style|rect|line|circle|text|g)$`)
	found := false
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !ours.MatchString(token.Name.Local) {
				t.Errorf("element %s", token.Name.Local)
			}
		case xml.CharData:
			found = found || string(token) == label
		}
	}
	if !found {
		t.Errorf("%q is not shown", label)
	}
}

var dotString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// readsDOT takes the strings out as Graphviz does, holds that what is left is
// the same for every name, and unescapes the label.
func readsDOT(t *testing.T, text, label string) {
	t.Helper()
	bare := func(s string) string { return dotString.ReplaceAllString(s, `""`) }
	if d := cmp.Diff(bare(draw(t, names("x"), "dot")), bare(text)); d != "" {
		t.Fatalf("a name changes the graph: %s", d)
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", "&amp;", "&")
	for _, s := range dotString.FindAllString(text, -1) {
		if strings.HasPrefix(unescape.Replace(s[1:len(s)-1]), label) {
			return
		}
	}
	t.Errorf("%q is not shown:\n%s", label, text)
}

var (
	mermaidString = regexp.MustCompile(`"[^"]*"`)
	mermaidEntity = regexp.MustCompile(`#(\d+);`)
)

// readsMermaid does the same for Mermaid, after the substitutions with which
// its preprocessor begins.
func readsMermaid(t *testing.T, text, label string) {
	t.Helper()
	bare := func(s string) string { return mermaidString.ReplaceAllString(s, `""`) }
	if d := cmp.Diff(bare(draw(t, names("x"), "mmd")), bare(text)); d != "" {
		t.Fatalf("a name changes the graph: %s", d)
	}
	for _, broken := range []string{`style.*:\S*#.*;`, `classDef.*:\S*#.*;`, `%%`} {
		if m := regexp.MustCompile(broken).FindString(text); m != "" {
			t.Errorf("the preprocessor changes %q", m)
		}
	}
	for _, s := range mermaidString.FindAllString(text, -1) {
		s = strings.ReplaceAll(s[1:len(s)-1], "<br/>", "\n")
		s = mermaidEntity.ReplaceAllStringFunc(s, func(e string) string {
			n, err := strconv.Atoi(e[1 : len(e)-1])
			if err != nil {
				t.Fatal(err)
			}
			return string(rune(n))
		})
		if strings.HasPrefix(s, label) {
			return
		}
	}
	t.Errorf("%q is not shown:\n%s", label, text)
}
