package importer

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"carpool/importer/devdconf"
	"carpool/importer/rcconf"
	"carpool/schema"
)

// switchProgram is what devd runs for an event on such a host.
const switchProgram = "carp-hast-switch"

// settingsFormat is the form of the settings that is understood here.
const settingsFormat = "1"

// part is one entry of a list of the settings: its variables begin with its ID.
type part struct {
	conf *rcconf.Config
	id   string
}

func (p part) get(field string) string { return p.conf.Value(p.id + "_" + field) }

// lines are the values of a field that holds one a line.
func (p part) lines(field string) []string {
	return strings.FieldsFunc(p.get(field), func(r rune) bool { return r == '\n' })
}

func (p part) list(field string) []part { return partsOf(p.conf, p.get(field)) }

func partsOf(conf *rcconf.Config, ids string) []part {
	var list []part
	for id := range strings.FieldsSeq(ids) {
		list = append(list, part{conf, id})
	}
	return list
}

// duty is a failover as one host's settings have it.
type duty struct {
	part
	node *schema.Node
}

// group is a failover that was rendered for the hosts.
type group struct {
	name   string
	duties []duty
	vips   []*schema.VIP
}

// switchConfig reads the settings of the switch; nil if the host has none, or if
// the switch itself would refuse them.
func (h *Host) switchConfig() *rcconf.Config {
	if h.switched || !h.tree.Exists(switchFile) {
		return h.settingsOfSwitch
	}
	h.switched = true
	data, err := h.tree.ReadFile(switchFile)
	if err != nil {
		return nil
	}
	conf, diags := rcconf.Parse(switchFile, data)
	if diags.HasErrors() || conf.Broken || conf.Value("settings_format") != settingsFormat || conf.Value("settings_complete") != "yes" {
		return nil
	}
	h.settingsOfSwitch = conf
	return conf
}

// pooled reports whether the switch of the host moves pools.
func (h *Host) pooled() bool {
	conf := h.switchConfig()
	return conf != nil && slices.ContainsFunc(partsOf(conf, conf.Value("groups")), func(g part) bool {
		return slices.ContainsFunc(g.list("storage"), func(s part) bool { return s.get("kind") == "zpool" })
	})
}

// named gives the networks the names that the settings of the switch have for
// them.
func (c *Cluster) named() {
	for _, n := range c.Nodes {
		conf := c.hosts[n].switchConfig()
		if conf == nil {
			continue
		}
		for _, g := range partsOf(conf, conf.Value("groups")) {
			for _, p := range g.list("paths") {
				a, err := parseAddr(p.get("own"))
				i := slices.IndexFunc(n.Interfaces, func(i *schema.Interface) bool { return slices.Contains(i.IPs(), a) })
				if err == nil && i >= 0 && n.Interfaces[i].Network.Value != nil {
					rename(c.Networks, &n.Interfaces[i].Network.Value.Block, p.get("network"))
				}
			}
		}
	}
}

// told gives a host whose own rc.conf is not at hand the addresses that the
// settings of the switch have of it. A length that nothing states is that of
// the smallest network with both hosts in it.
func (h *Host) told(n *schema.Node) {
	conf := h.switchConfig()
	if conf == nil || !h.fragment {
		return
	}
	for _, g := range partsOf(conf, conf.Value("groups")) {
		for _, p := range g.list("paths") {
			own, err := parseAddr(p.get("own"))
			peer, bad := parseAddr(p.get("peer"))
			if err != nil || bad != nil || own.Is4() != peer.Is4() {
				continue
			}
			if slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return slices.Contains(i.IPs(), own) }) {
				continue
			}
			h.own(n, own, common(own, peer))
		}
	}
}

// fromPeers gives hosts whose own addresses are not in the files those that
// hast.conf of their peers replicates to.
func (c *Cluster) fromPeers() {
	for _, n := range c.Nodes {
		if !n.Out.Fragment || slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return i.Addresses.Stated }) {
			continue
		}
		for _, m := range c.Nodes {
			if m != n {
				c.fromPeer(n, m)
			}
		}
	}
}

// fromPeer takes the remotes of m for addresses of n, where both have the
// resource and each names another address.
func (c *Cluster) fromPeer(n, m *schema.Node) {
	own, other := c.hosts[n].hastConfig(), c.hosts[m].hastConfig()
	if own == nil || other == nil {
		return
	}
	for _, r := range other.Resources {
		mine := own.Resource(r.Name.Text)
		a, _, err := schema.ParseHASTAddress(r.Remote.Text)
		if mine == nil || err != nil {
			continue
		}
		b, _, err := schema.ParseHASTAddress(mine.Remote.Text)
		if err != nil || a == b || a.Is4() != b.Is4() || slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool { return slices.Contains(i.IPs(), a) }) {
			continue
		}
		c.hosts[n].own(n, a, common(a, b))
	}
}

