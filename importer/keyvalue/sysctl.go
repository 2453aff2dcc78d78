package keyvalue

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
	"carpool/schema"
)

// maxLine is where longer lines are cut, BUFSIZ of sysctl(8).
const maxLine = 1023

// ParseSysctl reads one file as sysctl(8) -f does, or on 9 and older as the shell loop of
// rc.d/sysctl does.
func ParseSysctl(name string, src []byte, release schema.Release) (List, hcl.Diagnostics) {
	t := source.New(name, src)
	p := &sysctlParser{text: t}
	for _, l := range lines(t, maxLine) {
		if release.AtLeast(10, 0) {
			p.line(l)
		} else {
			p.oldLine(l)
		}
	}
	return p.list, sorted(p.diags)
}

type sysctlParser struct {
	text  *source.Text
	list  List
	diags hcl.Diagnostics
}

// line is parsefile() and parse() of sbin/sysctl/sysctl.c (10.4 to 15).
func (p *sysctlParser) line(l line) {
	text, _, _ := strings.Cut(l.text, "\x00")
	text = strings.Trim(withoutComment(text), space)
	if text == "" {
		return
	}
	i := strings.IndexAny(text, "=:")
	if i < 0 {
		p.diags = append(p.diags, warning(p.text, l, "No value for "+text,
			"sysctl(8) prints the value and changes nothing. Write NAME=VALUE."))
		return
	}
	name, value := strings.TrimRight(text[:i], space), strings.TrimLeft(text[i+1:], space)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		if len(value) > 1 {
			value = strings.TrimSuffix(value, value[:1])
		}
		value = value[1:]
	}
	p.list = append(p.list, entry(p.text, l, name, value))
}

// withoutComment cuts at the first "#", with sysctl's own idea of quotes and backslashes.
func withoutComment(s string) string {
	single, double := strings.IndexByte(s, '\''), strings.IndexByte(s, '"')
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '#')
		if i < 0 {
			return s
		}
		at := from + i
		quote := -1
		if single >= 0 && at > single {
			quote = single
		} else if double >= 0 && at > double {
			quote = double
		}
		if quote >= 0 {
			if end := strings.IndexByte(s[quote+1:], s[quote]); end >= 0 {
				return s[:min(len(s), quote+end+2)]
			}
			return s
		}
		if at == 0 || s[at-1] != '\\' {
			return s[:at]
		}
		from = at + 1
	}
}

// oldLine is the loop "while read var comments" of etc/rc.d/sysctl (9.3): the first word
// counts, and the last line only if it ends with a newline.
func (p *sysctlParser) oldLine(l line) {
	fields := strings.FieldsFunc(strings.ReplaceAll(l.text, "\\", ""), func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return
	}
	if !l.whole {
		p.diags = append(p.diags, warning(p.text, l, "The last line does not count",
			"rc.d/sysctl of FreeBSD 9 and older reads complete lines only. End the file with a newline."))
		return
	}
	name, value, found := strings.Cut(fields[0], "=")
	if !found {
		p.diags = append(p.diags, warning(p.text, l, "No value for "+name,
			"rc.d/sysctl of FreeBSD 9 and older takes the first word of a line. Write NAME=VALUE without spaces."))
		return
	}
	p.list = append(p.list, entry(p.text, l, name, value))
}
