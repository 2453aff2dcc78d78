package devdconf

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
)

type parser struct {
	text   *source.Text
	tokens []token
	diags  hcl.Diagnostics
	failed bool // devd stops at the first syntax error, and so do we
}

// Parse reads one file as devd's parser does (sbin/devd/parse.y, 9.3 to 15). With a syntax
// error the File holds what stands before it.
func Parse(filename string, src []byte) (*File, hcl.Diagnostics) {
	text := source.New(filename, src)
	lex := lexer{text: text, junkStart: -1, junkEnd: -1}
	p := &parser{text: text, tokens: lex.tokens()}
	f := &File{Name: filename}
	for !p.failed && p.peek().kind != end {
		p.section(f)
	}
	diags := append(p.diags, lex.diags...)
	sortDiags(diags)
	return f, diags
}

func sortDiags(diags hcl.Diagnostics) {
	sort.SliceStable(diags, func(i, j int) bool {
		a, b := diags[i].Subject, diags[j].Subject
		if a.Filename != b.Filename {
			return a.Filename < b.Filename
		}
		return a.Start.Byte < b.Start.Byte
	})
}

func (p *parser) section(f *File) {
	switch t := p.peek(); {
	case t.is("options"):
		p.options(f)
	case t.is("attach"), t.is("detach"), t.is("nomatch"), t.is("notify"):
		if r := p.rule(); r != nil {
			f.Statements = append(f.Statements, r)
		}
	default:
		p.unexpected("options, attach, detach, nomatch or notify")
	}
}

func (p *parser) options(f *File) {
	p.next()
	p.expect(open, "\"{\"")
	for first := true; !p.failed && (first || p.peek().kind != closing); first = false {
		if o := p.option(); o != nil {
			f.Statements = append(f.Statements, o)
		}
	}
	p.expect(closing, "\"}\"")
	p.expect(semicolon, "\";\" after \"}\"")
}

func (p *parser) option() *Option {
	first := p.peek()
	o := &Option{Keyword: first.text}
	switch {
	case first.is("directory"), first.is("pid-file"):
		p.next()
	case first.is("set"):
		p.next()
		o.Variable = p.value(p.expect(ident, "the name of a variable"))
	default:
		p.unexpected("directory, pid-file or set")
	}
	o.Value = p.value(p.expect(str, "a string in double quotes, not empty"))
	last := p.expect(semicolon, "\";\"")
	if p.failed {
		return nil
	}
	o.Range = p.text.Range(first.start, last.end)
	return o
}

func (p *parser) rule() *Rule {
	first := p.next()
	priority := p.expect(number, "a priority, digits only")
	r := &Rule{Class: first.text, Priority: atoi(priority.text), Heading: p.text.Range(first.start, priority.end)}
	p.expect(open, "\"{\"")
	for !p.failed && p.peek().kind != closing {
		if c, ok := p.clause(); ok {
			r.Clauses = append(r.Clauses, c)
		}
	}
	p.expect(closing, "\"}\"")
	last := p.expect(semicolon, "\";\" after \"}\"")
	if p.failed {
		return nil
	}
	r.Range = p.text.Range(first.start, last.end)
	return r
}

// atoi is atoi(3), which wraps to 32 bits after it stopped at the limits of 64.
func atoi(digits string) int {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return int(int32(n))
}

func (p *parser) clause() (Clause, bool) {
	const wanted = "match, action, device-name, media-type, class or subdevice"
	first := p.peek()
	if first.kind != keyword || !strings.Contains(wanted, first.text) {
		p.unexpected(wanted)
		return Clause{}, false
	}
	p.next()
	c := Clause{Keyword: first.text, Variable: Value{first.text, p.text.Range(first.start, first.end)}}
	if first.text == "match" {
		c.Variable = p.value(p.expect(str, "the name of a variable in double quotes"))
	}
	c.Value = p.value(p.expect(str, "a string in double quotes, not empty"))
	last := p.expect(semicolon, "\";\"")
	if p.failed {
		return Clause{}, false
	}
	c.Range = p.text.Range(first.start, last.end)
	return c, true
}

func (p *parser) expect(k kind, wanted string) token {
	if p.failed || p.peek().kind != k {
		p.unexpected(wanted)
		return token{}
	}
	return p.next()
}

// unexpected reports a syntax error at the next token.
func (p *parser) unexpected(wanted string) {
	if p.failed {
		return
	}
	p.failed = true
	t := p.peek()
	line := p.text.Pos(t.end).Line
	p.diags = append(p.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Syntax error in devd.conf: " + describe(t),
		Detail: fmt.Sprintf("devd exits with \"Cannot parse %s at line %d\" and handles no event of any kind. Expected here: %s.",
			p.text.Name, line, wanted),
		Subject: p.text.Range(t.start, t.end).Ptr(),
	})
}

func describe(t token) string {
	switch t.kind {
	case end:
		return "the file ends too early"
	case str:
		return "a string is not allowed here"
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

func (t token) is(text string) bool { return t.kind == keyword && t.text == text }
