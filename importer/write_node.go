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
		if h := w.hosts[n]; h.Guessed {
			commentIn(b, "The release is a guess, since "+h.Known+".")
		}
		setString(b, "freebsd", n.Release.String())
	}
	if n.Jail.Value {
		b.SetAttributeValue("jail", cty.True)
	}
	own, said := w.commonOf(n), w.said
	w.commonBlocks(b, blocks{beyond(own.carp, said.carp), beyond(own.hastd, said.hastd), beyond(own.output, said.output)}, false)
	for _, i := range w.hosts[n].asWritten(n.Interfaces) {
		if !w.implied(n, i) {
			w.iface(b, i)
		}
	}
	w.maps(b, n)
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

// carpOf lists the carp options of a node, if it has vips.
func (w *writer) carpOf(n *schema.Node) []line {
	var list []line
	if vips, _ := w.duties(n); !vips {
		return nil
	}
	if !n.OS.Preempt.Value {
		list = append(list, line{"preempt", "false"})
	}
	for _, s := range n.Sysctl.Items {
		if name := carpOption[s.Key]; name != "" && name != "preempt" {
			list = append(list, line{name, s.Value.Value})
		}
	}
	return list
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
			strings.HasPrefix(name, "carp_hast_"), w.createsVLAN(n, name),
			name == "devd_enable" && h.cfg.Yes(name) && len(w.moved(n)) > 0, name == "zfs_enable" && h.cfg.Yes(name) && h.pooled():
			continue
		case name == "kld_list":
			v.Value = strings.Join(slices.DeleteFunc(strings.Fields(v.Value), func(s string) bool { return vips && (s == "carp" || s == "if_carp") }), " ")
			if v.Value == "" {
				continue
			}
		}
		list = append(list, schema.Setting{Key: name, Value: schema.Attr[string]{Value: v.Value}})
	}
	return list
}

// createsVLAN reports whether a variable says the tag of a VLAN that has a name
// of its own.
func (w *writer) createsVLAN(n *schema.Node, variable string) bool {
	return slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool {
		return i.VLAN.Stated && variable == "create_args_"+schema.InterfaceVariable(i.Name)
	})
}

func (w *writer) settingsMap(b *hclwrite.Body, name string, list []line) {
	if len(list) == 0 {
		return
	}
	var attrs []hclwrite.ObjectAttrTokens
	for _, s := range list {
		value := rawTokens(settingText(name, s.text))
		if name == "rc" && s.text != "" && (secretName.MatchString(s.name) || w.hasPassword(s.text)) {
			value = hclwrite.TokensForIdentifier(w.secret(s.name, s.text))
		}
		attrs = append(attrs, hclwrite.ObjectAttrTokens{Name: keyTokens(s.name), Value: value})
	}
	gap(b)
	b.SetAttributeRaw(name, hclwrite.TokensForObject(attrs))
}

// plainNumber is a number that is written the same way again.
var plainNumber = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,14})$`)

// settingText writes a value as a person would: the words that a file has for
// true and false as those, numbers without quotes.
func settingText(file, text string) string {
	switch {
	case plainNumber.MatchString(text):
		return text
	case file != "sysctl" && text == "YES":
		return "true"
	case file != "sysctl" && text == "NO":
		return "false"
	}
	return quoted(text)
}

// keyTokens writes a key of a map, in quotes where it is no plain word.
func keyTokens(name string) hclwrite.Tokens {
	if shellWord.MatchString(name) {
		return hclwrite.TokensForIdentifier(name)
	}
	return hclwrite.TokensForValue(cty.StringVal(name))
}

func rawTokens(text string) hclwrite.Tokens { return hclwrite.TokensForIdentifier(text) }

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
