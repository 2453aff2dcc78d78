package importer

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"carpool/schema"
)

func (w *writer) iface(b *hclwrite.Body, i *schema.Interface) {
	gap(b)
	name := i.Name
	switch {
	case isCarp(name):
		commentIn(b, "The files do not name the interface below "+name+": write its name here.")
		name = "unknown0"
	case strings.HasPrefix(name, unknownInterface):
		commentIn(b, "The files do not name this interface, and its length is a guess: write both here.")
	case !labelForm.MatchString(name):
		commentIn(b, fmt.Sprintf("The interface %q is left out: its name cannot be a label.", name))
		return
	}
	in := b.AppendNewBlock("interface", []string{name}).Body()
	if i.Network.Value != nil {
		w.ref(in, "network", &i.Network.Value.Block)
	}
	var addrs []string
	for _, a := range i.Addresses.Values() {
		if s := a.Prefix.String(); !slices.Contains(addrs, s) {
			addrs = append(addrs, s)
		}
	}
	setStrings(in, "addresses", addrs)
	switch i.DHCP.Value {
	case "true":
		in.SetAttributeValue("dhcp", cty.True)
	case "sync":
		setString(in, "dhcp", "sync")
	}
	if i.AcceptRtadv.Value {
		in.SetAttributeValue("accept_rtadv", cty.True)
	}
	if mtu, ok := mtuOf(i); ok {
		setInt(in, "mtu", mtu)
	}
	w.layers(in, i)
	if i.Device.Stated {
		setString(in, "device", i.Device.Value)
	}
	setStrings(in, "options", w.hosts[i.Node].options(i))
}

// aliasStart is the first number of the aliases, if all interfaces begin with
// the same: the lower ones are in files that were not read.
func (h *Host) aliasStart() int {
	first := map[string]int{}
	for _, name := range h.cfg.Names() {
		if m := aliasForm.FindStringSubmatch(name); m != nil {
			n, err := strconv.Atoi(m[2])
			if old, ok := first[m[1]]; err == nil && (!ok || n < old) {
				first[m[1]] = n
			}
		}
	}
	start := 0
	for _, n := range first {
		start = n
	}
	for _, n := range first {
		if n != start {
			return 0
		}
	}
	return start
}

var aliasForm = regexp.MustCompile(`^ifconfig_(.+)_alias([0-9]{1,4})$`)

// asWritten puts interfaces into the order in which rc.conf speaks of them.
func (h *Host) asWritten(list []*schema.Interface) []*schema.Interface {
	first := map[string]int{}
	names := h.cfg.Names()
	for at, name := range names {
		if m := interfaceForm.FindStringSubmatch(name); m != nil {
			if _, known := first[m[1]]; !known {
				first[m[1]] = at
			}
		}
	}
	place := func(i *schema.Interface) int {
		if at, ok := first[schema.InterfaceVariable(i.Name)]; ok {
			return at
		}
		return len(names)
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *schema.Interface) int { return place(a) - place(b) })
	return out
}

// interfaceForm finds the interface that a variable is about.
var interfaceForm = regexp.MustCompile(`^(?:ipv6_ifconfig|ifconfig|ipv4_addrs)_(.+?)(?:_alias[^_]*|_ipv6)?$`)

// implied reports whether an interface needs no block: it only carries another
// one, and carpool brings it up for that.
func (w *writer) implied(n *schema.Node, i *schema.Interface) bool {
	if i.Network.Value != nil || i.Addresses.Stated || i.DHCP.Stated || i.AcceptRtadv.Stated || i.Device.Stated || i.Clone.Value || len(w.hosts[n].options(i)) > 0 ||
		len(i.LaggPorts.Items) > 0 || len(i.Bridge.Items) > 0 || i.VLAN.Stated || i.VLANDev.Stated {
		return false
	}
	if _, _, tagged := i.VLANOf(); tagged {
		return false
	}
	for _, o := range n.Interfaces {
		if parent, _, ok := o.VLANOf(); ok && parent == i.Name && !i.MTU.Stated {
			return true
		}
		if slices.Contains(o.Bridge.Values(), i.Name) && !i.MTU.Stated {
			return true
		}
		if mtu, ok := mtuOf(o); slices.Contains(o.LaggPorts.Values(), i.Name) && (!i.MTU.Stated || ok && mtu == i.MTU.Value) {
			return true
		}
	}
	return false
}

