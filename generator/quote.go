package generator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"carpool/schema"
)

// One quoting function per file grammar. Each returns the text as it stands in
// the file, or an error if the grammar cannot hold the value; none ever changes
// a value silently.

// wordOf reports whether s is made of ASCII letters, digits and the others
// given, at least one. Such words are most of what a fleet is made of: a regular
// expression takes a tenth of a rendering for them.
func wordOf(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// lineText refuses what no line of a configuration file can hold.
func lineText(s string) error {
	if s == "" || wordOf(s, "_.:,/@%+=- ") {
		return nil
	}
	if !utf8.ValidString(s) {
		return errors.New("the value is not UTF-8 text")
	}
	for _, r := range s {
		if r == '\n' || r == '\r' {
			return errors.New("the value has a line break")
		}
		if unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("the value has the control character %U", r)
		}
	}
	return nil
}

var rcEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")

// quoteRC quotes the right side of an assignment in rc.conf, which sh sources:
// inside double quotes only \ " $ and ` are live. sysrc(8) keeps such lines.
func quoteRC(s string) (string, error) {
	if err := lineText(s); err != nil {
		return "", err
	}
	return `"` + rcEscapes.Replace(s) + `"`, nil
}

var shellName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoteRCAppend appends words to what an earlier file gave a variable.
func quoteRCAppend(name, s string) (string, error) {
	q, err := quoteRC(s)
	if err != nil || !shellName.MatchString(name) {
		return "", errors.Join(err, errors.New("not a variable name"))
	}
	return `"${` + name + `:+$` + name + ` }` + q[1:], nil
}

// quoteSh makes one word of sh, for the settings of the switch.
func quoteSh(s string) (string, error) {
	b, err := appendSh(nil, s)
	return string(b), err
}

func appendSh(b []byte, s string) ([]byte, error) {
	if err := lineText(strings.ReplaceAll(s, "\n", " ")); err != nil {
		return b, err
	}
	b = append(b, '\'')
	b = append(b, strings.ReplaceAll(s, "'", `'\''`)...)
	return append(b, '\''), nil
}

// quoteSysctl passes the right side of a line of sysctl.conf. sysctl(8) -f and
// rc.d/sysctl (9) take # as the beginning of a comment, and rc.d/sysctl of 9
// and 10 hands the line to the shell's word splitting; sysctl(8) cuts long lines.
func quoteSysctl(s string) (string, error) {
	if err := lineText(s); err != nil {
		return "", err
	}
	if s == "" || len(s) > schema.MaxSysctlValue || strings.ContainsAny(s, "#\"'`$\\;&|<>(){}*?") || strings.TrimSpace(s) != s {
		return "", errors.New("sysctl.conf cannot hold the value")
	}
	return s, nil
}

// quoteLoader quotes the right side of a line of loader.conf, which knows no
// escape inside the quotes that every implementation of it understands.
func quoteLoader(s string) (string, error) {
	if err := lineText(s); err != nil {
		return "", err
	}
	if strings.ContainsAny(s, "\"\\") {
		return "", errors.New("loader.conf cannot hold a quote or a backslash")
	}
	return `"` + s + `"`, nil
}

// quoteDevd makes a string of devd.conf: there is no escape for the quote, and
// $ before a name is a variable of the event (sbin/devd/token.l).
func quoteDevd(s string) (string, error) {
	if err := lineText(s); err != nil {
		return "", err
	}
	if s == "" || strings.Contains(s, `"`) || strings.HasSuffix(s, "$") || strings.HasSuffix(s, `\`) {
		return "", errors.New("a string of devd.conf cannot hold the value")
	}
	return `"` + s + `"`, nil
}

// hastKeywords are reserved everywhere in hast.conf (sbin/hastd/token.l); the
// ones that are also values are listed with the statements that take them.
var hastKeywords = []string{
	"control", "pidfile", "listen", "replication", "checksum", "compression", "timeout", "exec", "metaflush",
	"resource", "name", "local", "remote", "source",
}

// quoteHAST passes one word of hast.conf, which has neither quotes nor
// escapes. A character outside its set would be dropped silently.
func quoteHAST(s string) (string, error) {
	if !wordOf(s, "._/:[]-") {
		return "", fmt.Errorf("hast.conf cannot hold %q", s)
	}
	if slices.Contains(hastKeywords, s) {
		return "", fmt.Errorf("%q is a keyword of hast.conf", s)
	}
	return s, nil
}

// ifconfigWords checks the words of an ifconfig_ variable. network.subr passes
// them through eval, more often for some positions than for others, so no
// quoting survives everywhere; what needs none does.
func ifconfigWords(words []string) error {
	for _, w := range words {
		if !wordOf(w, "_.:,@%+=/-") {
			return errors.New("network.subr cannot carry one of the words")
		}
	}
	return nil
}
