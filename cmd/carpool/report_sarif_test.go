package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // carries the schema
	"github.com/xeipuuv/gojsonschema"
)

// TestSARIFSchema holds reports against the official schema of SARIF 2.1.0.
func TestSARIFSchema(t *testing.T) {
	broken := sample()
	broken.fault = &fault{Code: codeUsage, Message: "no", Help: "type yes"}
	absolute := sample()
	absolute.findings[0].Range.Filename = "/etc/carpool/a b.hcl"
	official := sarifSchema(t)
	for name, r := range map[string]*report{"found": sample(), "clean": {}, "fault": broken, "absolute": absolute} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := writeSARIF(&got, r); err != nil {
				t.Fatal(err)
			}
			result, err := official.Validate(gojsonschema.NewBytesLoader(got.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			for _, wrong := range result.Errors() {
				t.Error(wrong)
			}
		})
	}
}

// sarifSchema takes the schema out of the source of go-sarif, which does not
// export it. (Its own Validate fails on null where a report leaves out what
// is optional.)
func sarifSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	pkg, err := build.Import("github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	literal := file.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
