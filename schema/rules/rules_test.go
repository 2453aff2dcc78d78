package rules

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// TestExamples runs each rule over the examples of its documentation: the bad
// ones yield exactly the findings that stand on their lines, the good ones
// pass every rule.
func TestExamples(t *testing.T) {
	for _, r := range All {
		doc, ok := DocOf(r.Code)
		if !ok {
			t.Errorf("%s has no testdata/%s.txtar", r.Code, r.Code)
			continue
		}
		for _, e := range doc.Bad {
			t.Run(r.Code+"/"+e.Name, func(t *testing.T) { wantFindings(t, r, e) })
		}
		for _, e := range doc.Good {
			t.Run(r.Code+"/"+e.Name, func(t *testing.T) {
				for _, d := range Check(decode(t, e)) {
					t.Errorf("%s: %s: %s", d.Subject, schema.FindingOf(d).Code, d.Summary)
				}
			})
		}
	}
}

func decode(t *testing.T, e Example) *schema.Cluster {
	t.Helper()
	src, diags := schema.Parse(map[string][]byte{e.Name: []byte(e.Text)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := schema.Decode(src, schema.Inputs{RequireSecrets: true})
	for _, d := range diags {
		t.Errorf("%s: %s; %s", d.Subject, d.Summary, d.Detail)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

var (
	wantComment = regexp.MustCompile(`(?:#|//)\s*want((?:\s+"(?:[^"\\]|\\.)*")+)`)
	wantString  = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

// expectation is one regular expression on its line.
type expectation struct {
	line int
	re   *regexp.Regexp
	met  bool
}

func expectations(t *testing.T, text string) []*expectation {
	var wants []*expectation
	for i, line := range strings.Split(text, "\n") {
		m := wantComment.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, s := range wantString.FindAllStringSubmatch(m[1], -1) {
			re, err := regexp.Compile(strings.ReplaceAll(s[1], `\"`, `"`))
			if err != nil {
				t.Fatal(err)
			}
			wants = append(wants, &expectation{line: i + 1, re: re})
		}
	}
	return wants
}

func wantFindings(t *testing.T, r *Rule, e Example) {
	wants := expectations(t, e.Text)
	if len(wants) == 0 {
		t.Fatal("the example expects no finding")
	}
	diags := run(r, decode(t, e))
	schema.Sort(diags)
	for _, d := range schema.Unique(diags) {
		if !meet(wants, d) {
			t.Errorf("%s: unexpected: %s", d.Subject, d.Summary)
		}
		if f := schema.FindingOf(d); f.Effect == "" || f.Help == "" {
			t.Errorf("%s: %q lacks an effect or help", d.Subject, d.Summary)
		}
	}
	for _, w := range wants {
		if !w.met {
			t.Errorf("line %d: no finding matches %q", w.line, w.re)
		}
	}
}

func meet(wants []*expectation, d *hcl.Diagnostic) bool {
	for _, w := range wants {
		if !w.met && d.Subject != nil && d.Subject.Start.Line == w.line && w.re.MatchString(d.Summary) {
			w.met = true
			return true
		}
	}
	return false
}

// TestAll holds what every rule owes its readers.
func TestAll(t *testing.T) {
	if !slices.IsSortedFunc(All, func(a, b *Rule) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("All is not sorted by code")
	}
	form := regexp.MustCompile(`^[A-Z]{2,5}[0-9]{3}$`)
	codes := map[string]bool{}
	for _, r := range All {
		if codes[r.Code] || slices.Contains(retired, r.Code) || !form.MatchString(r.Code) {
			t.Errorf("%s is no good code: used before, retired, or not FAMILY000", r.Code)
		}
		codes[r.Code] = true
		doc, _ := DocOf(r.Code)
		if doc.Why == "" || len(doc.Bad) == 0 || len(doc.Good) == 0 {
			t.Errorf("%s lacks a why, a bad or a good example", r.Code)
		}
		if r.Summary == "" || r.Effect == "" || r.Check == nil {
			t.Errorf("%s lacks a summary, an effect or a check", r.Code)
		}
	}
	files, err := fs.Glob(docs, "testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code := strings.TrimSuffix(strings.TrimPrefix(f, "testdata/"), ".txtar")
		if !codes[code] {
			t.Errorf("%s documents no rule", f)
		}
	}
}