// unknownInterface begins the names of interfaces that no file names.
const unknownInterface = "unknown"

// own gives a host an address, on the interface whose virtual address is in
// one subnet with it, else on one of an unknown name.
func (h *Host) own(n *schema.Node, a netip.Addr, bits int) {
	var i *schema.Interface
	for _, v := range h.vhids() {
		for _, x := range v.addrs {
			if !x.prefix.IsSingleIP() && x.prefix.Masked().Contains(a) {
				i, bits = n.Interface(v.iface), x.prefix.Bits()
			}
		}
	}
	if i == nil {
		i = h.newInterface(n, settings{iface: fmt.Sprintf("%s%d", unknownInterface, len(n.Interfaces))})
		i.Range = n.Range
	}
	i.Addresses.Items = append(i.Addresses.Items, schema.Attr[schema.Address]{
		Value: schema.Address{Addr: a, Prefix: netip.PrefixFrom(a, bits), Length: true}, Range: i.Range, Stated: true,
	})
	i.Addresses.Stated = true
}

// common is the length of the smallest prefix, with room for two hosts, that
// has both addresses.
func common(a, b netip.Addr) int {
	if a.Is6() {
		return 64
	}
	for bits := 30; bits > 0; bits-- {
		if netip.PrefixFrom(a, bits).Masked().Contains(b) {
			return bits
		}
	}
	return 0
}

// rename gives a block a name that its author chose, unless it is taken.
func rename[T interface{ Address() string }](all []T, b *schema.Block, name string) {
	if !labelForm.MatchString(name) {
		return
	}
	old := b.Name
	b.Name = name
	count := 0
	for _, o := range all {
		if o.Address() == b.Address() {
			count++
		}
	}
	if count > 1 {
		b.Name = old
	}
}

// failovers collects the failovers of all hosts by name, with the vips that they
// move, which get their names back.
func (c *Cluster) failovers() {
	for _, n := range c.Nodes {
		conf := c.hosts[n].switchConfig()
		if conf == nil {
			continue
		}
		for _, p := range partsOf(conf, conf.Value("groups")) {
			c.addDuty(duty{p, n})
		}
	}
}

func (c *Cluster) addDuty(d duty) {
	var vips []*schema.VIP
	for _, p := range d.list("vips") {
		v := c.vipOn(d.node, p)
		if v == nil {
			return // rc.conf has no such group: nothing to move
		}
		rename(c.VIPs, &v.Block, p.get("name"))
		vips = append(vips, v)
	}
	name := d.get("name")
	if len(vips) == 0 || !labelForm.MatchString(name) {
		return
	}
	i := slices.IndexFunc(c.groups, func(g *group) bool { return g.name == name })
	if i < 0 {
		i = len(c.groups)
		c.groups = append(c.groups, &group{name: name, vips: vips})
	}
	if slices.Equal(c.groups[i].vips, vips) {
		c.groups[i].duties = append(c.groups[i].duties, d)
		c.hosts[d.node].adopted = true
	}
}

// vipOn is the vip that the settings mean: of a vhid and an interface.
func (c *Cluster) vipOn(n *schema.Node, p part) *schema.VIP {
	for _, v := range c.VIPs {
		if m := v.Member(n); m != nil && c.given[m] != nil && c.given[m].iface == p.get("interface") && c.given[m].number.text == p.get("vhid") {
			return v
		}
	}
	return nil
}

// duty returns what a node does for the group.
func (g *group) duty(n *schema.Node) *duty {
	for i := range g.duties {
		if g.duties[i].node == n {
			return &g.duties[i]
		}
	}
	return nil
}

// ownAction reports whether a rule of devd runs what carpool's own switch is
// called, and from which folder. So is the handbook's script: whether it is
// carpool's is decided by its settings.
func ownAction(r *devdconf.Rule) (dir string, ok bool) {
	for _, c := range r.Clauses {
		if c.Keyword != "action" {
			continue
		}
		program, _, _ := strings.Cut(c.Value.Text, " ")
		if path.Base(program) != switchProgram || !path.IsAbs(program) {
			return "", false
		}
		dir, ok = path.Dir(program), true
	}
	return dir, ok
}

// labelForm is what a label may be (docs/language.md).
var labelForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// moved returns the groups that a node takes part in.
func (c *Cluster) moved(n *schema.Node) []*group {
	var list []*group
	for _, g := range c.groups {
		if g.duty(n) != nil {
			list = append(list, g)
		}
	}
	return list
}

// scriptDir is where the switch of the host lies, "" if nothing tells.
func (h *Host) scriptDir() string {
	if p := h.cfg.Value("carp_hast_switch_program"); path.IsAbs(p) {
		return path.Dir(p)
	}
	h.loadDevd()
	if h.devd == nil {
		return ""
	}
	for _, r := range h.devd.Rules() {
		if dir, ok := ownAction(r); ok && r.Heading.Filename != "" {
			return dir
		}
	}
	return ""
}
