package importer

import (
	"iter"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/trace"
)

// word is an argument of ifconfig with its place.
type word struct {
	text string
	at   hcl.Range // as the host names its files
}

// settings are what one ifconfig command says of an interface
// (sbin/ifconfig/ifconfig.c, af_inet.c, carp.c).
type settings struct {
	iface  string
	at     hcl.Range
	family string // inet or inet6, "" for the link
	stated bool   // the command says the family
	addr   *address
	params map[string]word // words that take a value
	flags  []word          // all others
}

// address is an address as ifconfig takes it.
type address struct {
	prefix netip.Prefix
	at     hcl.Range
	masked bool // a length or mask was given
}

// valued are the words of ifconfig that take a value, of those that rc.conf
// files of servers hold.
var valued = strings.Fields("vhid advskew advbase pass carpdev carpnode state peer peer6 carpver vrrpprio vrrpinterval netmask prefixlen " +
	"broadcast mtu metric description descr name group media mediaopt mode fib vlan vlandev vlanproto vlanpcp laggproto laggport " +
	"lagghash addm deletem syncdev syncpeer maxupd version ether lladdr ssid tunnel tunnelfib bssid country channel")

// both take the words that have two values.
var pairs = []string{"tunnel"}

// commands yields every command of the boot with what it says if it is one of
// ifconfig; the interface is "" if it is not.
func (h *Host) commands() iter.Seq2[trace.Command, settings] {
	if h.parsed == nil {
		h.parsed = make([]settings, len(h.boot))
		for i, c := range h.boot {
			if s, ok := h.parse(c); ok {
				h.parsed[i] = s
			}
		}
	}
	return func(yield func(trace.Command, settings) bool) {
		for i, c := range h.boot {
			if !yield(c, h.parsed[i]) {
				return
			}
		}
	}
}

// parse reads an ifconfig command; ok is false if it is none.
func (h *Host) parse(c trace.Command) (settings, bool) {
	if len(c.Args) < 2 || c.Args[0] != "ifconfig" || strings.HasPrefix(c.Args[1], "-") {
		return settings{}, false
	}
	s := settings{iface: c.Args[1], at: c.Range, params: map[string]word{}, family: "inet"}
	f := h.finder(c)
	for i := 2; i < len(c.Args); i++ {
		w := c.Args[i]
		switch {
		case i == 2 && slices.Contains([]string{"inet", "inet6", "link", "ether"}, w):
			s.family, s.stated = w, true
		case (w == "inet" || w == "inet6") && i+1 < len(c.Args) && isAddress(c.Args[i+1]):
			s.family, s.stated = w, true
		case slices.Contains(valued, w) && i+1 < len(c.Args):
			i++
			value := word{c.Args[i], f.find(w, c.Args[i])}
			if w == "laggport" || w == "addm" {
				s.flags = append(s.flags, word{w + " " + value.text, value.at})
			} else {
				s.params[w] = value
			}
			if slices.Contains(pairs, w) {
				i++
			}
		default:
			if a, ok := readAddress(w); ok && s.addr == nil {
				a.at = f.find("", w)
				s.addr = &a
			} else {
				s.flags = append(s.flags, word{w, f.find("", w)})
			}
		}
	}
	s.applyMask()
	return s, true
}

func isAddress(w string) bool { _, ok := readAddress(w); return ok }

func readAddress(w string) (address, bool) {
	host, bits, cut := strings.Cut(w, "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return address{}, false
	}
	a = a.WithZone("")
	length := 64
	if !cut {
		if a.Is4() {
			length = classful(a)
		}
	} else if length, err = strconv.Atoi(bits); err != nil {
		return address{}, false
	}
	return address{prefix: netip.PrefixFrom(a, length), masked: cut}, netip.PrefixFrom(a, length).IsValid()
}

// classful is the length that ifconfig before 15 gives an address without one
// (sys/netinet/in.c in_control, IN_CLASSA and so on).
func classful(a netip.Addr) int {
	switch b := a.As4()[0]; {
	case b < 128:
		return 8
	case b < 192:
		return 16
	}
	return 24
}

// applyMask gives the address the mask that the words netmask and prefixlen
// state.
func (s *settings) applyMask() {
	if s.addr == nil {
		return
	}
	length := -1
	if w, ok := s.params["prefixlen"]; ok {
		length, _ = strconv.Atoi(w.text)
	}
	if w, ok := s.params["netmask"]; ok {
		length = maskLength(w.text)
	}
	if p := netip.PrefixFrom(s.addr.prefix.Addr(), length); length >= 0 && p.IsValid() {
		s.addr.prefix, s.addr.masked = p, true
	}
}

// maskLength reads 255.255.255.0 and 0xffffff00; -1 if the mask has gaps.
func maskLength(s string) int {
	var bits uint32
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil {
			return -1
		}
		bits = uint32(n)
	} else {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is4() {
			return -1
		}
		b := a.As4()
		bits = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	n := 0
	for ; bits&(1<<31) != 0; bits <<= 1 {
		n++
	}
	if bits != 0 {
		return -1
	}
	return n
}

// finder finds the words of a command in the setting that caused it.
type finder struct {
	host *Host
	at   hcl.Range // the setting, or the part of it that is the command
	text string
}

// longestSetting bounds the text in which words are looked for.
const longestSetting = 64 << 10

func (h *Host) finder(c trace.Command) finder {
	f := finder{host: h, at: c.Range}
	if c.Range.Filename == "" {
		return f
	}
	data := h.text(c.Range.Filename).Bytes
	if c.Range.End.Byte > len(data) || c.Range.Start.Byte > c.Range.End.Byte || c.Range.End.Byte-c.Range.Start.Byte > longestSetting {
		return f
	}
	f.text = string(data[c.Range.Start.Byte:c.Range.End.Byte])
	var words []string
	for _, w := range c.Args[2:] {
		if w != "alias" {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	if re, err := regexp.Compile(strings.Join(words, `[\s\\]+`)); err == nil && len(words) > 0 {
		if m := re.FindStringIndex(f.text); m != nil {
			f.narrow(m[0], m[1])
		}
	}
	return f
}

// narrow restricts the search to a part of the text.
func (f *finder) narrow(a, b int) {
	start := f.at.Start.Byte
	f.at = f.host.text(f.at.Filename).Range(start+a, start+b)
	f.text = f.text[a:b]
}

// find returns the place of a value behind a word, or the whole setting.
func (f finder) find(before, value string) hcl.Range {
	form := `(?:^|[\s"'=\\])()` + regexp.QuoteMeta(value) + `(?:$|[\s"'\\])`
	if before != "" {
		form = `\b()` + regexp.QuoteMeta(before) + `[\s\\"']+` + regexp.QuoteMeta(value)
	}
	re, err := regexp.Compile(form)
	if err != nil || f.text == "" {
		return f.at
	}
	m := re.FindStringSubmatchIndex(f.text)
	if m == nil {
		return f.at
	}
	end := m[1]
	if before == "" {
		end = m[2] + len(value)
	}
	start := f.at.Start.Byte
	return f.host.text(f.at.Filename).Range(start+m[2], start+end)
}
