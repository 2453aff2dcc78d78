package importer

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"carpool/schema"
)

func parseAddr(s string) (netip.Addr, error) { return netip.ParseAddr(s) }

func (w *writer) node(n *schema.Node) {
	b := w.block("node", n.Name)
	derived := n.Name
	if w.domain != "" {
		derived += "." + w.domain
	}
	if n.FQDN != derived {
		setString(b, "hostname", n.FQDN)
	}
	if n.Release != w.release {
		setString(b, "freebsd", n.Release.String())
	}
	if n.Jail.Value {
		b.SetAttributeValue("jail", cty.True)
	}
	w.carpBlock(b, n)
	w.daemon(b, n)
	if n.Out.Fragment {
		gap(b)
		in := b.AppendNewBlock("output", nil).Body()
		commentIn(in, "The files that were read do not tell the host's own addresses.")
		setString(in, "mode", "fragment")
	}
	for _, i := range n.Interfaces {
		w.iface(b, i)
	}
	w.maps(b, n)
}

// daemon writes where hastd listens, if that is not where its peers connect.
func (w *writer) daemon(b *hclwrite.Body, n *schema.Node) {
	if !n.Daemon.Listen.Stated && !n.Daemon.Port.Stated {
		return
	}
	var own, listen []string
	for _, h := range w.HASTs {
		if c := h.Copy(n); c != nil && c.Interface != nil {
			for _, a := range c.Interface.IPs() {
				own = append(own, a.String())
			}
		}
	}
	for _, a := range n.Daemon.Listen.Values() {
		listen = append(listen, a.String())
	}
	if !n.Daemon.Port.Stated && len(listen) == 1 && slices.Contains(own, listen[0]) {
		return
	}
	gap(b)
	in := b.AppendNewBlock("hastd", nil).Body()
	setStrings(in, "listen", listen)
	if n.Daemon.Port.Stated {
		setInt(in, "port", n.Daemon.Port.Value)
	}
}

