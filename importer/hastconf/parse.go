package hastconf

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
)

// Arguments of the keywords: a word, a number, or one of some reserved words.
const (
	argWord   = ""
	argNumber = "number"
)

// arguments says what follows each keyword (sbin/hastd/parse.y, 13.2).
var arguments = map[string]string{
	"control":     argWord,
	"pidfile":     argWord,
	"listen":      argWord,
	"exec":        argWord,
	"name":        argWord,
	"local":       argWord,
	"source":      argWord,
	"remote":      argWord, // or none
	"timeout":     argNumber,
	"replication": "fullsync memsync async",
	"checksum":    "none crc32 sha256",
	"compression": "none hole lzf",
	"metaflush":   "on off",
}

// The keywords of each level, as the grammar admits them.
const (
	globalWords       = "control pidfile listen replication checksum compression timeout exec metaflush"
	nodeWords         = "control pidfile listen"
	resourceWords     = "replication checksum compression timeout exec metaflush name local"
	resourceNodeWords = "name local remote source metaflush"
)

type parser struct {
	text   *source.Text
	tokens []token
	diags  hcl.Diagnostics
	failed bool // hastd stops at the first syntax error, and so do we
}

// Parse reads the file as hastd's parser does. With a syntax error the File holds what
// stands before it, and the error carries hastd's own words.
func Parse(filename string, src []byte) (*File, hcl.Diagnostics) {
	text := source.New(filename, src)
	lex := lexer{text: text}
	p := &parser{text: text, tokens: lex.tokens()}
	f := &File{Name: filename}
	for !p.failed && p.peek().kind != end {
		p.statement(f)
	}
	p.diags = append(p.diags, checkFile(f)...)
	diags := append(p.diags, lex.diags...)
	sortDiags(diags)
	return f, diags
}

func (p *parser) statement(f *File) {
	switch t := p.peek(); {
	case t.is("on"):
		if n := p.node(nodeWords); n != nil {
			f.Nodes = append(f.Nodes, n)
		}
	case t.is("resource"):
		if r := p.resource(); r != nil {
			f.Resources = append(f.Resources, r)
		}
	case t.kind == keyword && listed(globalWords, t.text):
		if s, ok := p.setting(); ok {
			f.Settings = append(f.Settings, s)
		}
	default:
		p.unexpected("a global setting, \"on\" or \"resource\"")
	}
}

func (p *parser) resource() *Resource {
	first := p.next()
	r := &Resource{Name: p.name("resource"), Range: p.span(first)}
	p.brace(open)
	for !p.failed && p.peek().kind != closing {
		switch t := p.peek(); {
		case t.is("on"):
			if n := p.node(resourceNodeWords); n != nil {
				r.Nodes = append(r.Nodes, n)
			}
		case t.kind == keyword && listed(resourceWords, t.text):
			if s, ok := p.setting(); ok {
				r.Settings = append(r.Settings, s)
			}
		default:
			p.unexpected("a setting of a resource, \"on\" or \"}\"")
		}
	}
	return closed(p, first, r, &r.Range)
}

func (p *parser) node(words string) *Node {
	first := p.next()
	n := &Node{Name: p.name("host"), Range: p.span(first)}
	p.brace(open)
	for !p.failed && p.peek().kind != closing {
		if t := p.peek(); t.kind != keyword || !listed(words, t.text) {
			p.unexpected("one of " + words + ", or \"}\"")
		} else if s, ok := p.setting(); ok {
			n.Settings = append(n.Settings, s)
		}
	}
	return closed(p, first, n, &n.Range)
}

// closed reads the closing brace of a section and completes its range.
func closed[T any](p *parser, first token, section *T, r *hcl.Range) *T {
	last := p.brace(closing)
	if p.failed {
		return nil
	}
	*r = p.text.Range(first.start, last.end)
	return section
}

// setting reads a keyword and its argument.
func (p *parser) setting() (Setting, bool) {
	first := p.next()
	admitted := arguments[first.text]
	t := p.peek()
	switch {
	case admitted == argWord && t.kind == word:
	case admitted == argNumber && t.kind == number:
	case first.text == "remote" && t.is("none"):
	case t.kind == keyword && listed(admitted, t.text):
	default:
		p.unexpected(expectation(first.text, admitted))
		return Setting{}, false
	}
	p.next()
	return Setting{first.text, p.value(t), p.text.Range(first.start, t.end)}, true
}

func expectation(word, admitted string) string {
	switch admitted {
	case argWord:
		return "the argument of \"" + word + "\", a word that is neither all digits nor reserved"
	case argNumber:
		return "the argument of \"" + word + "\", a number"
	}
	return "one of " + admitted + " after \"" + word + "\""
}

func (p *parser) name(of string) Value {
	t := p.peek()
	if t.kind != word {
		p.unexpected("the name of a " + of + ", a word that is neither all digits nor reserved")
		return Value{}
	}
	p.next()
	return p.value(t)
}

func (p *parser) brace(k kind) token {
	if p.failed {
		return token{}
	}
	if p.peek().kind != k {
		p.unexpected(map[kind]string{open: "\"{\"", closing: "\"}\""}[k])
		return token{}
	}
	return p.next()
}

// unexpected reports a syntax error at the next token, in hastd's words: lines are
// counted from 0 there.
func (p *parser) unexpected(wanted string) {
	if p.failed {
		return
	}
	p.failed = true
	t := p.peek()
	subject := p.text.Range(t.start, t.end)
	detail := fmt.Sprintf("hastd and hastctl refuse the whole file: \"Unable to parse configuration file at line %d near '%s': "+
		"syntax error\" (they count lines from 0). Expected here: %s.", subject.Start.Line-1, t.text, wanted)
	p.diags = append(p.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Syntax error in hast.conf: " + describe(t),
		Detail:   detail,
		Subject:  &subject,
	})
}

func describe(t token) string {
	switch t.kind {
	case end:
		return "the file ends too early"
	case number:
		return fmt.Sprintf("the number %s is not allowed here", t.text)
	case keyword:
		return fmt.Sprintf("the reserved word %q is not allowed here", t.text)
	}
	return fmt.Sprintf("%q is not allowed here", t.text)
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) value(t token) Value { return Value{t.text, p.text.Range(t.start, t.end)} }

func (p *parser) span(t token) hcl.Range { return p.text.Range(t.start, t.end) }

func (t token) is(text string) bool { return t.kind == keyword && t.text == text }

func listed(words, w string) bool {
	for _, x := range strings.Fields(words) {
		if x == w {
			return true
		}
	}
	return false
}
