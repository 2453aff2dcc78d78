package importer

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/trace"
	"carpool/importer/tree"
	"carpool/schema"
)

// Difference is a command that a boot of only one of two trees runs.
type Difference struct {
	Host, Command string
	Added         bool // the new tree runs it, the old one does not
}

// Differences compares what a boot of a host's own files does with what a boot
// of other files would do: commands by what they say, not by how they are
// written, and in no order. files are named as on the host. What carpool adds
// on purpose is none: the module that a vhid or a resource needs, and the
// default of net.inet.carp.preempt in so many words.
func (h *Host) Differences(files map[string][]byte) []Difference {
	other := NewHost(h.Name, h.Dir, tree.Memory(files), &h.Release)
	before, after := h.essence(), other.essence()
	var list []Difference
	for _, c := range before {
		if !slices.Contains(after, c) {
			list = append(list, Difference{h.Name, h.discreet(c), false})
		}
	}
	wanted := []string{"load carp", "load if_carp", "load geom_gate", "sysctl net.inet.carp.preempt=0"}
	for _, c := range after {
		if !slices.Contains(before, c) && !slices.Contains(wanted, c) {
			list = append(list, Difference{h.Name, other.discreet(h.discreet(c)), true})
		}
	}
	return list
}

// essence lists what a boot does, each command in one form. What a vhid needs
// is said once for each of its addresses, as FreeBSD understands it.
func (h *Host) essence() []string {
	if h.boot == nil {
		h.Boot(trace.Options{})
	}
	var list []string
	add := func(s string) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, v := range h.vhids() {
		for _, a := range v.addrs {
			add(v.essence(a))
		}
	}
	for c, s := range h.commands() {
		if s.iface == "" {
			if text := c.String(); !strings.HasPrefix(text, "sysctl hw.bus.devctl") {
				add(moduleName(text))
			}
			continue
		}
		_, virtual := s.params["vhid"]
		if virtual || isCarp(s.iface) && s.addr != nil {
			continue
		}
		if text := s.essence(); text != "ifconfig "+s.iface { // it is only brought up
			add(text)
		}
	}
	return list
}

// moduleName makes loader's and kldload's way to load CARP and geom_gate one.
func moduleName(text string) string {
	for _, m := range []string{"carp", "if_carp", "geom_gate"} {
		if text == "load "+m || text == "kldload "+m {
			return "load " + m
		}
	}
	return text
}

func (v *vhid) essence(a address) string {
	number := func(word string, missing int) int {
		if n, _, ok := v.num(word); ok {
			return n
		}
		return missing
	}
	var parts []string
	for _, w := range []string{"pass", "peer", "peer6", "carpver", "vrrpprio", "vrrpinterval"} {
		if p, ok := v.params[w]; ok && p.text != "" {
			parts = append(parts, w+" "+p.text)
		}
	}
	iface := v.iface
	return strings.TrimSpace(fmt.Sprintf("ifconfig %s vhid %s advskew %d advbase %d %s %s", iface, v.number.text, number("advskew", 0), number("advbase", 1), strings.Join(parts, " "), a.prefix))
}

func (s settings) essence() string {
	var words []string
	for _, f := range s.flags {
		if !slices.Contains([]string{"alias", "add", "up"}, f.text) {
			words = append(words, f.text)
		}
	}
	for name, p := range s.params {
		if name == "netmask" || name == "prefixlen" || name == "broadcast" && s.addr != nil && p.text == broadcast(s.addr.prefix) {
			continue
		}
		words = append(words, name+" "+p.text)
	}
	slices.Sort(words)
	text := "ifconfig " + s.iface
	if s.addr != nil {
		text += " " + s.addr.prefix.String()
	} else if s.family != "inet" {
		text += " " + s.family
	}
	return strings.TrimSpace(text + " " + strings.Join(words, " "))
}

// broadcast is the last address of an IPv4 prefix, which ifconfig sets anyway.
func broadcast(p netip.Prefix) string {
	if !p.Addr().Is4() {
		return ""
	}
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b).String()
}

// Departure words a difference as a finding of an import.
func Departure(x Difference) *hcl.Diagnostic {
	what := "would no longer run"
	if x.Added {
		what = "would run in addition"
	}
	f := schema.Finding{Code: CodeImport, Severity: schema.Warning, Effect: effectOf(CodeImport), Help: "state it in the description, or keep it in a file of the host's own"}
	return f.Diagnostic(hcl.Range{}, fmt.Sprintf("a boot of %s %s: %s", x.Host, what, x.Command), "")
}