func (w *writer) iface(b *hclwrite.Body, i *schema.Interface) {
	gap(b)
	name := i.Name
	if isCarp(name) {
		commentIn(b, "The files do not name the interface below "+name+": write its name here.")
		name = "unknown0"
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
	if i.MTU.Stated {
		setInt(in, "mtu", i.MTU.Value)
	}
	w.layers(in, i)
	if i.Device.Stated {
		setString(in, "device", i.Device.Value)
	}
	setStrings(in, "options", w.hosts[i.Node].options(i))
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
	for _, s := range h.commands() {
		if s.iface != i.Name || s.at.Filename == "" || s.family == "inet6" {
			continue
		}
		if _, virtual := s.params["vhid"]; virtual || slices.ContainsFunc(s.flags, func(f word) bool { return f.text == "alias" || f.text == "create" }) {
			continue
		}
		for _, f := range s.flags {
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
	return words
}

// consumed are the variables of rc.conf that the description says otherwise.
var consumed = regexp.MustCompile(`^(?:hostname|cloned_interfaces|(?:ipv6_)?ifconfig_.*|vlans_.*|ipv4_addrs_.*|ipv6_enable)$`)

// kept are those of them that stay: they belong to no interface as such.
var kept = regexp.MustCompile(`^ifconfig_(?:DEFAULT|lo0)|_descr$`)

// maps keeps every setting that the blocks do not say: what all nodes have in
// the cluster (n is nil), the rest in the node.
func (w *writer) maps(b *hclwrite.Body, n *schema.Node) {
	for _, name := range []string{"rc", "sysctl", "loader"} {
		lists := make([][]line, len(w.Nodes))
		for i, node := range w.Nodes {
			for _, s := range w.settingsOf(node, name) {
				lists[i] = append(lists[i], line{s.Key, s.Value.Value})
			}
		}
		all, own := shared(lists)
		if len(w.Nodes) == 1 {
			all, own[0] = nil, lists[0]
		}
		if n == nil {
			w.settingsMap(b, name, all)
		} else {
			w.settingsMap(b, name, own[slices.Index(w.Nodes, n)])
		}
	}
}

// settingsOf lists what the blocks do not say of one file of a node.
func (w *writer) settingsOf(n *schema.Node, file string) []schema.Setting {
	vips, copies := w.duties(n)
	switch file {
	case "rc":
		return w.rcOf(n, copies)
	case "sysctl":
		return slices.DeleteFunc(slices.Clone(n.Sysctl.Items), func(s schema.Setting) bool {
			return vips && carpOption[s.Key] != ""
		})
	}
	return slices.DeleteFunc(slices.Clone(n.Loader.Items), func(s schema.Setting) bool {
		return vips && (s.Key == "carp_load" || s.Key == "if_carp_load" || s.Key == "net.inet.carp.allow") || copies && s.Key == "geom_gate_load"
	})
}

// carpOption names the attributes of the carp block that give a sysctl.
var carpOption = map[string]string{
	"net.inet.carp.preempt": "preempt", "net.inet.carp.log": "log", "net.inet.carp.dscp": "dscp",
	"net.inet.carp.ifdown_demotion_factor": "ifdown_demotion_factor", "net.inet.carp.senderr_demotion_factor": "senderr_demotion_factor",
}

// carpBlock writes the carp options of a node, with preempt off where it is.
func (w *writer) carpBlock(b *hclwrite.Body, n *schema.Node) {
	vips, _ := w.duties(n)
	if !vips {
		return
	}
	var list []line
	for _, s := range n.Sysctl.Items {
		if name := carpOption[s.Key]; name != "" && name != "preempt" {
			list = append(list, line{name, s.Value.Value})
		}
	}
	if n.OS.Preempt.Value && len(list) == 0 {
		return
	}
	gap(b)
	in := b.AppendNewBlock("carp", nil).Body()
	if !n.OS.Preempt.Value {
		commentIn(in, "net.inet.carp.preempt is off on this host; better take the line out.")
		if w.preemptOff() == len(w.Nodes) {
			commentIn(in, "carpool:ignore CARP080 the hosts have always run without")
		}
		in.SetAttributeValue("preempt", cty.False)
	}
	for _, l := range list {
		w.expr(in, l.name, l.text)
	}
}

// duties says whether the node has vips and copies of resources.
func (w *writer) duties(n *schema.Node) (vips, copies bool) {
	for _, v := range w.VIPs {
		vips = vips || v.Member(n) != nil
	}
	for _, h := range w.HASTs {
		copies = copies || h.Copy(n) != nil
	}
	return vips, copies
}

func (w *writer) rcOf(n *schema.Node, copies bool) []schema.Setting {
	h := w.hosts[n]
	vips, _ := w.duties(n)
	syncs := slices.ContainsFunc(w.PFSyncs, func(p *schema.PFSync) bool {
		return slices.ContainsFunc(p.Members, func(m *schema.SyncMember) bool { return m.Node == n })
	})
	routed := slices.ContainsFunc(w.Networks, func(s *schema.Network) bool { return len(n.On(s)) > 0 && w.gateway(s) != "" })
	var list []schema.Setting
	for _, name := range h.cfg.Names() {
		v := h.cfg.Get(name)
		switch {
		case consumed.MatchString(name) && !kept.MatchString(name), copies && name == "hastd_enable",
			syncs && strings.HasPrefix(name, "pfsync_"), routed && name == "defaultrouter", v.Guessed,
			strings.HasPrefix(name, "carp_hast_"):
			continue
		case name == "kld_list" && vips:
			v.Value = strings.Join(slices.DeleteFunc(strings.Fields(v.Value), func(s string) bool { return s == "carp" || s == "if_carp" }), " ")
			if v.Value == "" {
				continue
			}
		}
		list = append(list, schema.Setting{Key: name, Value: schema.Attr[string]{Value: v.Value}})
	}
	return list
}

func (w *writer) settingsMap(b *hclwrite.Body, name string, list []line) {
	if len(list) == 0 {
		return
	}
	var attrs []hclwrite.ObjectAttrTokens
	for _, s := range list {
		key := hclwrite.TokensForValue(cty.StringVal(s.name))
		if shellWord.MatchString(s.name) {
			key = hclwrite.TokensForIdentifier(s.name)
		}
		value := hclwrite.TokensForValue(cty.StringVal(s.text))
		if name == "rc" && s.text != "" && (secretName.MatchString(s.name) || w.hasPassword(s.text)) {
			value = hclwrite.TokensForIdentifier(w.secret(s.name, s.text))
		}
		attrs = append(attrs, hclwrite.ObjectAttrTokens{Name: key, Value: value})
	}
	gap(b)
	b.SetAttributeRaw(name, hclwrite.TokensForObject(attrs))
}

// hasPassword reports whether a value holds one of the passwords of CARP, as a
// variable does that the lines of ifconfig refer to.
func (w *writer) hasPassword(text string) bool {
	return passWord.MatchString(text) || slices.ContainsFunc(w.Hosts, func(h *Host) bool {
		return slices.ContainsFunc(h.passwords(), func(p string) bool { return p != "" && strings.Contains(text, p) })
	})
}

var (
	shellWord  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	secretName = regexp.MustCompile(`(?i)pass(?:w|p|_|$)|secret|psk|_key$`)
)
