package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // carries the schema
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validators hold a report against what its format demands; each returns what
// is wrong.
var validators = map[string]func([]byte) error{
	"json":       strictly("../../docs/schemas/findings.schema.json"),
	"sarif":      validSARIF,
	"github":     validGitHub,
	"gitlab":     validGitLab,
	"junit":      validJUnit,
	"checkstyle": func(data []byte) error { return checkstyleElements.valid(data, "checkstyle") },
	"rdjson":     strictly("testdata/schema/rdjson.schema.json"),
}

// strictly returns a validator for a JSON schema that allows no properties
// but those it lists, so that the schema cannot fall behind.
func strictly(file string) func([]byte) error {
	compiled := sync.OnceValues(func() (*jsonschema.Schema, error) {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		closeObjects(doc)
		return compileSchema(filepath.Base(file), doc)
	})
	return func(data []byte) error {
		schema, err := compiled()
		if err != nil {
			return err
		}
		return validJSON(schema, data)
	}
}

// closeObjects forbids further properties wherever some are listed.
func closeObjects(doc any) {
	switch doc := doc.(type) {
	case map[string]any:
		_, lists := doc["properties"].(map[string]any)
		if _, says := doc["additionalProperties"]; lists && !says {
			doc["additionalProperties"] = false
		}
		for _, v := range doc {
			closeObjects(v)
		}
	case []any:
		for _, v := range doc {
			closeObjects(v)
		}
	}
}

func compileSchema(name string, doc any) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test:"+name, doc); err != nil {
		return nil, err
	}
	return c.Compile("urn:test:" + name)
}

func validJSON(schema *jsonschema.Schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

// officialSARIF takes the schema out of the source of go-sarif, which does not
// export it.
var officialSARIF = sync.OnceValues(func() (*jsonschema.Schema, error) {
	pkg, err := build.Import("github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", ".", build.FindOnly)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	literal := file.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return compileSchema("sarif", doc)
})

func validSARIF(data []byte) error {
	schema, err := officialSARIF()
	if err != nil {
		return err
	}
	return validJSON(schema, data)
}

var gitlabSchema = strictly("testdata/schema/gitlab.schema.json")

// validGitLab also wants every fingerprint once: GitLab drops a finding whose
// fingerprint it has seen.
func validGitLab(data []byte) error {
	if err := gitlabSchema(data); err != nil {
		return err
	}
	var issues []gitlabIssue
	if err := json.Unmarshal(data, &issues); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if seen[i.Fingerprint] {
			return fmt.Errorf("two findings have the fingerprint %s", i.Fingerprint)
		}
		seen[i.Fingerprint] = true
	}
	return nil
}

// githubLine is a workflow command as actions/runner reads it
// (src/Runner.Common/ActionCommand.cs): properties divided by commas, a value
// without a colon or comma that is not escaped, and text up to the line's end.
var githubLine = regexp.MustCompile(`^::(error|warning|notice) ((?:[a-zA-Z]+=[^,:\r\n]+)(?:,[a-zA-Z]+=[^,:\r\n]+)*)::[^\r]+$`)

func validGitHub(data []byte) error {
	properties := []string{"file", "line", "endLine", "col", "endColumn", "title"}
	for _, line := range strings.SplitAfter(string(data), "\n") {
		if line == "" {
			continue
		}
		m := githubLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			return fmt.Errorf("no workflow command: %q", line)
		}
		for _, p := range strings.Split(m[2], ",") {
			name, value, _ := strings.Cut(p, "=")
			if _, err := strconv.Atoi(value); !slices.Contains(properties, name) || (name != "file" && name != "title" && err != nil) {
				return fmt.Errorf("property %q", p)
			}
		}
	}
	return nil
}

// elements says which attributes and children the elements of a format have.
type elements map[string]element

type element struct {
	required, optional map[string]*regexp.Regexp
	children           []string
	text               bool
}

