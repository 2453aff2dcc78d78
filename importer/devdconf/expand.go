package devdconf

import (
	"strings"

	"carpool/schema"
)

// dialect is how the devd of a release expands variables (expand_one() in sbin/devd/devd.cc).
type dialect struct {
	quotes   bool // 12.0: every $name of an action becomes one shell word, $'value'
	lineVars bool // 11.3: $* and $_, names that begin with "_", "-" or "*"
	subshell bool // 13.0: $(…) ends at its own parenthesis; before, at one more
}

func dialectOf(r schema.Release) dialect {
	return dialect{quotes: r.AtLeast(12, 0), lineVars: r.AtLeast(11, 3), subshell: r.AtLeast(13, 0)}
}

// expand replaces the variables in s; shell says that s is an action.
func (d dialect) expand(s string, vars func(string) string, shell bool) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		s = d.expandOne(&out, rest, vars, shell)
	}
}

// expandOne handles what follows a "$" and returns the rest.
func (d dialect) expandOne(out *strings.Builder, s string, vars func(string) string, shell bool) string {
	switch {
	case s == "": // devd reads on behind the string; nothing better than a plain "$" can be said
		out.WriteByte('$')
		return ""
	case s[0] == '$':
		out.WriteByte('$')
		return s[1:]
	case s[0] == '(':
		n := d.subshellLength(s)
		out.WriteString("$" + s[:n])
		return s[n:]
	case !isLetter(s[0]) && !(d.lineVars && strings.IndexByte("_-*", s[0]) >= 0):
		out.WriteString("$" + s[:1])
		return s[1:]
	}
	n := 1
	for n < len(s) && isIDByte(s[n]) {
		n++
	}
	value := vars(s[:n])
	if d.quotes && shell {
		value = "$'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	out.WriteString(value)
	return s[n:]
}

// subshellLength is the length of "(…)", which is passed to the shell as it is.
func (d dialect) subshellLength(s string) int {
	depth := 1
	if d.subshell {
		depth = 0
	}
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(s)
}
