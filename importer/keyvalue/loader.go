package keyvalue

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
	"carpool/schema"
)

// The forms of a line: a name, "=", and a value in double quotes up to the last quote of
// the line, or one plain word (stand/lua/config.lua, 13.2).
var (
	quotedLine = regexp.MustCompile(`^\s*([A-Za-z0-9_-][A-Za-z0-9_.-]*)\s*=\s*"(.*)"\s*(.*)$`)
	plainLine  = regexp.MustCompile(`^\s*([A-Za-z0-9_-][A-Za-z0-9_.-]*)\s*=\s*([A-Za-z0-9_-][A-Za-z0-9_.-]*)\s*(.*)$`)
	moduleKey  = regexp.MustCompile(`^[A-Za-z0-9_-]+_(load|name|type|flags|before|after|error)$`)
)

// ParseLoader reads one file as the loader does. It is no shell: nothing is expanded but
// variables the loader knows, which are left as they are here. Lines may have any length
// (readFile in stand/lua/config.lua, 13.2; line_buffer in boot/forth/support.4th, 9.3).
func ParseLoader(name string, src []byte, release schema.Release) (List, hcl.Diagnostics) {
	t := source.New(name, src)
	var list List
	var diags hcl.Diagnostics
	for _, l := range lines(t, len(t.Bytes)) {
		text := strings.TrimLeft(l.text, space)
		if text == "" || text[0] == '#' {
			continue
		}
		m := quotedLine.FindStringSubmatch(l.text)
		if m == nil {
			m = plainLine.FindStringSubmatch(l.text)
		}
		value, ok := "", false
		if m != nil && (m[3] == "" || m[3][0] == '#') {
			value, ok = unescape(m[1], m[2])
		}
		if !ok {
			diags = append(diags, malformed(t, l, release))
			continue
		}
		e := entry(t, l, m[1], m[2])
		e.Value = value
		list = append(list, e)
	}
	return list, sorted(diags)
}

// unescape removes backslashes from the value of a variable; those of module settings stay.
func unescape(name, value string) (string, bool) {
	if moduleKey.MatchString(name) {
		return value, true
	}
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			return "", false
		case '\\':
			if i++; i == len(value) {
				return "", false
			}
		}
		out.WriteByte(value[i])
	}
	return out.String(), true
}

func malformed(t *source.Text, l line, release schema.Release) *hcl.Diagnostic {
	detail := "The loader prints \"Malformed line\" and skips it."
	if !release.AtLeast(12, 0) {
		detail = "The loader prints \"syntax error\" and ignores the rest of the file."
	}
	return warning(t, l, "Not a setting of the loader", detail+" Write NAME=\"VALUE\", with straight quotes and nothing behind them but a comment.")
}
