package devdconf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
)

type kind int

const (
	end kind = iota
	semicolon
	open
	closing
	number
	str
	keyword
	ident
)

type token struct {
	kind       kind
	text       string // of a string: what stands between the quotes, continuation lines joined
	start, end int
}

// keywords of sbin/devd/token.l, 9.3 to 15; lower case only.
const keywords = " options set directory pid-file attach detach device-name media-type class subdevice action match nomatch notify "

// lexer cuts a file into tokens and reports what devd's scanner passes over.
type lexer struct {
	text               *source.Text
	pos                int
	diags              hcl.Diagnostics
	junkStart, junkEnd int
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }
func isDigit(b byte) bool  { return '0' <= b && b <= '9' }

func isIDByte(b byte) bool { return isLetter(b) || isDigit(b) || b == '_' || b == '-' }

// tokens returns all tokens of the file, the end mark last.
func (l *lexer) tokens() []token {
	var list []token
	for l.pos < len(l.text.Bytes) {
		if t, ok := l.next(); ok {
			list = append(list, t)
		}
	}
	l.flush()
	return append(list, token{kind: end, start: l.pos, end: l.pos})
}

// next reads one token, or skips what is none.
func (l *lexer) next() (token, bool) {
	src, start := l.text.Bytes, l.pos
	rest := src[start:]
	switch b := rest[0]; {
	case b == ' ' || b == '\t' || b == '\n':
		l.pos++
	case b == '#' || bytes.HasPrefix(rest, []byte("//")):
		l.lineComment()
	case bytes.HasPrefix(rest, []byte("/*")):
		l.blockComment()
	case b == ';':
		return l.take(semicolon, 1), true
	case b == '{':
		return l.take(open, 1), true
	case b == '}':
		return l.take(closing, 1), true
	case b == '"':
		return l.string()
	case isDigit(b):
		return l.take(number, run(rest, isDigit)), true
	case isLetter(b):
		t := l.take(ident, run(rest, isIDByte))
		if strings.Contains(keywords, " "+t.text+" ") {
			t.kind = keyword
		}
		return t, true
	default:
		l.ignore(1)
	}
	return token{}, false
}

func run(b []byte, in func(byte) bool) int {
	n := 0
	for n < len(b) && in(b[n]) {
		n++
	}
	return n
}

func (l *lexer) take(k kind, n int) token {
	t := token{k, string(l.text.Bytes[l.pos : l.pos+n]), l.pos, l.pos + n}
	l.pos += n
	return t
}

// string reads "…": at least one character, none of them a quote. A quote that begins no
// string is ignored, so that "" shifts everything after it.
func (l *lexer) string() (token, bool) {
	n := bytes.IndexByte(l.text.Bytes[l.pos+1:], '"')
	if n < 1 {
		l.ignore(1)
		return token{}, false
	}
	t := l.take(str, n+2)
	t.text = join(t.text)
	return t, true
}

// join removes the quotes and, as devd does, each backslash at the end of a line together
// with the newline and the white space that follows. That white space may end at the closing
// quote, which devd then takes into the string.
func join(quoted string) string {
	n := len(quoted) - 2
	var out strings.Builder
	for i := 1; i <= n; i++ {
		if quoted[i] == '\\' && quoted[i+1] == '\n' {
			for i += 2; strings.IndexByte(" \t\n\v\f\r", quoted[i]) >= 0; i++ {
			}
		}
		out.WriteByte(quoted[i])
	}
	text, _, _ := strings.Cut(out.String(), "\x00")
	return text
}

// lineComment skips to the end of the line. The pattern of token.l asks for the newline: at
// the end of the file without one it is no comment, its words are read.
func (l *lexer) lineComment() {
	if n := bytes.IndexByte(l.text.Bytes[l.pos:], '\n'); n >= 0 {
		l.pos += n
		return
	}
	l.warn(l.pos, len(l.text.Bytes), "Comment without a final newline",
		"devd knows a comment by the newline that ends it. This one is the end of the file, so devd reads its "+
			"words as configuration. End the file with a newline.")
	l.pos++
}

func (l *lexer) blockComment() {
	n := bytes.Index(l.text.Bytes[l.pos+2:], []byte("*/"))
	if n < 0 {
		l.warn(l.pos, l.pos+2, "Comment without an end",
			"devd ignores the two characters and reads the words after them as configuration. End the comment with \"*/\".")
		l.pos += 2
		return
	}
	l.pos += n + 4
}

// ignore notes bytes that devd's scanner echoes to its output and skips.
func (l *lexer) ignore(n int) {
	if l.pos != l.junkEnd {
		l.flush()
		l.junkStart = l.pos
	}
	l.pos += n
	l.junkEnd = l.pos
}

func (l *lexer) flush() {
	if l.junkStart == l.junkEnd {
		return
	}
	start, end := l.junkStart, l.junkEnd
	l.junkStart, l.junkEnd = 0, 0
	junk := l.text.Bytes[start:end]
	if string(junk) == "\r" && l.seenCR() {
		return
	}
	l.warn(start, end, printable(junk)+" is ignored",
		"devd skips characters that have no meaning in devd.conf without a word, outside of strings. Remove it, or write plain straight quotes around values.")
}

func (l *lexer) seenCR() bool {
	for _, d := range l.diags {
		if strings.Contains(d.Summary, `"\r"`) {
			return true
		}
	}
	return false
}

// printable quotes junk and names the characters a web page puts in place of plain quotes.
func printable(junk []byte) string {
	for rest := junk; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		if strings.ContainsRune("“”‘’„«»", r) {
			return fmt.Sprintf("Curly quote %q", junk)
		}
	}
	return fmt.Sprintf("%q", junk)
}

func (l *lexer) warn(start, end int, summary, detail string) {
	l.diags = append(l.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  summary,
		Detail:   detail,
		Subject:  l.text.Range(start, end).Ptr(),
	})
}
