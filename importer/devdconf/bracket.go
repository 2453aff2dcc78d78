package devdconf

import (
	"fmt"
	"strings"
)

// byteSet holds the bytes that a bracket expression or a plain character matches.
type byteSet [256]bool

func only(b byte) byteSet {
	var s byteSet
	s[b] = true
	return s
}

// set writes a class of the bytes in s and of their other case: devd compiles all its
// expressions with REG_ICASE.
func (c *ere) set(s byteSet) {
	s.foldCase()
	c.class(s)
}

func (s *byteSet) foldCase() {
	for u := byte('A'); u <= 'Z'; u++ {
		both := s[u] || s[u+32]
		s[u], s[u+32] = both, both
	}
}

func (c *ere) class(s byteSet) {
	c.out.WriteByte('[')
	empty := true
	for i := 0; i < 256; i++ {
		if !s[i] {
			continue
		}
		j := i
		for j < 255 && s[j+1] {
			j++
		}
		fmt.Fprintf(&c.out, `\x{%02x}-\x{%02x}`, i, j)
		i, empty = j, false
	}
	if empty { // nothing matches
		c.out.WriteString(`^\x{0}-\x{10ffff}`)
	}
	c.out.WriteByte(']')
}

// bracket reads […] (p_bracket() of regcomp.c).
func (c *ere) bracket() error {
	if c.eat("[:<:]]") || c.eat("[:>:]]") {
		c.out.WriteString(`\b`)
		return nil
	}
	var s byteSet
	inverted := c.eat("^")
	switch {
	case c.eat("]"):
		s[']'] = true
	case c.eat("-"):
		s['-'] = true
	}
	for c.more() && !c.at("]") && !c.at("-]") {
		if err := c.term(&s); err != nil {
			return err
		}
	}
	if c.eat("-") {
		s['-'] = true
	}
	if !c.eat("]") {
		return errBracket
	}
	s.foldCase()
	if inverted {
		for i := range s {
			s[i] = !s[i]
		}
	}
	c.class(s)
	return nil
}

// term reads one member: a class, an equivalence class, a range or a character.
func (c *ere) term(s *byteSet) error {
	switch {
	case c.at("-"):
		return errRange
	case c.eat("[:"):
		name, ok := c.until(":]")
		if !ok || !namedClass(s, name) {
			return errClass
		}
		return nil
	case c.eat("[="):
		name, ok := c.until("=]")
		if !ok || len(name) != 1 {
			return errCollate
		}
		s[name[0]] = true
		return nil
	}
	first, err := c.symbol()
	if err != nil {
		return err
	}
	last := first
	if c.at("-") && c.pos+1 < len(c.src) && c.src[c.pos+1] != ']' {
		c.pos++
		if c.eat("-") {
			last = '-'
		} else if last, err = c.symbol(); err != nil {
			return err
		}
	}
	if first > last {
		return errRange
	}
	for i := int(first); i <= int(last); i++ {
		s[i] = true
	}
	return nil
}

// symbol reads a character or [.x.].
func (c *ere) symbol() (byte, error) {
	if !c.more() {
		return 0, errBracket
	}
	if c.eat("[.") {
		name, ok := c.until(".]")
		if !ok || len(name) != 1 {
			return 0, errCollate
		}
		return name[0], nil
	}
	c.pos++
	return c.src[c.pos-1], nil
}

func (c *ere) until(mark string) (string, bool) {
	name, _, found := strings.Cut(c.src[c.pos:], mark)
	if found {
		c.pos += len(name) + len(mark)
	}
	return name, found
}

// namedClass adds the members of a class of the C locale.
func namedClass(s *byteSet, name string) bool {
	in := classes[name]
	if in == nil {
		return false
	}
	for i := range 128 {
		s[i] = s[i] || in(byte(i))
	}
	return true
}

var classes = map[string]func(byte) bool{
	"alpha":  isLetter,
	"digit":  isDigit,
	"alnum":  func(b byte) bool { return isLetter(b) || isDigit(b) },
	"upper":  func(b byte) bool { return 'A' <= b && b <= 'Z' },
	"lower":  func(b byte) bool { return 'a' <= b && b <= 'z' },
	"xdigit": func(b byte) bool { return isDigit(b) || 'a' <= b|32 && b|32 <= 'f' },
	"space":  func(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' },
	"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
	"cntrl":  func(b byte) bool { return b < ' ' || b == 127 },
	"print":  func(b byte) bool { return ' ' <= b && b < 127 },
	"graph":  func(b byte) bool { return ' ' < b && b < 127 },
	"punct":  func(b byte) bool { return ' ' < b && b < 127 && !isLetter(b) && !isDigit(b) },
}