// mtuOf is the MTU of an interface; that of a lagg is the one of its ports.
func mtuOf(i *schema.Interface) (int, bool) {
	if len(i.LaggPorts.Items) == 0 || i.MTU.Stated {
		return i.MTU.Value, i.MTU.Stated
	}
	mtu := 0
	for _, name := range i.LaggPorts.Values() {
		p := i.Node.Interface(name)
		if p == nil || !p.MTU.Stated || mtu != 0 && mtu != p.MTU.Value {
			return 0, false
		}
		mtu = p.MTU.Value
	}
	return mtu, mtu != 0
}

// layers writes what the interface is made of.
func (w *writer) layers(in *hclwrite.Body, i *schema.Interface) {
	if i.VLAN.Stated {
		setInt(in, "vlan", i.VLAN.Value)
	}
	if i.VLANDev.Stated {
		setString(in, "vlandev", i.VLANDev.Value)
	}
	if i.LaggProto.Stated {
		setString(in, "laggproto", i.LaggProto.Value)
	}
	setStrings(in, "laggports", i.LaggPorts.Values())
	setStrings(in, "bridge", i.Bridge.Values())
	if i.Clone.Value && len(i.LaggPorts.Items) == 0 && len(i.Bridge.Items) == 0 && !i.VLAN.Stated {
		in.SetAttributeValue("clone", cty.True)
	}
}

// known are the words that have an attribute, or that rc adds by itself.
var known = []string{"up", "alias", "add", "create", "delete", "accept_rtadv"}

// options lists the words of the interface's main command that have no
// attribute of their own.
func (h *Host) options(i *schema.Interface) []string {
	var words []string
	// rc runs commands of its own about IPv6, with the place of the same variable.
	stated6 := h.cfg.Value("ifconfig_"+schema.InterfaceVariable(i.Name)+"_ipv6") + " " + h.cfg.Value("ipv6_ifconfig_"+schema.InterfaceVariable(i.Name))
	for _, s := range h.commands() {
		if s.iface != i.Name || s.at.Filename == "" {
			continue
		}
		if _, virtual := s.params["vhid"]; virtual || slices.ContainsFunc(s.flags, func(f word) bool { return f.text == "alias" || f.text == "create" }) {
			continue
		}
		if s.family == "inet6" {
			for _, f := range s.flags {
				if w := "inet6 " + f.text; strings.Contains(stated6, f.text) && !slices.Contains(known, f.text) && !strings.Contains(f.text, " ") && !slices.Contains(words, w) {
					words = append(words, w)
				}
			}
			continue
		}
		for i, f := range s.flags {
			if i == 0 && s.addr == nil && s.stated && looksLikeAddress(f.text) {
				words = append(words, "inet "+f.text)
				continue
			}
			if !slices.Contains(known, f.text) && !strings.Contains(f.text, " ") && !slices.Contains(words, f.text) {
				words = append(words, f.text)
			}
		}
		for _, name := range []string{"media", "mediaopt", "metric", "fib", "ether", "lladdr", "group", "lagghash"} {
			if p, ok := s.params[name]; ok {
				words = append(words, name+" "+p.text)
			}
		}
	}
	if len(words) == 0 || !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "inet6 ") }) {
		if h.bareIPv6(i) {
			words = append(words, "inet6 -ifdisabled") // what rc does for it anyway
		}
	}
	return words
}

// bareIPv6 reports whether an interface has virtual IPv6 addresses and no
// other: rc configures them only where ifconfig_IF_ipv6 is set.
func (h *Host) bareIPv6(i *schema.Interface) bool {
	if !h.Release.AtLeast(10, 0) || i.AcceptRtadv.Value || slices.ContainsFunc(i.IPs(), netip.Addr.Is6) {
		return false
	}
	return slices.ContainsFunc(h.vhids(), func(v *vhid) bool {
		return v.iface == i.Name && slices.ContainsFunc(v.addrs, func(a address) bool { return a.prefix.Addr().Is6() })
	})
}

// looksLikeAddress finds what stands in the place of an address.
func looksLikeAddress(s string) bool {
	return strings.ContainsAny(s, ".:") && strings.ContainsAny(s, "0123456789")
}
