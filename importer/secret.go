package importer

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// Where a password stands in a host's file: behind the word pass of ifconfig,
// in quotes or without, and in variables named after one.
var (
	passWord  = regexp.MustCompile(`\bpass[ \t]+\\?(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'\\]+))`)
	passValue = regexp.MustCompile(`(?im)^[ \t]*[a-z_0-9.]*(?:pass(?:w|p|_|=)|secret|psk|_key)[a-z_0-9]*\+?=[ \t]*(.+)$`)
)

// shortestKnown bounds which passwords are looked for in plain text: shorter
// ones would be found in every other word.
const shortestKnown = 3

// secretRanges finds the passwords in a text, and every place where one of the
// known ones stands again.
func secretRanges(name string, data []byte, known []string) []hcl.Range {
	var found []hcl.Range
	add := func(a, b int) {
		if a >= 0 && a < b {
			found = append(found, hcl.Range{Filename: name, Start: hcl.Pos{Byte: a}, End: hcl.Pos{Byte: b}})
		}
	}
	for _, m := range passWord.FindAllSubmatchIndex(data, -1) {
		add(m[2], m[3])
		add(m[4], m[5])
		add(m[6], m[7])
	}
	for _, m := range passValue.FindAllSubmatchIndex(data, -1) {
		add(m[2], m[3])
	}
	for _, k := range known {
		for from := 0; len(k) >= shortestKnown; {
			i := bytes.Index(data[from:], []byte(k))
			if i < 0 {
				break
			}
			add(from+i, from+i+len(k))
			from += i + len(k)
		}
	}
	return merged(found)
}

// merged joins ranges that overlap, in their order.
func merged(rs []hcl.Range) []hcl.Range {
	slices.SortFunc(rs, func(a, b hcl.Range) int { return a.Start.Byte - b.Start.Byte })
	var out []hcl.Range
	for _, r := range rs {
		if n := len(out); n > 0 && r.Start.Byte <= out[n-1].End.Byte {
			out[n-1].End.Byte = max(out[n-1].End.Byte, r.End.Byte)
			continue
		}
		out = append(out, r)
	}
	return out
}

// passwords lists what follows the word pass in the commands of a boot, each
// once.
func (h *Host) passwords() []string {
	if h.known != nil {
		return h.known
	}
	list := []string{}
	for _, c := range h.boot {
		for i, w := range c.Args {
			if w == "pass" && i+1 < len(c.Args) {
				list = append(list, c.Args[i+1])
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if h.boot != nil {
		h.known = list
	}
	return list
}

// discreet takes passwords out of a message.
func (h *Host) discreet(s string) string {
	s = passWord.ReplaceAllStringFunc(s, func(m string) string {
		if strings.HasPrefix(m, "pass (") {
			return m
		}
		return "pass (secret)"
	})
	for _, k := range h.passwords() {
		if len(k) >= shortestKnown {
			s = strings.ReplaceAll(s, k, "(secret)")
		}
	}
	return s
}

// sourceOf gathers the texts that findings point at, with the places that no
// excerpt may show.
func sourceOf(hosts []*Host) *schema.Source {
	var known []string
	for _, h := range hosts {
		known = append(known, h.passwords()...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	var texts []schema.Text
	for _, h := range hosts {
		for name, t := range h.texts {
			full := h.fileName(name)
			texts = append(texts, schema.Text{Name: full, Data: t.Bytes, Secrets: secretRanges(full, t.Bytes, known)})
		}
	}
	return schema.NewSource(texts)
}

// Covered returns a file of the host with its secrets covered.
func (h *Host) Covered(name string) string {
	h.bootOnce()
	data := h.text(name).Bytes
	var b strings.Builder
	from := 0
	for _, r := range secretRanges(name, data, h.passwords()) {
		b.Write(data[from:r.Start.Byte])
		b.WriteString("(secret)")
		from = r.End.Byte
	}
	b.Write(data[from:])
	return b.String()
}
