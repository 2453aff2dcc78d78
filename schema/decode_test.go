package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// testCase is one description of an archive: a file, or a folder of files. The
// file base.hcl of the archive belongs to each of them.
//
// An expected finding stands on its line as a comment, # want "regexp", and is
// matched against its code, summary, detail and help. In text that takes no
// comments, the file NAME.want has lines LINE "regexp"; line 0 is for findings
// without a place. Lines "# env K=V", "# var K=V" and "# secrets" say what is
// given from outside.
type testCase struct {
	files map[string][]byte
	in    Inputs
	wants []*wanted
}

type wanted struct {
	file string
	line int
	re   *regexp.Regexp
	met  bool
}

var (
	wantComment = regexp.MustCompile(`(?:#|//)\s*want((?:\s+"(?:[^"\\]|\\.)*")+)`)
	wantString  = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

func (c *testCase) add(t *testing.T, name string, data []byte) {
	t.Helper()
	if of, ok := strings.CutSuffix(name, ".want"); ok {
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			number, text, _ := strings.Cut(line, " ")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			c.want(t, of, n, text)
		}
		return
	}
	c.files[name] = data
	for i, line := range strings.Split(string(data), "\n") {
		if m := wantComment.FindStringSubmatch(line); m != nil {
			c.want(t, name, i+1, m[1])
		}
		switch {
		case strings.HasPrefix(line, "# env "):
			c.in.Env = append(c.in.Env, line[len("# env "):])
		case strings.HasPrefix(line, "# var "):
			c.in.Vars = append(c.in.Vars, VarArg{Text: line[len("# var "):]})
		case line == "# secrets":
			c.in.RequireSecrets = true
		}
	}
}

func (c *testCase) want(t *testing.T, file string, line int, text string) {
	t.Helper()
	for _, s := range wantString.FindAllStringSubmatch(text, -1) {
		re, err := regexp.Compile(strings.ReplaceAll(s[1], `\"`, `"`))
		if err != nil {
			t.Fatal(err)
		}
		if line == 0 {
			file = ""
		}
		c.wants = append(c.wants, &wanted{file: file, line: line, re: re})
	}
}

// testCases reads one archive.
func testCases(t *testing.T, name string) (map[string]*testCase, []string) {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	cases, order := map[string]*testCase{}, []string{}
	var base []byte
	for _, f := range a.Files {
		if f.Name == "base.hcl" {
			base = f.Data
			continue
		}
		of, _, _ := strings.Cut(strings.TrimSuffix(f.Name, ".want"), "/")
		c := cases[of]
		if c == nil {
			c = &testCase{files: map[string][]byte{}}
			cases[of], order = c, append(order, of)
			if base != nil {
				c.files["base.hcl"] = base
			}
		}
		c.add(t, f.Name, f.Data)
	}
	return cases, order
}

// TestDecode reads each description of testdata, which yields exactly the
// findings that it says it does.
func TestDecode(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives: ", err)
	}
	met := map[string]bool{}
	for _, a := range archives {
		cases, order := testCases(t, a)
		for _, name := range order {
			t.Run(strings.TrimSuffix(filepath.Base(a), ".txtar")+"/"+name, func(t *testing.T) {
				cases[name].run(t, met)
			})
		}
	}
	for _, c := range LanguageCodes {
		if !met[c.Code] {
			t.Errorf("no description yields %s", c.Code)
		}
	}
}

func (c *testCase) run(t *testing.T, met map[string]bool) {
	src, diags := Parse(c.files)
	if !diags.HasErrors() {
		_, more := Decode(src, c.in)
		diags = append(diags, more...)
	}
	for _, d := range diags {
		f := FindingOf(d)
		met[f.Code] = true
		at, text := place(d), fmt.Sprintf("%s: %s: %s Help: %s", f.Code, d.Summary, d.Detail, f.Help)
		if d.Summary == "" || d.Detail == "" || f.Code == "" {
			t.Errorf("%s: a finding without code, summary or detail: %q", at, text)
		}
		i := slices.IndexFunc(c.wants, func(w *wanted) bool {
			return !w.met && w.file == at.Filename && w.line == at.Start.Line && w.re.MatchString(text)
		})
		if i < 0 {
			t.Errorf("%s: unexpected: %s", at, text)
			continue
		}
		c.wants[i].met = true
	}
	for _, w := range c.wants {
		if !w.met {
			t.Errorf("%s:%d: no finding matches %q", w.file, w.line, w.re)
		}
	}
}

// FuzzDecode reads any text: it must neither panic nor accept what it reports.
func FuzzDecode(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		if a, err := txtar.ParseFile(name); err == nil && filepath.Base(name) != "limits.txtar" { // whose cases take seconds each
			for _, file := range a.Files {
				f.Add(file.Data, strings.HasSuffix(file.Name, ".json"))
			}
		}
	}
	examples, _ := filepath.Glob("../examples/*/*.hcl*")
	for _, name := range examples {
		if data, err := os.ReadFile(name); err == nil && !strings.Contains(name, "fleet") {
			f.Add(data, strings.HasSuffix(name, ".json"))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, json bool) {
		name := "fuzz.hcl"
		if json {
			name += ".json"
		}
		src, diags := Parse(map[string][]byte{name: data})
		c, more := Decode(src, Inputs{})
		if more.HasErrors() == (c != nil) {
			t.Errorf("errors: %v, but the cluster is %v", more, c)
		}
		for _, d := range append(diags, more...) {
			if d.Subject != nil {
				src.Excerpt(*d.Subject)
			}
		}
	})
}
