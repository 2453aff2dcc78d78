package man

import (
	"strings"
)

// Markdown writes a page of the reference from its first section on: headings,
// paragraphs, lists, tables and fenced blocks. Tables of attributes become
// lists of what each means.
func (p *Page) Markdown(text string) {
	lines := strings.Split(text, "\n")
	at := 0
	for at < len(lines) && !strings.HasPrefix(lines[at], "## ") {
		at++
	}
	for at < len(lines) {
		at += p.block(lines[at:])
	}
}

// block writes what begins on the first line, and returns how many lines
// that was.
func (p *Page) block(lines []string) int {
	first := lines[0]
	switch {
	case strings.TrimSpace(first) == "":
		return 1
	case strings.HasPrefix(first, "## "):
		p.Section(plainText(first[3:]))
		return 1
	case strings.HasPrefix(first, "### "):
		p.Subsection(plainText(first[4:]))
		return 1
	case strings.HasPrefix(first, "```"):
		n := until(lines[1:], func(l string) bool { return strings.HasPrefix(l, "```") })
		p.Literal(strings.Join(lines[1:n+1], "\n"))
		return n + 2
	case strings.HasPrefix(first, "| "):
		n := until(lines, func(l string) bool { return !strings.HasPrefix(l, "|") })
		p.table(lines[:n])
		return n
	case isItem(first):
		n := until(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
		p.items(lines[:n])
		return n
	}
	n := until(lines, func(l string) bool { return strings.TrimSpace(l) == "" || strings.HasPrefix(l, "```") })
	p.Paragraph(strings.Join(lines[:n], "\n"))
	return n
}

// until counts the lines before the first that stops.
func until(lines []string, stops func(string) bool) int {
	for i, l := range lines {
		if stops(l) {
			return i
		}
	}
	return len(lines)
}

func plainText(s string) string {
	return strings.ReplaceAll(mdLink.ReplaceAllString(s, "$1"), "`", "")
}

func isItem(line string) bool {
	return strings.HasPrefix(line, "* ") || len(line) > 3 && line[0] >= '1' && line[0] <= '9' && line[1:3] == ". "
}

// items writes a list with marks or numbers.
func (p *Page) items(lines []string) {
	kind := Raw("-bullet")
	if lines[0][0] != '*' {
		kind = "-enum"
	}
	p.Macro("Bl", kind, Raw("-offset"), Raw("indent"), Raw("-compact"))
	var item []string
	flush := func() {
		if item != nil {
			p.Macro("It")
			p.prose(strings.Join(item, " "))
		}
		item = nil
	}
	for _, l := range lines {
		if isItem(l) {
			flush()
			l = l[strings.IndexByte(l, ' '):]
		}
		item = append(item, strings.TrimSpace(l))
	}
	flush()
	p.EndList()
}

// table writes a list with an item for each row.
func (p *Page) table(lines []string) {
	head := cells(lines[0])
	p.List()
	for _, line := range lines[2:] {
		row := cells(line)
		for len(row) < len(head) {
			row = append(row, "")
		}
		if head[0] == "attribute" {
			p.attribute(row)
			continue
		}
		p.Item(tag(row[0])...)
		p.prose(rowText(head, row))
	}
	p.EndList()
}

// attribute writes a row of name, type, default and meaning.
func (p *Page) attribute(row []string) {
	name, required := strings.CutSuffix(row[0], " ★")
	p.Item(tag(name)...)
	about := row[1]
	if required {
		about += ", required"
	}
	if row[2] != "" {
		about += "; default: " + row[2]
	}
	p.prose(sentence(about))
	if row[3] != "" {
		p.b.WriteString(".br\n")
		p.prose(sentence(row[3]))
	}
}

// tag makes the arguments of an item from a cell: code as commands, commas
// between.
func tag(cell string) []any {
	var args []any
	for _, c := range chunks(cell) {
		for _, p := range c {
			if p.mark != 0 {
				args = append(args, Raw("Cm"), p.text)
				continue
			}
			word := strings.TrimRight(p.text, closing)
			if word != "" {
				args = append(args, Raw("No"), word)
			}
			for _, r := range p.text[len(word):] {
				args = append(args, Raw(r))
			}
		}
	}
	return args
}

// rowText is what a row says behind its tag.
func rowText(head, row []string) string {
	if len(row) == 2 {
		return sentence(row[1])
	}
	var parts []string
	for i := 1; i < len(row); i++ {
		if row[i] != "" {
			parts = append(parts, head[i]+" "+row[i])
		}
	}
	return sentence(strings.Join(parts, ", "))
}

// sentence ends what a cell leaves open.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// cells divides a row of a table.
func cells(line string) []string {
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	all := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
	for i, c := range all {
		all[i] = strings.ReplaceAll(strings.TrimSpace(c), "\x00", "|")
	}
	return all
}
