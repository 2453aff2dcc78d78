package schema

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// hiddenText stands for a secret in every excerpt.
const hiddenText = "(secret)"

// ExcerptLine is one line of a file with the part that a finding is about.
type ExcerptLine struct {
	Number int
	Text   string // secrets replaced by (secret)
	// Start and End bound the part in bytes of Text.
	Start, End int
}

// Excerpt returns the first line of rng. False means that the text is not at
// hand.
func (s *Source) Excerpt(rng hcl.Range) (ExcerptLine, bool) {
	t := s.texts[rng.Filename]
	if t == nil || rng.Start.Line < 1 || rng.Start.Line > len(t.lines) {
		return ExcerptLine{}, false
	}
	from := t.lines[rng.Start.Line-1]
	to := len(t.data)
	if rng.Start.Line < len(t.lines) {
		to = t.lines[rng.Start.Line] - 1
	}
	raw := strings.TrimSuffix(string(t.data[from:to]), "\r")
	start := min(max(rng.Start.Byte-from, 0), len(raw))
	end := min(max(rng.End.Byte-from, start), len(raw))
	line := ExcerptLine{Number: rng.Start.Line, Text: raw, Start: start, End: end}
	for _, h := range t.hide(from, raw) {
		line.replace(h[0], h[1])
	}
	if !utf8.ValidString(line.Text) {
		line.Text = strings.ToValidUTF8(line.Text, "?")
		line.End = min(line.End, len(line.Text))
		line.Start = min(line.Start, line.End)
	}
	return line, true
}

// replace puts (secret) over bytes a to b and moves the marked part along.
func (l *ExcerptLine) replace(a, b int) {
	l.Text = l.Text[:a] + hiddenText + l.Text[b:]
	move := func(p int) int {
		switch {
		case p >= b:
			return p + len(hiddenText) - (b - a)
		case p > a:
			return a
		}
		return p
	}
	grown := l.End > a && l.End < b
	l.Start, l.End = move(l.Start), move(l.End)
	if grown || l.End <= l.Start {
		l.End = max(l.End, a+len(hiddenText))
	}
}

// passwordLine finds a password in text that does not even parse.
var passwordLine = regexp.MustCompile(`(?i)"?\b(?:(?:\w*_)?pa?ss?w?\w*|passphrase|secret\w*)"?\s*[=:]\s*(.+?)\s*,?\s*$`)

// valueLine finds what a line of a var-file assigns.
var valueLine = regexp.MustCompile(`^\s*"?[A-Za-z_][A-Za-z0-9_-]*"?\s*[=:]\s*(.+?)\s*,?\s*$|^\s*(.*?)\s*$`)

// hide returns the parts of a line to cover, last first.
func (t *text) hide(from int, raw string) [][2]int {
	var parts [][2]int
	for _, r := range t.secrets {
		a, b := max(r.Start.Byte-from, 0), min(r.End.Byte-from, len(raw))
		if a < b && r.End.Byte > from {
			parts = append(parts, [2]int{a, b})
		}
	}
	if len(parts) == 0 || t.broken {
		re := passwordLine
		if t.hidden || t.broken && t.inSensitiveDefault(from, raw) {
			re = valueLine
		}
		if m := re.FindStringSubmatchIndex(raw); m != nil {
			for i := 2; i+1 < len(m); i += 2 {
				if m[i] >= 0 && m[i] < m[i+1] && !plainReference(raw[m[i]:m[i+1]]) {
					parts = append(parts, [2]int{m[i], m[i+1]})
				}
			}
		}
	}
	return lastFirst(parts)
}

// lastFirst sorts parts of a line so that earlier offsets stay true while
// later parts are replaced, and joins those that overlap.
func lastFirst(parts [][2]int) [][2]int {
	slices.SortFunc(parts, func(a, b [2]int) int { return a[0] - b[0] })
	var joined [][2]int
	for _, p := range parts {
		if n := len(joined) - 1; n >= 0 && p[0] < joined[n][1] {
			joined[n][1] = max(joined[n][1], p[1])
			continue
		}
		joined = append(joined, p)
	}
	slices.Reverse(joined)
	return joined
}

// variableLine begins a variable block in text that does not parse.
var variableLine = regexp.MustCompile(`(?m)^\s*"?variable\b`)

// inSensitiveDefault reports whether a line that does not parse may hold the
// default of a sensitive variable: it comes after the word default of the
// variable block that began last, and that block says sensitive.
func (t *text) inSensitiveDefault(from int, raw string) bool {
	upTo := t.data[:from+len(raw)]
	starts := variableLine.FindAllIndex(upTo, -1)
	if len(starts) == 0 {
		return false
	}
	block := t.data[starts[len(starts)-1][0]:]
	seen := len(upTo) - starts[len(starts)-1][0]
	if end := bytes.Index(block, []byte("\n}")); end >= 0 {
		if end < seen-len(raw) {
			return false
		}
		block = block[:end]
	}
	return bytes.Contains(block, []byte("sensitive")) && bytes.Contains(block[:min(seen, len(block))], []byte("default"))
}

// plainReference reports whether an expression shows no more than a name.
func plainReference(s string) bool {
	return strings.HasPrefix(s, "var.") || strings.HasPrefix(s, "local.")
}

// secretRanges finds literal secrets in a parsed file: the text of every
// password attribute, of the default of a sensitive variable, and of the
// arguments of sensitive().
func secretRanges(body hcl.Body) []hcl.Range {
	b, ok := body.(*hclsyntax.Body)
	if !ok || b == nil {
		return nil
	}
	var ranges []hcl.Range
	collectSecrets(b, &ranges, map[string]bool{})
	return ranges
}

// collectSecrets goes through a body; known keeps what passwordLike says of the
// names of attributes, of which a fleet has a dozen.
func collectSecrets(b *hclsyntax.Body, out *[]hcl.Range, known map[string]bool) {
	for _, a := range b.Attributes {
		password, seen := known[a.Name]
		if !seen {
			password = passwordLike(a.Name)
			known[a.Name] = password
		}
		if password {
			*out = append(*out, literals(a.Expr)...)
			continue
		}
		_ = hclsyntax.VisitAll(a.Expr, func(n hclsyntax.Node) hcl.Diagnostics {
			if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && call.Name == "sensitive" {
				for _, arg := range call.Args {
					*out = append(*out, literals(arg)...)
				}
			}
			return nil
		})
	}
	for _, nested := range b.Blocks {
		if nested.Type == "variable" {
			if d := nested.Body.Attributes["default"]; d != nil && isSensitive(nested.Body) {
				*out = append(*out, d.Expr.Range())
			}
		}
		collectSecrets(nested.Body, out, known)
	}
}

// passwordLike reports whether an attribute was meant to be a password: its
// name may be misspelt, and the finding about that shows the line.
func passwordLike(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "pass") || levenshtein.Distance(name, "password", nil) <= 3
}

func isSensitive(b *hclsyntax.Body) bool {
	s := b.Attributes["sensitive"]
	if s == nil {
		return false
	}
	v, diags := s.Expr.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type().FriendlyName() == "bool" && v.True()
}

// literals returns the range of an expression that holds literal text.
func literals(e hclsyntax.Expression) []hcl.Range {
	if len(e.Variables()) > 0 {
		var inner []hcl.Range
		_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
			if l, ok := n.(*hclsyntax.TemplateExpr); ok && l.IsStringLiteral() {
				inner = append(inner, l.Range())
			}
			return nil
		})
		return inner
	}
	return []hcl.Range{e.Range()}
}
