package hastconf

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
)

type kind int

const (
	end kind = iota
	keyword
	number
	word
	open
	closing
)

// token is a word of the file as hastd's scanner sees it.
type token struct {
	kind       kind
	text       string
	start, end int
}

// keywords are reserved everywhere, in lower case only (sbin/hastd/token.l, 9.3 to 15).
var keywords = map[string]bool{}

func init() {
	const reserved = `control pidfile listen replication checksum compression timeout exec
		metaflush resource name local remote source on off fullsync memsync async none
		crc32 sha256 hole lzf`
	for _, w := range strings.Fields(reserved) {
		keywords[w] = true
	}
}

// lexer cuts a file into tokens and reports what the scanner of hastd passes over.
type lexer struct {
	text  *source.Text
	diags hcl.Diagnostics
	// junkStart and junkEnd hold back adjacent ignored characters for one finding.
	junkStart, junkEnd int
}

func isWordByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		strings.IndexByte(".-_/:[]", b) >= 0
}

// tokens returns all tokens of the file, the end mark last.
func (l *lexer) tokens() []token {
	src, list, pos := l.text.Bytes, []token(nil), 0
	for pos < len(src) {
		switch b := src[pos]; {
		case b == ' ' || b == '\t' || b == '\n':
			pos++
		case b == '#':
			pos = l.comment(pos)
		case b == '{':
			list = append(list, token{open, "{", pos, pos + 1})
			pos++
		case b == '}':
			list = append(list, token{closing, "}", pos, pos + 1})
			pos++
		case isWordByte(b):
			t := l.word(pos)
			list = append(list, t)
			pos = t.end
		default:
			l.ignore(pos)
			pos++
		}
	}
	l.flush()
	return append(list, token{kind: end, start: pos, end: pos})
}

func (l *lexer) word(start int) token {
	src, pos, numeric := l.text.Bytes, start, true
	for ; pos < len(src) && isWordByte(src[pos]); pos++ {
		numeric = numeric && '0' <= src[pos] && src[pos] <= '9'
	}
	t := token{word, string(src[start:pos]), start, pos}
	if numeric {
		t.kind = number
	} else if keywords[t.text] {
		t.kind = keyword
	}
	return t
}

// comment skips to the end of the line. The pattern of token.l asks for the newline: a
// comment at the end of the file without one is no comment, its words are read.
func (l *lexer) comment(start int) int {
	for pos := start; pos < len(l.text.Bytes); pos++ {
		if l.text.Bytes[pos] == '\n' {
			return pos
		}
	}
	l.diags = append(l.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  "Comment without a final newline",
		Detail: "hastd knows a comment by the newline that ends it. This one is the end of the file, " +
			"so hastd ignores the \"#\" and reads the words after it as configuration. End the file with a newline.",
		Subject: l.text.Range(start, len(l.text.Bytes)).Ptr(),
	})
	return start + 1
}

// ignore notes one byte that hastd's scanner echoes to its output and skips.
func (l *lexer) ignore(pos int) {
	if pos != l.junkEnd {
		l.flush()
		l.junkStart = pos
	}
	l.junkEnd = pos + 1
}

func (l *lexer) flush() {
	if l.junkStart == l.junkEnd {
		return
	}
	junk := l.text.Bytes[l.junkStart:l.junkEnd]
	subject := l.text.Range(l.junkStart, l.junkEnd)
	l.junkStart, l.junkEnd = 0, 0
	if string(junk) == "\r" { // one finding for a file of a foreign system, not one a line
		for _, d := range l.diags {
			if strings.Contains(d.Summary, `"\r"`) {
				return
			}
		}
	}
	l.diags = append(l.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  fmt.Sprintf("%s is ignored", printable(junk)),
		Detail: "hast.conf has no quotes, semicolons or escapes: hastd skips every character outside " +
			"A-Z a-z 0-9 . - _ / : [ ] { } and #, and what it separates becomes two words. Remove it.",
		Subject: &subject,
	})
}

// printable quotes junk and names the characters a web page puts in place of plain quotes.
func printable(junk []byte) string {
	quoted := fmt.Sprintf("%q", junk)
	for rest := junk; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		if strings.ContainsRune("“”‘’„«»", r) {
			return "Curly quote " + quoted
		}
	}
	return quoted
}
