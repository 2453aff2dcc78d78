package rcconf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/syntax"

	"carpool/importer/internal/source"
)

// maxLint bounds the text that is looked at twice; a longer one is refused when it is run.
const maxLint = 256 << 10

// lint reports characters that look like others. It never changes what is read.
func (r *reader) lint(name string, src []byte) {
	if len(src) > maxLint {
		return
	}
	text := source.New(name, src)
	if i := bytes.Index(src, []byte("\r\n")); i >= 0 {
		r.in.Report(hcl.DiagWarning, text.Range(i, i+1), "Lines end in CR LF",
			"sh(1) takes the carriage return for a part of the value. Convert the file with \"tr -d '\\r'\".")
	}
	if !bytes.ContainsAny(src, strange) {
		return
	}
	start := 0
	for line := range bytes.Lines(src) {
		r.lintLine(text, start)
		start += len(line)
	}
}

// strange are the typographic quotes of web pages and the space that does not break.
const strange = "“”„‘’\u00a0"

// lintLine parses one line alone and looks at its unquoted text.
func (r *reader) lintLine(text *source.Text, start int) {
	line, _, _ := bytes.Cut(text.Bytes[start:], []byte("\n"))
	if !bytes.ContainsAny(line, strange) || len(line) > 4096 || bytes.Count(line, []byte("(")) > 50 {
		return
	}
	parser := syntax.NewParser(syntax.Variant(syntax.LangPOSIX))
	f, err := parser.Parse(bytes.NewReader(line), text.Name)
	if err != nil {
		return
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		if _, quoted := n.(*syntax.DblQuoted); quoted {
			return false
		}
		if lit, ok := n.(*syntax.Lit); ok {
			if i := strings.IndexAny(lit.Value, strange); i >= 0 {
				r.reportStrange(text, start+int(lit.Pos().Offset())+i)
				return false
			}
		}
		return true
	})
}

func (r *reader) reportStrange(text *source.Text, at int) {
	char := []rune(string(text.Bytes[at:min(at+4, len(text.Bytes))]))[0]
	end := at + len(string(char))
	r.in.Report(hcl.DiagWarning, text.Range(at, end), fmt.Sprintf("%q is no quote for sh(1)", char),
		"It became a part of the value, as happens to text copied from web pages; words after a space are then a command. Write a straight quote (or a plain space).")
}
