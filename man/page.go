// Package man writes manual pages in mdoc(7), from Go values and from the
// Markdown of the reference. What it writes is free of findings of
// mandoc -T lint.
package man

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Page is a manual page while it is written.
type Page struct {
	b    strings.Builder
	open bool // a section or list item has just begun: no paragraph break yet
}

// New begins a page: its name, section, date (as in "November 22, 2026"), and
// what it is about in a few words.
func New(name, section, date, about string) *Page {
	p := &Page{}
	p.Macro("Dd", date)
	p.Macro("Dt", strings.ToUpper(name), section)
	p.Macro("Os")
	p.Section("NAME")
	p.Macro("Nm", name)
	p.Macro("Nd", about)
	return p
}

// String returns the page.
func (p *Page) String() string { return p.b.String() }

// Macro writes one macro line. Arguments are text, whatever they look like;
// Raw gives those that are macros themselves.
func (p *Page) Macro(name string, args ...any) {
	p.b.WriteString("." + name)
	for _, a := range args {
		switch a := a.(type) {
		case Raw:
			p.b.WriteString(" " + string(a))
		default:
			p.b.WriteString(" " + argument(fmt.Sprint(a)))
		}
	}
	p.b.WriteString("\n")
}

// Raw is an argument that is a macro or a delimiter.
type Raw string

// Section begins a section, Subsection one within it.
func (p *Page) Section(title string) {
	p.b.WriteString(".Sh " + escape(strings.ToUpper(title)) + "\n")
	p.open = true
}

// Subsection begins a subsection.
func (p *Page) Subsection(title string) {
	p.b.WriteString(".Ss " + escape(title) + "\n")
	p.open = true
}

// Paragraph writes prose in which `code` and **strong** are marked as in
// Markdown, with links reduced to their text.
func (p *Page) Paragraph(text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	p.pause()
	p.prose(text)
}

// Paragraphs writes several, divided by empty lines. One whose lines are
// indented is shown as it is.
func (p *Page) Paragraphs(text string) {
	for _, part := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(part, " ") || strings.Contains(part, "\n ") {
			p.Literal(part)
			continue
		}
		p.Paragraph(part)
	}
}

// pause separates what follows from what stands before it.
func (p *Page) pause() {
	if !p.open {
		p.Macro("Pp")
	}
	p.open = false
}

// Literal shows lines as they are.
func (p *Page) Literal(text string) {
	p.open = false
	p.Macro("Bd", Raw("-literal"), Raw("-offset"), Raw("indent"))
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p.b.WriteString(textLine(escapeCode(strings.ReplaceAll(line, "\t", "        "))) + "\n")
	}
	p.Macro("Ed")
}

// List begins a list of tagged items.
func (p *Page) List() { p.Macro("Bl", Raw("-tag"), Raw("-width"), Raw("Ds")); p.open = false }

// Item begins an item; its arguments are those of Macro.
func (p *Page) Item(args ...any) {
	p.Macro("It", args...)
	p.open = true
}

// EndList ends it.
func (p *Page) EndList() { p.Macro("El"); p.open = false }

// escape makes text that roff prints as it is. Characters beyond ASCII become
// names, which every formatter of mdoc knows.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '`':
			b.WriteString("\\(ga")
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}

// escapeCode is escape for what is typed, where a hyphen has to stay one.
func escapeCode(s string) string { return strings.ReplaceAll(escape(s), "-", `\-`) }

// textLine keeps a line of text from being taken for a macro.
func textLine(s string) string {
	if strings.HasPrefix(s, ".") {
		return `\&` + s
	}
	return s
}

var macroName = regexp.MustCompile(`^[A-Z%][A-Za-z0-9]{1,2}$`)

// delimiters are what mdoc treats as punctuation where it stands alone.
const opening, closing = "([", ".,:;)]?!|"

// argument writes one argument of a macro.
func argument(s string) string {
	e := strings.ReplaceAll(escapeCode(s), `"`, `\(dq`)
	if macroName.MatchString(s) || len(s) == 1 && strings.Contains(opening+closing, s) {
		e = `\&` + e
	} else if s != "" && strings.Contains(closing, s[len(s)-1:]) {
		e += `\&` // or lint takes it for punctuation behind the argument
	}
	if s == "" || strings.Contains(s, " ") {
		return `"` + e + `"`
	}
	return e
}

