package generator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// SecretMode says what stands in the files in place of secrets.
type SecretMode string

const (
	Embed  SecretMode = "embed"  // the secrets themselves
	Redact SecretMode = "redact" // the word REDACTED
	Jinja  SecretMode = "jinja"  // Jinja2 expressions, the files being templates
)

// covered puts a mark in place of every secret. It is how carpool itself learns
// which lines hold one: searching for the text would miss what was quoted.
const covered SecretMode = "covered"

// SecretModes lists the modes, for help and messages.
var SecretModes = []SecretMode{Embed, Redact, Jinja}

// redacted stands for a secret in files for review; every grammar can hold it.
const redacted = "REDACTED"

// secretTexts remembers the secrets that went into one host's model.
type secretTexts struct {
	mode  SecretMode
	known []secretText
}

type secretText struct {
	value string // what stands in the model
	expr  string // Jinja expression
	root  string // the variable it reads
}

// text returns what stands in the model for attribute a.
func (s *secretTexts) text(a schema.Attr[string]) string { return s.filtered(a, "") }

// filtered is text for a place where the grammar has escapes: filters do to
// the value in a template what the quoting function does to it here.
func (s *secretTexts) filtered(a schema.Attr[string], filters string) string {
	if !a.Secret.Secret {
		return a.Value
	}
	t := secretText{value: a.Value}
	switch s.mode {
	case Redact:
		t.value = redacted
	case covered:
		t.value = mark(len(s.known))
	case Jinja:
		// The token passes every quoting function and is replaced after it.
		t.value, t.expr = mark(len(s.known)), a.Secret.Origin+filters
		t.root, _, _ = strings.Cut(a.Secret.Origin, "[")
	}
	s.known = append(s.known, t)
	return t.value
}

// rcFilters are rcEscapes in Jinja2.
const rcFilters = ` | replace("\\", "\\\\") | replace("\"", "\\\"") | replace("$", "\\$") | replace("` + "`" + `", "\\` + "`" + `")`

// mark is text that every grammar can hold and nobody writes.
func mark(n int) string { return fmt.Sprintf("CARPOOLxSECRET%04dx", n) }

// markStem is what is left of a mark that an operator's template has changed.
const markStem = "carpoolxsecret"

// cover replaces the marks by what a reader may see.
func (s *secretTexts) cover(data string) string {
	for _, t := range s.known {
		data = strings.ReplaceAll(data, t.value, hiddenSecret)
	}
	return data
}

// What stands for a secret in a diff.
const (
	hiddenSecret  = "(secret)"
	changedSecret = "(secret, changed)"
)

// contains reports whether data holds one of the secrets.
func (s *secretTexts) contains(data string) bool {
	for _, t := range s.known {
		if t.value != "" && strings.Contains(data, t.value) {
			return true
		}
	}
	return false
}

// jinjaEscapes protects what Jinja2 would read as its own: ${#x} of sh opens a
// comment. Expressions, unlike {% raw %}, keep every byte whatever trim_blocks
// and keep_trailing_newline say.
var jinjaEscapes = strings.NewReplacer("{{", `{{ "{{" }}`, "{%", `{{ "{%" }}`, "{#", `{{ "{#" }}`, "\r", `{{ "\r" }}`)

// jinja makes a Jinja2 template of a rendered file, and lists the variables
// that it reads, sorted.
func (s *secretTexts) jinja(data string) (string, []string, error) {
	var b strings.Builder
	var reads []string
	for data != "" {
		at, which := len(data), -1
		for i, t := range s.known {
			if k := strings.Index(data, t.value); k >= 0 && k < at {
				at, which = k, i
			}
		}
		text := jinjaEscapes.Replace(data[:at])
		if which < 0 {
			b.WriteString(text)
			break
		}
		if bare, brace := strings.CutSuffix(text, "{"); brace {
			text = bare + `{{ "{" }}`
		}
		b.WriteString(text)
		b.WriteString("{{ " + s.known[which].expr + " }}")
		reads = append(reads, s.known[which].root)
		data = data[at+len(s.known[which].value):]
	}
	text, ended := strings.CutSuffix(b.String(), "\n")
	if ended {
		text += `{{ "\n" }}`
	}
	if strings.Contains(strings.ToLower(text), markStem) {
		return "", nil, errors.New("a template changes a secret, which --secrets jinja cannot write")
	}
	slices.Sort(reads)
	return text, slices.Compact(reads), nil
}
