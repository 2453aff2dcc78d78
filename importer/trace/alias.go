package trace

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/rcconf"
)

// word is a word of an alias with the place of its variable.
type word struct {
	text string
	at   hcl.Range
}

// aliases is ifalias: all aliases of one family of an interface.
func (n *netif) aliases(name, family string) {
	if !n.release.AtLeast(9, 2) {
		n.oldAliases(name, family)
		return
	}
	words := n.aliasWords(name, family)
	// 9.3 forgets the real name here: em0.100 becomes em0_100.
	if !n.release.AtLeast(10, 0) {
		name = normal(name)
	}
	var current []word
	flush := func(last bool) {
		if len(current) > 1 && current[0].text == family {
			n.alias(name, family, current, last)
		}
	}
	for _, w := range words {
		if isFamily(w.text) || w.text == "ipx" && !n.release.AtLeast(11, 0) {
			flush(false)
			current = nil
		} else if current == nil {
			current = []word{{}} // words before the first family word are lost
		}
		current = append(current, w)
	}
	flush(true)
}

func isFamily(s string) bool { return s == "inet" || s == "inet6" || s == "link" || s == "ether" }

// alias configures one address. All but the last of a list go through eval.
func (n *netif) alias(name, family string, words []word, last bool) {
	texts := []string{name, family, "alias"}
	for _, w := range words {
		texts = append(texts, w.text)
	}
	n.at = words[1].at
	if last {
		n.aliasHandler(texts, 0)
	} else {
		n.sh.Eval("ifalias_af_common_handler "+strings.Join(texts, " "), n.at)
	}
}

// aliasWords lists the words of ifconfig_IF_aliases, of each ifconfig_IF_aliasN of the
// family in the order of N, and of ipv4_addrs_IF.
func (n *netif) aliasWords(name, family string) []word {
	n.at = hcl.Range{}
	words := split(n.variable(name, "ifconfig_", "_aliases"), n.at)
	// The name in the pattern of list_vars.
	for _, v := range n.numbered("ifconfig_" + normal(name) + "_alias") {
		own := n.familyOf(v.Value)
		switch {
		case own == family:
			words = append(words, split(v.Value, v.Range)...)
			continue
		case own == "" && v.Value == "":
			return n.moreAliases(words, name, family)
		case own == "" && family == "inet":
			words = append(words, word{"inet", v.Range})
			words = append(words, split(v.Value, v.Range)...)
			n.warn(v.Range, "The word \"inet\" is missing", "network.subr takes the value for an IPv4 address and warns. Write \"inet …\" or \"inet6 …\".")
		}
	}
	return n.moreAliases(words, name, family)
}

// moreAliases adds ipv6_ifconfig_IF_aliasN and ipv4_addrs_IF. The latter are tried for every
// family, as network.subr does; only inet takes them.
func (n *netif) moreAliases(words []word, name, family string) []word {
	if family == "inet6" {
		for _, v := range n.numbered("ipv6_ifconfig_" + normal(name) + "_alias") {
			if v.Value == "" {
				break
			}
			words = append(words, word{"inet6", v.Range})
			words = append(words, split(v.Value, v.Range)...)
		}
	}
	n.at = hcl.Range{}
	for _, address := range split(n.variable(name, "ipv4_addrs_", ""), n.at) {
		words = append(words, word{"inet", n.at}, word{address.text, n.at})
	}
	return words
}

func split(value string, at hcl.Range) []word {
	var list []word
	for _, w := range fields(value) {
		list = append(list, word{w, at})
	}
	return list
}

// familyOf is the family word a value begins with; before 13 a space has to follow it.
func (n *netif) familyOf(value string) string {
	space := " "
	if n.release.AtLeast(13, 0) {
		space = " \t\n\v\f\r"
	}
	i := strings.IndexAny(value, space)
	if i < 0 || !isFamily(value[:i]) && (value[:i] != "ipx" || n.release.AtLeast(11, 0)) {
		return ""
	}
	return value[:i]
}

// numbered lists the variables whose names are prefix and a digit with anything behind,
// sorted by the number (list_vars and sort_lite of rc.subr). Empty ones count.
func (n *netif) numbered(prefix string) []rcconf.Var {
	var list []rcconf.Var
	for name, v := range n.cfg.All() {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b rcconf.Var) int {
		return cmp.Or(cmp.Compare(leading(a.Name[len(prefix):]), leading(b.Name[len(prefix):])), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// leading is the number a text begins with.
func leading(s string) int64 {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	number, _ := strconv.ParseInt(s[:end], 10, 64)
	return number
}

// oldAliases is the loop of 8 and 9.1: alias0, alias1 and so on up to the first that is not
// set; no lists and no ranges.
func (n *netif) oldAliases(name, family string) {
	if family != "inet" && family != "inet6" {
		return
	}
	for i := 0; ; i++ {
		n.at = hcl.Range{}
		value := n.variable(name, "ifconfig_", "_alias"+strconv.Itoa(i))
		if value == "" {
			break
		}
		if own := n.familyOf(value); own == family || own == "" && family == "inet" {
			n.ifconfig(append(append([]string{name}, fields(value)...), "alias")...)
		}
	}
	n.at = hcl.Range{}
	for _, address := range fields(n.variable(name, "ipv4_addrs_", "")) {
		if family == "inet" {
			n.ifconfig(name, "inet", address, "alias")
		}
	}
}

// Ranges of addresses are recognised by these characters, wherever they stand.
var (
	rangeMark    = regexp.MustCompile(`^\S+ (?s:.*)[0-9a-fA-F]-`)
	oldRangeMark = regexp.MustCompile(`^\S+ (?s:.*)-`)
)

// maxAliasDepth ends what never ends in network.subr: a value that looks like a range and is
// none expands to itself.
const maxAliasDepth = 20

// aliasHandler is ifalias_af_common_handler: interface, family, "alias" and the words.
func (n *netif) aliasHandler(args []string, depth int) int {
	if len(args) < 5 || args[3] != args[1] {
		return 1
	}
	name, family := args[0], args[1]
	if depth > maxAliasDepth {
		n.warn(n.at, "Taken for a range of addresses", "A hexadecimal digit (before FreeBSD 10: anything) followed by \"-\" makes network.subr expand the value as a range, "+
			"without end: the address is not configured and no message appears. Use a password without \"-\".")
		return 1
	}
	mark := rangeMark
	if !n.release.AtLeast(10, 0) {
		mark = oldRangeMark
	}
	status := 1
	var current []string
	flush := func(last bool) {
		text := strings.Join(current, " ")
		switch {
		case len(current) < 2 || current[0] != family:
		case last && n.release.AtLeast(13, 0) && current[1] == "pass" && len(current) > 2:
			n.ifconfig(append(append([]string{name}, current...), "alias")...)
			status = 0
		case mark.MatchString(text):
			expanded := n.expandRange(family, current[1:])
			n.aliasHandler(append([]string{name, family, "alias"}, expanded...), depth+1)
		default:
			n.ifconfig(append(append([]string{name}, current...), "alias")...)
			status = 0
		}
	}
	for _, w := range fields(strings.Join(args[3:], " ")) {
		if w == family {
			flush(false)
			current = nil
		}
		current = append(current, w)
	}
	flush(true)
	return status
}
