package man

import (
	"strings"
	"testing"
)

// TestProse: text stays text, whatever roff would make of it, and a sentence
// begins a line.
func TestProse(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"sentences", "One. Two? Three (it is so.) Four", "One.\nTwo?\nThree (it is so.)\nFour\n"},
		{"an ellipsis ends nothing", "a/... for b", "a/... for b\n"},
		{"a leading dot", ".Nm is text", "\\&.Nm is text\n"},
		{"a leading quote", "'tis", "\\(aqtis\n"},
		{"a backslash", `a\fBb`, "a\\efBb\n"},
		{"beyond ASCII", "1 … 2", "1 \\[u2026] 2\n"},
		{"a word", "say `advskew`, or (`vhid`).", "say\n.Cm advskew ,\nor\n.Cm ( vhid ) .\n"},
		{"code", "say `a b` now", "say\n.Ql \"a b\"\nnow\n"},
		{"code with a quote", "`\"x\"`", ".Ql \\(dqx\\(dq\n"},
		{"code with a hyphen", "`--var`", ".Ql \\-\\-var\n"},
		{"code like a macro", "`Nm`", ".Cm \\&Nm\n"},
		{"code that is punctuation", "`.`", ".Ql \\&.\n"},
		{"code in a word", "`x`'s", "\\fBx\\fR\\(aqs\n"},
		{"strong", "**not `so`** yet", ".Em \"not so\"\nyet\n"},
		{"a star", "all *.hcl files and *text*", "all *.hcl files and\n.Em text\n"},
		{"a link", "see [the page](a.md#b).", "see the page.\n"},
		{"the system", "FreeBSD, on FreeBSD 14 and FreeBSD's", ".Fx ,\non\n.Fx\n14 and\n.Fx Ns \\(aqs\n"},
		{"long", strings.Repeat("word ", 20), strings.TrimSpace(strings.Repeat("word ", 15)) + "\n" + strings.TrimSpace(strings.Repeat("word ", 5)) + "\n"},
	}
	for _, test := range tests {
		p := &Page{}
		p.prose(test.in)
		if got := p.String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	p := &Page{}
	p.Markdown("# Title\n\nleft out\n\n## First part\n\nText\nof two lines.\n\n```hcl\n.x = \"-\"\n```\n\n" +
		"### `vip`\n\n| attribute | type | default | meaning |\n|---|---|---|---|\n| `a` ★ | text | | says a |\n| `b`, `c` | word | `x` | |\n\n" +
		"| what | from | until |\n|---|---|---|\n| a, b | 1 | 2 |\n\n* one\n  more\n* two\n\n1. first\n")
	want := `.Sh FIRST PART
Text of two lines.
.Bd -literal -offset indent
\&.x = "\-"
.Ed
.Ss vip
.Bl -tag -width Ds
.It Cm a
text, required.
.br
says a.
.It Cm b , Cm c
word; default:
.Cm x .
.El
.Bl -tag -width Ds
.It No a , No b
from 1, until 2.
.El
.Bl -bullet -offset indent -compact
.It
one more
.It
two
.El
.Bl -enum -offset indent -compact
.It
first
.El
`
	if got := p.String(); got != want {
		t.Errorf("got:\n%s", got)
	}
}
