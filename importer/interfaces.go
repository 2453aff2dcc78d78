package importer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// interfaces fills in the interfaces that the boot configures, with the
// addresses that are their own.
func (h *Host) interfaces(n *schema.Node) {
	renamed := map[string]string{}
	created := map[string]bool{}
	var unnamed *settings // a VLAN that gets its name next
	for _, s := range h.commands() {
		if s.iface == "vlan" && s.params["vlandev"].text != "" {
			unnamed = &s
			continue
		}
		if to, ok := s.params["name"]; ok && unnamed != nil {
			h.fill(h.newInterface(n, settings{iface: to.text, at: unnamed.at}), *unnamed)
			unnamed = nil
			continue
		}
		if s.iface == "" || s.iface == "lo0" || strings.HasPrefix(s.iface, "pfsync") || isCarp(s.iface) && !h.Release.AtLeast(10, 0) {
			continue
		}
		if to, ok := s.params["name"]; ok {
			renamed[to.text] = s.iface
			continue
		}
		if len(s.flags) > 0 && s.flags[0].text == "create" {
			created[s.iface] = true
			h.created = append(h.created, s.iface)
		}
		if isCarp(s.iface) {
			continue // HOST012 has it
		}
		i := n.Interface(s.iface)
		if i == nil {
			i = h.newInterface(n, s)
		}
		h.fill(i, s)
	}
	for _, i := range n.Interfaces {
		if device := renamed[i.Name]; device != "" {
			i.Device = schema.Attr[string]{Value: device, Range: i.Range, Stated: true}
		}
		if _, _, vlan := i.VLANOf(); created[i.Name] && !vlan {
			i.Clone = schema.Attr[bool]{Value: true, Range: i.Range, Stated: true}
		}
		h.dhcp(i)
	}
	h.parents(n)
}

// parents gives the carpN interfaces of files that do not tell their parent
// one whose addresses are not known.
func (h *Host) parents(n *schema.Node) {
	if h.Release.AtLeast(10, 0) || slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return len(i.Addresses.Items) > 0 }) {
		return
	}
	for _, v := range h.vhids() {
		n.Out.Fragment = true
		if n.Interface(v.iface) == nil && len(v.addrs) > 0 {
			h.newInterface(n, settings{iface: v.iface, at: v.at})
		}
	}
}

func (h *Host) newInterface(n *schema.Node, s settings) *schema.Interface {
	i := &schema.Interface{Node: n}
	i.Kind, i.Name = "interface", s.iface
	i.Range = h.place(s.at)
	i.NameRange = i.Range
	n.Interfaces = append(n.Interfaces, i)
	return i
}

// fill takes what one command says of the interface itself.
func (h *Host) fill(i *schema.Interface, s settings) {
	if i.Range.Filename == "" {
		i.Range, i.NameRange = h.place(s.at), h.place(s.at)
	}
	if _, virtual := s.params["vhid"]; virtual {
		return
	}
	if s.addr != nil {
		a := schema.Address{Addr: s.addr.prefix.Addr(), Prefix: s.addr.prefix, Length: s.addr.masked}
		i.Addresses.Items = append(i.Addresses.Items, stated(h, a, s.addr.at))
		i.Addresses.Stated = true
		if i.Addresses.Range.Filename == "" {
			i.Addresses.Range = h.place(s.at)
		}
	}
	number := func(to *schema.Attr[int], name string) {
		if w, ok := s.params[name]; ok {
			if v, err := strconv.Atoi(w.text); err == nil {
				*to = stated(h, v, w.at)
			}
		}
	}
	number(&i.MTU, "mtu")
	number(&i.VLAN, "vlan")
	if w, ok := s.params["vlandev"]; ok {
		i.VLANDev = stated(h, w.text, w.at)
	}
	if w, ok := s.params["laggproto"]; ok {
		i.LaggProto = stated(h, w.text, w.at)
	}
	for _, f := range s.flags {
		h.port(i, f)
	}
}

// port adds a port of a lagg, a member of a bridge, or a further word.
func (h *Host) port(i *schema.Interface, f word) {
	add := func(l *schema.List[string], v string) {
		l.Stated = true
		l.Items = append(l.Items, stated(h, v, f.at))
		if l.Range.Filename == "" {
			l.Range = h.place(f.at)
		}
	}
	switch kind, name, _ := strings.Cut(f.text, " "); kind {
	case "laggport":
		add(&i.LaggPorts, name)
	case "addm":
		add(&i.Bridge, name)
	case "accept_rtadv":
		i.AcceptRtadv = schema.Attr[bool]{Value: true, Range: h.place(f.at), Stated: true}
	case "auto_linklocal", "-ifdisabled":
		add(&i.Options, "inet6 "+f.text)
	}
}

// dhcp sees that the interface asks for its address (network.subr dhcpif).
func (h *Host) dhcp(i *schema.Interface) {
	v := h.cfg.Get("ifconfig_" + schema.InterfaceVariable(i.Name))
	for w := range strings.FieldsSeq(v.Value) {
		switch strings.ToUpper(w) {
		case "DHCP", "NOSYNCDHCP":
			i.DHCP = stated(h, "true", v.Range)
		case "SYNCDHCP":
			i.DHCP = stated(h, "sync", v.Range)
		}
	}
}

// firstPlace is the first of the ranges that is in a file.
func firstPlace(rs ...hcl.Range) hcl.Range {
	for _, r := range rs {
		if r.Filename != "" {
			return r
		}
	}
	return hcl.Range{}
}
