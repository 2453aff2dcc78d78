package devdconf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"carpool/schema"
)

// compileERE translates a POSIX extended regular expression, as the regcomp(3) of a release
// takes it with REG_EXTENDED|REG_ICASE in the C locale, to Go's syntax. Bytes stand for
// characters: values are compared after latin1().
func compileERE(pattern string, release schema.Release) (*regexp.Regexp, error) {
	c := &ere{src: pattern, strictEscapes: release.AtLeast(13, 0), strictBraces: release.AtLeast(11, 0),
		wordEscapes: release.AtLeast(10, 0)}
	if err := c.alternatives(0); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(c.out.String())
	if err != nil {
		return nil, errors.New("too large an expression")
	}
	return re, nil
}

// latin1 turns each byte into the character of the same number.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// The errors of regcomp(3), with its texts.
var (
	errParen   = errors.New("parentheses not balanced")
	errBracket = errors.New("brackets ([ ]) not balanced")
	errBrace   = errors.New("braces not balanced")
	errRepeat  = errors.New("invalid repetition count(s)")
	errRange   = errors.New("invalid character range")
	errClass   = errors.New("invalid character class")
	errCollate = errors.New("invalid collating element")
	errEscape  = errors.New(`trailing backslash (\)`)
	errOperand = errors.New("repetition-operator operand invalid")
	errEmpty   = errors.New("empty (sub)expression")
)

const (
	dupMax   = 255 // RE_DUP_MAX
	maxDepth = 200 // nesting we follow
)

// ere walks the pattern as p_ere_exp() of lib/libc/regex/regcomp.c does (9.3 to 15).
type ere struct {
	src string
	pos int
	out strings.Builder

	strictEscapes bool // 13: no backslash before a letter, ' or `
	strictBraces  bool // "{" never stands for itself
	wordEscapes   bool // \< and \>
}

func (c *ere) more() bool { return c.pos < len(c.src) }

// at says whether s comes next.
func (c *ere) at(s string) bool { return strings.HasPrefix(c.src[c.pos:], s) }

func (c *ere) eat(s string) bool {
	if !c.at(s) {
		return false
	}
	c.pos += len(s)
	return true
}

// digitAt says whether a digit stands at an offset from here.
func (c *ere) digitAt(offset int) bool {
	return c.pos+offset < len(c.src) && isDigit(c.src[c.pos+offset])
}

func (c *ere) alternatives(depth int) error {
	if depth > maxDepth {
		return errors.New("too deeply nested")
	}
	for {
		start := c.pos
		for c.more() && !c.at("|") && (depth == 0 || !c.at(")")) {
			if err := c.piece(depth); err != nil {
				return err
			}
		}
		if c.pos == start {
			return errEmpty
		}
		if !c.eat("|") {
			return nil
		}
		c.out.WriteByte('|')
	}
}

// piece reads one atom and its repetition.
func (c *ere) piece(depth int) error {
	caret := c.at("^")
	c.out.WriteString("(?:")
	if err := c.atom(depth); err != nil {
		return err
	}
	c.out.WriteByte(')')
	if !c.repeats() {
		return nil
	}
	if caret {
		return errOperand
	}
	if err := c.repetition(); err != nil {
		return err
	}
	if c.more() && (strings.IndexByte("*+?", c.src[c.pos]) >= 0 || c.at("{") && c.digitAt(1)) {
		return errOperand
	}
	return nil
}

func (c *ere) atom(depth int) error {
	b := c.src[c.pos]
	c.pos++
	switch b {
	case '(':
		return c.group(depth)
	case ')':
		return errParen
	case '^':
		c.out.WriteString(`\A`)
	case '$':
		c.out.WriteString(`\z`)
	case '*', '+', '?':
		return errOperand
	case '{':
		if c.strictBraces || c.digitAt(0) {
			return errOperand
		}
		c.set(only(b))
	case '.':
		c.out.WriteString(`(?s:.)`)
	case '[':
		return c.bracket()
	case '\\':
		return c.escape()
	default:
		c.set(only(b))
	}
	return nil
}

func (c *ere) group(depth int) error {
	if !c.more() {
		return errParen
	}
	if !c.at(")") {
		c.out.WriteString("(?:")
		if err := c.alternatives(depth + 1); err != nil {
			return err
		}
		c.out.WriteByte(')')
	}
	if !c.eat(")") {
		return errParen
	}
	return nil
}

func (c *ere) escape() error {
	if !c.more() {
		return errEscape
	}
	b := c.src[c.pos]
	c.pos++
	switch {
	case c.wordEscapes && (b == '<' || b == '>'):
		c.out.WriteString(`\b`)
	case c.strictEscapes && (isLetter(b) || b == '\'' || b == '`'):
		return fmt.Errorf("invalid escape \\%c", b)
	default:
		c.set(only(b))
	}
	return nil
}

func (c *ere) repeats() bool {
	if !c.more() {
		return false
	}
	return strings.IndexByte("*+?", c.src[c.pos]) >= 0 || c.at("{") && (c.strictBraces || c.digitAt(1))
}

func (c *ere) repetition() error {
	op := c.src[c.pos]
	c.pos++
	if op != '{' {
		c.out.WriteByte(op)
		return nil
	}
	low, ok := c.count()
	if !ok {
		return errRepeat
	}
	bound := fmt.Sprintf("{%d}", low)
	if c.eat(",") {
		bound = fmt.Sprintf("{%d,}", low)
		if c.digitAt(0) {
			high, ok := c.count()
			if !ok || low > high {
				return errRepeat
			}
			bound = fmt.Sprintf("{%d,%d}", low, high)
		}
	}
	if !c.eat("}") {
		if strings.Contains(c.src[c.pos:], "}") {
			return errRepeat
		}
		return errBrace
	}
	c.out.WriteString(bound)
	return nil
}

func (c *ere) count() (int, bool) {
	n, start := 0, c.pos
	for c.digitAt(0) && n <= dupMax {
		n = n*10 + int(c.src[c.pos]-'0')
		c.pos++
	}
	return n, c.pos > start && n <= dupMax
}
