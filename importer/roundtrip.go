package importer

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/devdconf"
	"carpool/importer/trace"
	"carpool/importer/tree"
	"carpool/schema"
)

// Difference is a command that only one of two trees runs: at a boot, or for an
// event.
type Difference struct {
	Host, Command string
	Event         string // what devd is told, "" for a boot
	Added         bool   // the new tree runs it, the old one does not
}

// Differences compares what a boot of a host's own files does with what a boot
// of other files would do, and what devd runs for every event that the kernel
// posts of a vhid or that a rule of either asks for. Commands are compared by
// what they say, not by how they are written, and those of a boot in no order.
// files are named as on the host. What carpool adds on purpose is no
// difference: the module that a vhid or a resource needs, the default of
// net.inet.carp.preempt in so many words, and what a host with carpool's own
// switch boots with.
func (h *Host) Differences(files map[string][]byte) []Difference {
	other := NewHost(h.Name, h.Dir, tree.Memory(files), &h.Release)
	before, after := h.essence(), other.essence()
	var list []Difference
	for _, c := range before {
		if !slices.Contains(after, c) {
			list = append(list, Difference{Host: h.Name, Command: h.discreet(c)})
		}
	}
	wanted := []string{"load carp", "load if_carp", "load geom_gate", "sysctl net.inet.carp.preempt=0"}
	for _, c := range after {
		if !slices.Contains(before, c) && !slices.Contains(wanted, c) {
			list = append(list, Difference{Host: h.Name, Command: other.discreet(h.discreet(c)), Added: true})
		}
	}
	list = append(list, h.hastDifferences(other)...)
	return append(list, h.eventDifferences(other)...)
}

// hastDifferences compares what hastd makes of the two files, if it takes the
// old one.
func (h *Host) hastDifferences(other *Host) []Difference {
	before, after := h.hastEssence(), other.hastEssence()
	var list []Difference
	for _, s := range before {
		if !slices.Contains(after, s) {
			list = append(list, Difference{Host: h.Name, Command: s})
		}
	}
	for _, s := range after {
		if !slices.Contains(before, s) {
			list = append(list, Difference{Host: h.Name, Command: s, Added: true})
		}
	}
	return list
}

// hastEssence lists what hastd works with, a setting each, addresses in one
// form.
func (h *Host) hastEssence() []string {
	config := h.hastConfig()
	if config == nil {
		return nil
	}
	list := []string{"hastd control " + config.Control.Text, "hastd pidfile " + config.PIDFile.Text}
	for _, v := range config.Listen {
		list = append(list, "hastd listen "+endpoint(v.Text))
	}
	for _, r := range config.Resources {
		for _, s := range []struct{ word, text string }{
			{"name", r.Provider.Text}, {"local", r.Local.Text}, {"remote", endpoint(r.Remote.Text)}, {"source", endpoint(r.Source.Text)},
			{"replication", r.Replication.Text}, {"checksum", r.Checksum.Text}, {"compression", r.Compression.Text},
			{"timeout", r.Timeout.Text}, {"exec", r.Exec.Text}, {"metaflush", r.Metaflush.Text},
		} {
			if s.text != "" {
				list = append(list, fmt.Sprintf("hastd resource %s %s %s", r.Name.Text, s.word, s.text))
			}
		}
	}
	return list
}

// endpoint writes an address of hast.conf with all that hastd adds to it.
func endpoint(text string) string {
	e, err := schema.SplitHASTAddress(text)
	if err != nil || text == "" || text == "none" {
		return text
	}
	if e.Port == 0 {
		e.Port = schema.HASTPort
	}
	if a, err := netip.ParseAddr(e.Host); err == nil {
		return netip.AddrPortFrom(a, uint16(e.Port)).String()
	}
	return fmt.Sprintf("%s:%d", e.Host, e.Port)
}

// eventDifferences compares the answers of two devds.
func (h *Host) eventDifferences(other *Host) []Difference {
	var list []Difference
	seen := map[string]bool{}
	for _, e := range append(h.events(), other.events()...) {
		name := eventName(e)
		if seen[name] {
			continue
		}
		seen[name] = true
		before, after := h.runs(e), other.runs(e)
		if slices.Equal(before, after) {
			continue
		}
		for _, c := range before {
			list = append(list, Difference{Host: h.Name, Command: h.discreet(c), Event: name})
		}
		for _, c := range after {
			list = append(list, Difference{Host: h.Name, Command: h.discreet(c), Event: name, Added: true})
		}
	}
	return list
}

// events lists what may happen on the host that its rules of devd could be
// about: the changes of role of each vhid, and what the rules ask for.
func (h *Host) events() []devdconf.Event {
	var list []devdconf.Event
	for _, e := range h.probes() {
		list = append(list, devdconf.Notify(e[0], e[1], e[2]))
	}
	rules := h.handRules()
	for _, r := range rules {
		if len(list)*len(rules) > maxMatches {
			break
		}
		list = append(list, samplesOf(r)...)
	}
	return list
}

// eventName words an event, those of a kernel's notification as trace has it.
func eventName(e devdconf.Event) string {
	words := []string{}
	for _, v := range []string{"system", "subsystem", "type"} {
		words = append(words, e.Vars[v])
	}
	text := strings.Join(words, " ")
	if e.Class != "notify" {
		text = e.Class
	}
	for _, v := range slices.Sorted(maps.Keys(e.Vars)) {
		if !slices.Contains([]string{"system", "subsystem", "type"}, v) || e.Class != "notify" {
			text += " " + v + "=" + e.Vars[v]
		}
	}
	return strings.TrimSpace(text)
}

// runs is what devd hands to the shell for an event, nothing if it is off.
func (h *Host) runs(e devdconf.Event) []string {
	if run := h.run(e); run != nil {
		return run.Commands
	}
	return nil
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
			add(v.essence(a.prefix.String()))
		}
		if len(v.addrs) == 0 {
			add(v.essence(""))
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

func (v *vhid) essence(address string) string {
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
	return strings.TrimSpace(fmt.Sprintf("ifconfig %s vhid %s advskew %d advbase %d %s %s", iface, v.number.text, number("advskew", 0), number("advbase", 1), strings.Join(parts, " "), address))
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
	when := "a boot of " + x.Host
	if strings.HasPrefix(x.Command, "hastd ") {
		what = strings.NewReplacer("run in addition", "have in addition", "run", "have").Replace(what)
		when = "hast.conf of " + x.Host
	}
	if x.Event != "" {
		when = "for the event " + x.Event + " devd of " + x.Host
	}
	return f.Diagnostic(hcl.Range{}, fmt.Sprintf("%s %s: %s", when, what, x.Command), "")
}