const lineWidth = 76

// prose fills lines, a sentence beginning a new one, as lint wants it.
func (p *Page) prose(text string) {
	line := ""
	flush := func() {
		if line != "" {
			p.b.WriteString(textLine(line) + "\n")
			line = ""
		}
	}
	for _, w := range chunks(text) {
		if macro, args, ok := w.marked(); ok {
			flush()
			p.Macro(macro, args...)
			continue
		}
		if args, ok := w.system(); ok {
			flush()
			p.Macro("Fx", args...)
			continue
		}
		word := w.inline()
		if line != "" && len(line)+1+len(word) > lineWidth {
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
		if w.endsSentence() {
			flush()
		}
	}
	flush()
}

// chunk is what stands between two spaces: plain, code and strong pieces.
type chunk []piece

type piece struct {
	text string
	mark byte // 0, '`' or '*'
}

var (
	mdLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	mdMark = regexp.MustCompile("`[^`]+`|\\*\\*[^*]+\\*\\*|\\*[a-z]+\\*")
)

// chunks divides prose.
func chunks(text string) []chunk {
	text = mdLink.ReplaceAllString(strings.ReplaceAll(text, "\n", " "), "$1")
	var all []chunk
	var cur chunk
	plain := func(s string) {
		for i, word := range strings.Split(s, " ") {
			if i > 0 && cur != nil {
				all, cur = append(all, cur), nil
			}
			if word != "" {
				cur = append(cur, piece{text: word})
			}
		}
	}
	at := 0
	for _, m := range mdMark.FindAllStringIndex(text, -1) {
		plain(text[at:m[0]])
		marked := text[m[0]:m[1]]
		width := 1
		if strings.HasPrefix(marked, "**") {
			width = 2
		}
		cur = append(cur, piece{strings.ReplaceAll(marked[width:len(marked)-width], "`", ""), marked[0]})
		at = m[1]
	}
	plain(text[at:])
	if cur != nil {
		all = append(all, cur)
	}
	return all
}

// marked returns the macro line for a chunk that is one marked piece between
// punctuation.
func (c chunk) marked() (macro string, args []any, ok bool) {
	i := slices.IndexFunc(c, func(p piece) bool { return p.mark != 0 })
	if i < 0 || i > 1 || len(c) > i+2 {
		return "", nil, false
	}
	if i == 1 {
		for _, r := range c[0].text {
			if !strings.ContainsRune(opening, r) {
				return "", nil, false
			}
			args = append(args, Raw(r))
		}
	}
	args = append(args, c[i].text)
	if len(c) == i+2 {
		for _, r := range c[i+1].text {
			if !strings.ContainsRune(closing, r) {
				return "", nil, false
			}
			args = append(args, Raw(r))
		}
	}
	return macroFor(c[i]), args, true
}

// system returns the arguments of the macro for FreeBSD's name.
func (c chunk) system() (args []any, ok bool) {
	if len(c) != 1 {
		return nil, false
	}
	rest, ok := strings.CutPrefix(c[0].text, "FreeBSD")
	switch {
	case !ok:
		return nil, false
	case strings.Trim(rest, closing) == "":
		for _, r := range rest {
			args = append(args, Raw(r))
		}
		return args, true
	}
	return []any{Raw("Ns"), rest}, true
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

func macroFor(p piece) string {
	switch {
	case p.mark == '*':
		return "Em"
	case identifier.MatchString(p.text):
		return "Cm"
	}
	return "Ql"
}

// inline is a chunk as a word of a text line, marked pieces in their font.
func (c chunk) inline() string {
	var b strings.Builder
	for _, p := range c {
		if p.mark == 0 {
			b.WriteString(escape(p.text))
		} else {
			b.WriteString(`\fB` + escapeCode(p.text) + `\fR`)
		}
	}
	return b.String()
}

func (c chunk) endsSentence() bool {
	last := strings.TrimRight(c[len(c)-1].text, `)"`)
	return strings.HasSuffix(last, ".") && !strings.HasSuffix(last, "..") || strings.HasSuffix(last, "?") || strings.HasSuffix(last, "!")
}