var (
	anyText    = regexp.MustCompile(`(?s)^.*$`)
	someText   = regexp.MustCompile(`(?s)^.+$`)
	natural    = regexp.MustCompile(`^[0-9]+$`)
	seconds    = regexp.MustCompile(`^[0-9]+(\.[0-9]{1,3})?$`)
	badness    = regexp.MustCompile(`^(ignore|info|warning|error)$`)
	javaSource = regexp.MustCompile(`^[A-Za-z0-9._$]+$`)
)

// checkstyleElements is what Checkstyle's own XMLLogger writes (checkstyle
// 10, com.puppycrawl.tools.checkstyle.XMLLogger); it publishes no schema.
var checkstyleElements = elements{
	"checkstyle": {required: map[string]*regexp.Regexp{"version": someText}, children: []string{"file"}},
	"file":       {required: map[string]*regexp.Regexp{"name": someText}, children: []string{"error"}},
	"error": {
		required: map[string]*regexp.Regexp{"line": natural, "severity": badness, "message": someText, "source": javaSource},
		optional: map[string]*regexp.Regexp{"column": natural},
	},
}

// junitElements is the part of junit-10.xsd that carpool fills in, the schema
// with which Jenkins' xUnit plugin checks reports.
var junitElements = elements{
	"testsuites": {
		optional: map[string]*regexp.Regexp{"name": anyText, "time": seconds, "tests": natural, "failures": natural, "errors": natural},
		children: []string{"testsuite"},
	},
	"testsuite": {
		required: map[string]*regexp.Regexp{"name": anyText, "tests": natural, "failures": natural, "errors": natural},
		optional: map[string]*regexp.Regexp{"skipped": natural, "time": seconds, "timestamp": someText, "hostname": anyText, "id": anyText, "package": anyText, "file": anyText},
		children: []string{"testcase", "system-out", "system-err", "properties"},
	},
	"testcase": {
		required: map[string]*regexp.Regexp{"name": anyText},
		optional: map[string]*regexp.Regexp{"classname": anyText, "time": anyText, "group": anyText},
		children: []string{"skipped", "error", "failure", "system-out", "system-err"},
	},
	"failure":    {optional: map[string]*regexp.Regexp{"type": anyText, "message": anyText}, text: true},
	"error":      {optional: map[string]*regexp.Regexp{"type": anyText, "message": anyText}, text: true},
	"system-out": {text: true},
}

// valid holds a document against the elements.
func (es elements) valid(data []byte, root string) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	var open []string
	begun := false
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := es.validStart(t, open, root); err != nil {
				return err
			}
			open, begun = append(open, t.Name.Local), true
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && !es[open[len(open)-1]].text && len(bytes.TrimSpace(t)) > 0 {
				return fmt.Errorf("text in <%s>: %q", open[len(open)-1], t)
			}
		}
	}
	if !begun {
		return errors.New("no document")
	}
	return nil
}

func (es elements) validStart(t xml.StartElement, open []string, root string) error {
	name := t.Name.Local
	if len(open) == 0 && name != root || len(open) > 0 && !slices.Contains(es[open[len(open)-1]].children, name) {
		return fmt.Errorf("<%s> in %q", name, open)
	}
	e := es[name]
	missing := maps.Clone(e.required)
	for _, a := range t.Attr {
		form := e.required[a.Name.Local]
		if form == nil {
			form = e.optional[a.Name.Local]
		}
		if form == nil || !form.MatchString(a.Value) {
			return fmt.Errorf("<%s %s=%q>", name, a.Name.Local, a.Value)
		}
		delete(missing, a.Name.Local)
	}
	if len(missing) > 0 {
		return fmt.Errorf("<%s> lacks %q", name, slices.Sorted(maps.Keys(missing)))
	}
	return nil
}

// validJUnit also holds that the counts are those of what follows.
func validJUnit(data []byte) error {
	if err := junitElements.valid(data, "testsuites"); err != nil {
		return err
	}
	var r junitReport
	if err := xml.Unmarshal(data, &r); err != nil {
		return err
	}
	for _, s := range r.Suites {
		failures, broken := 0, 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				broken++
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != broken {
			return fmt.Errorf("the counts of %s are wrong", s.Name)
		}
	}
	return nil
}
