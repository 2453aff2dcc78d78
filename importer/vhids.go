package importer

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
)

// vhid is one group as one host configures it: a vhid of an interface, or a
// carpN interface up to 9.x.
type vhid struct {
	host   *Host
	iface  string // that the words stand at: em0, or carp0
	number word
	at     hcl.Range       // of the first command
	params map[string]word // the last one of each word counts
	addrs  []address
}

// subsystem is how devd names the group (sys/netinet/ip_carp.c carp_set_state).
func (v *vhid) subsystem() string { return v.number.text + "@" + v.iface }

// number is a word as a number.
func (v *vhid) num(word string) (int, hcl.Range, bool) {
	w, ok := v.params[word]
	if !ok {
		return 0, hcl.Range{}, false
	}
	n, err := strconv.Atoi(w.text)
	return n, w.at, err == nil
}

// vhids lists the groups of the host in the order of its commands.
func (h *Host) vhids() []*vhid {
	if h.groups != nil || len(h.boot) == 0 {
		return h.groups
	}
	list := []*vhid{}
	for _, s := range h.commands() {
		number, stated := s.params["vhid"]
		switch {
		case s.iface == "":
		case isCarp(s.iface) && !h.Release.AtLeast(10, 0):
			list = h.oldVHID(list, s)
		case stated && h.Release.AtLeast(10, 0):
			i := slices.IndexFunc(list, func(v *vhid) bool { return v.iface == s.iface && v.number.text == number.text })
			if i < 0 {
				i = len(list)
				list = append(list, &vhid{host: h, iface: s.iface, number: number, at: s.at, params: map[string]word{}})
			}
			list[i].add(s)
		}
	}
	h.groups = list
	return list
}

// oldVHID collects what is said of a carpN interface.
func (h *Host) oldVHID(list []*vhid, s settings) []*vhid {
	i := slices.IndexFunc(list, func(v *vhid) bool { return v.iface == s.iface })
	number, stated := s.params["vhid"]
	switch {
	case i < 0 && !stated:
		return list
	case i < 0:
		i = len(list)
		list = append(list, &vhid{host: h, iface: s.iface, number: number, at: s.at, params: map[string]word{}})
	}
	list[i].add(s)
	return list
}

func (v *vhid) add(s settings) {
	for _, w := range []string{"advskew", "advbase", "pass", "peer", "peer6", "carpver", "vrrpprio", "vrrpinterval", "carpdev"} {
		if p, ok := s.params[w]; ok {
			v.params[w] = p
		}
	}
	if s.addr != nil {
		v.addrs = append(v.addrs, *s.addr)
	}
}

// isCarp reports whether a name is that of a carpN interface.
func isCarp(name string) bool {
	n, err := strconv.Atoi(name[min(len("carp"), len(name)):])
	return len(name) > 4 && name[:4] == "carp" && err == nil && n >= 0
}
