package importer

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"carpool/importer/devdconf"
)

// maxSamples bounds the texts made up for one expression, and the events made
// up for one rule.
const maxSamples = 16

// samples makes up texts that an expression matches: one for each of its
// alternatives.
func samples(expression string) []string {
	re, err := syntax.Parse(expression, syntax.POSIX)
	if err != nil {
		return nil
	}
	return samplesFor(re.Simplify())
}

func samplesFor(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		for _, r := range []rune{'0', '1', 'a', 'A', '@', '.'} {
			for i := 0; i+1 < len(re.Rune); i += 2 {
				if re.Rune[i] <= r && r <= re.Rune[i+1] {
					return []string{string(r)}
				}
			}
		}
		if len(re.Rune) > 0 {
			return []string{string(re.Rune[0])}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"x"}
	case syntax.OpCapture, syntax.OpPlus, syntax.OpRepeat:
		return samplesFor(re.Sub[0])
	case syntax.OpAlternate:
		var list []string
		for _, s := range re.Sub {
			list = append(list, samplesFor(s)...)
		}
		return list[:min(len(list), maxSamples)]
	case syntax.OpConcat:
		list := []string{""}
		for _, s := range re.Sub {
			list = product(list, samplesFor(s))
		}
		return list
	}
	return []string{""} // what may be missing is
}

func product(heads, tails []string) []string {
	var list []string
	for _, h := range heads {
		for _, t := range tails {
			if len(list) < maxSamples {
				list = append(list, h+t)
			}
		}
	}
	return list
}

// already reports whether a text that an earlier condition asks for meets
// another one too.
func already(text, expression string) bool {
	re, err := regexp.Compile("^(?:" + expression + ")$")
	return err == nil && text != "" && re.MatchString(text)
}

// samplesOf makes up events that the conditions of a rule ask for. What a rule
// only excludes stays out.
func samplesOf(r *devdconf.Rule) []devdconf.Event {
	events := []devdconf.Event{{Class: r.Class, Vars: map[string]string{}}}
	if r.Class == "notify" {
		for _, v := range []string{"system", "subsystem", "type"} {
			events[0].Vars[v] = ""
		}
	}
	for _, c := range r.Clauses {
		if c.Keyword == "action" || c.Keyword == "media-type" || strings.HasPrefix(c.Value.Text, "!") {
			continue
		}
		variable := c.Variable.Text
		if variable == "" {
			variable = c.Keyword
		}
		next := slices.DeleteFunc(slices.Clone(events), func(e devdconf.Event) bool { return !already(e.Vars[variable], c.Value.Text) })
		for _, text := range samples(c.Value.Text) {
			for _, e := range events {
				if len(next) == maxSamples || already(e.Vars[variable], c.Value.Text) {
					continue
				}
				vars := map[string]string{variable: text}
				for k, v := range e.Vars {
					if k != variable {
						vars[k] = v
					}
				}
				next = append(next, devdconf.Event{Class: e.Class, Vars: vars})
			}
		}
		events = next
	}
	return events
}
