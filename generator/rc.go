package generator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

// rc collects rc.conf, section by section.
func (b *builder) rc() {
	whole := !b.node.Out.Fragment
	if whole {
		b.section("Host", Assignment{Name: "hostname", Value: b.node.FQDN})
	}
	b.section("Network interfaces", b.interfaces(whole)...)
	if whole {
		b.section("Default route", b.defaultRoutes()...)
	}
	b.section("pf state synchronisation", b.pfsync()...)
	b.section("Daemons", b.daemons()...)
	b.section("Further settings of the description", b.settings(b.node.RC.Over(b.cluster.RC), "YES", "NO", rcFilters)...)
}

func (b *builder) section(title string, lines ...Assignment) {
	lines = slices.DeleteFunc(lines, func(a Assignment) bool { return a.Name == "" })
	for _, l := range lines {
		b.checkName(shellName, l.Name)
	}
	if len(lines) > 0 {
		b.host.RC.Sections = append(b.host.RC.Sections, Section{title, lines})
	}
}

// stated reports whether the author gave a setting himself, so that carpool
// leaves it alone.
func (b *builder) stated(key string) bool {
	_, ok := b.node.RC.Over(b.cluster.RC).Get(key)
	return ok
}

// ifconfig makes the value of an ifconfig_ variable.
func (b *builder) ifconfig(words ...string) string {
	if err := ifconfigWords(words); err != nil {
		b.errs = append(b.errs, err)
	}
	return strings.Join(words, " ")
}

// variable is the name of a variable about an interface.
func variable(prefix, ifname, suffix string) string {
	return prefix + schema.InterfaceVariable(ifname) + suffix
}

// interfaces collects everything about the network: the clones first, then
// each interface as written in its node, then the carpN of old releases.
func (b *builder) interfaces(whole bool) []Assignment {
	var lines []Assignment
	clones := b.clones(whole)
	if len(clones) > 0 {
		lines = append(lines, Assignment{Name: "cloned_interfaces", Value: b.ifconfig(clones...), Append: !whole})
	}
	if whole {
		lines = append(lines, b.links()...)
	}
	v6rc := false
	for _, i := range b.node.Interfaces {
		var aliases []string
		if whole {
			main, more := b.addresses(i)
			lines, aliases = append(lines, main...), more
			v6rc = v6rc || b.wantsIPv6(i)
		}
		aliases = append(aliases, b.vhids(i)...)
		lines = append(lines, b.aliases(i.Name, aliases)...)
	}
	if v6rc && !b.has(schema.RCIPv6) {
		lines = append([]Assignment{{Name: "ipv6_enable", Value: "YES"}}, lines...)
	}
	for _, m := range b.vips[b.node] {
		if b.unit != nil {
			lines = append(lines, b.pseudoInterface(m)...)
		}
	}
	return lines
}

// clones lists cloned_interfaces in the order they have to be created in, which
// is the order rc configures them in too: bridges after what may be their
// members, carpN last.
func (b *builder) clones(whole bool) []string {
	var names, bridges []string
	for _, i := range b.node.Interfaces {
		switch {
		case !whole || b.jail() || !b.isClone(i):
		case len(i.Bridge.Items) > 0:
			bridges = append(bridges, i.Name)
		default:
			names = append(names, i.Name)
		}
	}
	names = append(names, bridges...)
	var units []int
	for _, u := range b.unit {
		units = append(units, u)
	}
	slices.Sort(units)
	for _, u := range units {
		names = append(names, fmt.Sprintf("carp%d", u))
	}
	return names
}

// isClone reports whether rc has to create the interface. A VLAN named
// PARENT.TAG is created by vlans_PARENT instead.
func (b *builder) isClone(i *schema.Interface) bool {
	_, _, vlan := i.VLANOf()
	return !namedVLAN(i) && (i.Clone.Value || len(i.LaggPorts.Items) > 0 || len(i.Bridge.Items) > 0 || vlan && !dotted(i))
}

// namedVLAN reports whether a VLAN has a name that no driver makes: rc then
// creates it for its parent and gives it the name (network.subr childif_create).
func namedVLAN(i *schema.Interface) bool {
	parent, _, vlan := i.VLANOf()
	return vlan && parent != "" && !dotted(i) && !driverVLAN.MatchString(i.Name)
}

var driverVLAN = regexp.MustCompile(`^vlan[0-9]+$`)

// dotted reports whether the name of a VLAN interface is PARENT.TAG, as
// network.subr makes it from vlans_PARENT.
func dotted(i *schema.Interface) bool {
	parent, tag, ok := i.VLANOf()
	return ok && i.Name == fmt.Sprintf("%s.%d", parent, tag)
}

// links brings up what others are built on and names what is renamed.
func (b *builder) links() []Assignment {
	if b.jail() {
		return nil // a vnet jail is given its interfaces as they are
	}
	var lines []Assignment
	vlans := map[string][]string{}
	var parents, members []string
	var created []Assignment
	for _, i := range b.node.Interfaces {
		if i.Device.Stated {
			lines = append(lines, Assignment{Name: variable("ifconfig_", i.Device.Value, "_name"), Value: b.ifconfig(i.Name)})
		}
		parent, tag, ok := i.VLANOf()
		if ok && parent != "" {
			switch {
			case dotted(i):
				vlans[parent] = append(vlans[parent], fmt.Sprint(tag))
			case namedVLAN(i):
				vlans[parent] = append(vlans[parent], i.Name)
				created = append(created, Assignment{Name: variable("create_args_", i.Name, ""), Value: fmt.Sprintf("vlan %d", tag)})
			}
			if !slices.Contains(parents, parent) {
				parents = append(parents, parent)
			}
		}
		members = append(members, append(i.LaggPorts.Values(), i.Bridge.Values()...)...)
	}
	for _, p := range append(slices.Clone(parents), members...) {
		if b.node.Interface(p) == nil && !b.stated(variable("ifconfig_", p, "")) && !hasLine(lines, variable("ifconfig_", p, "")) {
			lines = append(lines, Assignment{Name: variable("ifconfig_", p, ""), Value: b.ifconfig(append(b.mtuWords(p), "up")...)})
		}
	}
	for _, p := range parents {
		if len(vlans[p]) > 0 {
			lines = append(lines, Assignment{Name: variable("vlans_", p, ""), Value: b.ifconfig(vlans[p]...)})
		}
	}
	return append(lines, created...)
}

func hasLine(lines []Assignment, name string) bool {
	return slices.ContainsFunc(lines, func(a Assignment) bool { return a.Name == name })
}

// addresses returns the main lines of an interface and the aliases for its
// further addresses.
func (b *builder) addresses(i *schema.Interface) (main []Assignment, aliases []string) {
	words := b.linkWords(i)
	first4, first6 := true, true
	var v6 []string
	var more4, more6 []string
	for _, a := range i.Addresses.Items {
		text := a.Value.String()
		switch {
		case a.Value.Addr.Is6() && first6:
			v6, first6 = []string{"inet6", text}, false
		case a.Value.Addr.Is6():
			more6 = append(more6, b.ifconfig("inet6", text))
		case first4:
			words, first4 = append([]string{"inet", text}, words...), false
		default:
			more4 = append(more4, b.ifconfig("inet", text))
		}
	}
	switch i.DHCP.Value {
	case "true":
		words = append(words, "DHCP")
	case "sync":
		words = append(words, "SYNCDHCP")
	}
	if len(words) == 0 {
		words = []string{"up"}
	}
	main = append(main, Assignment{Name: variable("ifconfig_", i.Name, ""), Value: b.ifconfig(words...)})
	if i.AcceptRtadv.Value {
		v6 = append(v6, "accept_rtadv")
		if v6[0] != "inet6" {
			v6 = append([]string{"inet6"}, v6...)
		}
	}
	if own := i.IPv6Options(); len(own) > 0 {
		if len(v6) == 0 {
			v6 = []string{"inet6"}
		}
		v6 = append(v6, own...)
	}
	if len(v6) > 0 {
		main = append(main, b.ipv6Line(i.Name, v6))
	}
	if b.has(schema.RCIPv6) {
		return main, append(more4, more6...)
	}
	for k, w := range more6 {
		main = append(main, Assignment{Name: variable("ipv6_ifconfig_", i.Name, fmt.Sprintf("_alias%d", k)), Value: strings.TrimPrefix(w, "inet6 ")})
	}
	return main, more4
}

// ipv6Line writes the first IPv6 address; before 9.0 the variable has another
// name and no family word (rc.conf(5) 8.4).
func (b *builder) ipv6Line(ifname string, words []string) Assignment {
	if b.has(schema.RCIPv6) {
		return Assignment{Name: variable("ifconfig_", ifname, "_ipv6"), Value: b.ifconfig(words...)}
	}
	return Assignment{Name: variable("ipv6_ifconfig_", ifname, ""), Value: b.ifconfig(words[1:]...)}
}

func (b *builder) wantsIPv6(i *schema.Interface) bool {
	return i.AcceptRtadv.Value || len(i.IPv6Options()) > 0 || slices.ContainsFunc(i.IPs(), func(a ipAddr) bool { return a.Is6() })
}

// linkWords are the ifconfig words that make the link: VLAN, ports, MTU, and
// the author's own.
func (b *builder) linkWords(i *schema.Interface) []string {
	var words []string
	if parent, tag, ok := i.VLANOf(); ok && !dotted(i) && !namedVLAN(i) && !b.jail() {
		words = append(words, "vlan", fmt.Sprint(tag), "vlandev", parent)
	}
	if len(i.LaggPorts.Items) > 0 {
		proto := i.LaggProto.Value
		if proto == "" {
			proto = "failover"
		}
		words = append(words, "laggproto", proto)
		for _, p := range i.LaggPorts.Values() {
			words = append(words, "laggport", p)
		}
	}
	for _, p := range i.Bridge.Values() {
		words = append(words, "addm", p)
	}
	words = append(words, b.mtuWords(i.Name)...)
	for _, o := range i.Options.Values() {
		if ws := strings.Fields(o); len(ws) > 0 && ws[0] != "inet6" {
			words = append(words, ws...)
		}
	}
	if len(words) > 0 && (len(i.LaggPorts.Items) > 0 || len(i.Bridge.Items) > 0) {
		words = append(words, "up")
	}
	return words
}

// mtuWords are the words for the MTU of an interface, described or not. A lagg
// takes the MTU of its ports, and many releases refuse any other (EINVAL for
// SIOCSIFMTU in sys/net/if_lagg.c lagg_ioctl): its own is set on them.
func (b *builder) mtuWords(ifname string) []string {
	own := b.node.Interface(ifname)
	if own != nil && len(own.LaggPorts.Items) > 0 {
		return nil
	}
	if own != nil && own.MTU.Stated {
		return []string{"mtu", fmt.Sprint(own.MTU.Value)}
	}
	for _, i := range b.node.Interfaces {
		if i.MTU.Stated && slices.Contains(i.LaggPorts.Values(), ifname) {
			return []string{"mtu", fmt.Sprint(i.MTU.Value)}
		}
	}
	return nil
}

// aliases numbers alias lines without gaps, as releases before 9.2 need it.
func (b *builder) aliases(ifname string, values []string) []Assignment {
	lines := make([]Assignment, len(values))
	for k, v := range values {
		n := k + b.node.Out.AliasStart.Value
		lines[k] = Assignment{Name: variable("ifconfig_", ifname, fmt.Sprintf("_alias%d", n)), Value: v}
	}
	return lines
}

// defaultRoutes derives the default route where the node has exactly one
// network with a gateway that is not one of the cluster's own addresses.
func (b *builder) defaultRoutes() []Assignment {
	var lines []Assignment
	for _, family := range []struct {
		key string
		v6  bool
	}{{"defaultrouter", false}, {"ipv6_defaultrouter", true}} {
		if gw, ok := b.gateway(family.v6); ok && !b.stated(family.key) {
			lines = append(lines, Assignment{Name: family.key, Value: gw})
		}
	}
	return lines
}

func (b *builder) gateway(v6 bool) (string, bool) {
	var found []string
	for _, i := range b.node.Interfaces {
		if i.DHCP.Stated && i.DHCP.Value != "false" && !v6 || i.AcceptRtadv.Value && v6 {
			return "", false
		}
		w := i.Network.Value
		if w == nil || !w.Gateway.Stated || w.Gateway.Value.Is6() != v6 || b.cluster.Carries(b.node, w.Gateway.Value) {
			continue
		}
		if g := w.Gateway.Value.String(); !slices.Contains(found, g) {
			found = append(found, g)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// pfsync writes the settings of pf's state synchronisation (rc.d/pfsync).
func (b *builder) pfsync() []Assignment {
	var lines []Assignment
	for _, s := range b.syncs[b.node] {
		if s.Interface == nil {
			continue
		}
		lines = append(lines, Assignment{Name: "pfsync_enable", Value: "YES"},
			Assignment{Name: "pfsync_syncdev", Value: b.ifconfig(s.Interface.Name)})
		if s.SyncPeer.Value.IsValid() {
			lines = append(lines, Assignment{Name: "pfsync_syncpeer", Value: s.SyncPeer.Value.String()})
		}
		var words []string
		if s.MaxUpd.Stated {
			words = append(words, "maxupd", fmt.Sprint(s.MaxUpd.Value))
		}
		if s.Defer.Stated {
			words = append(words, map[bool]string{true: "defer", false: "-defer"}[s.Defer.Value])
		}
		if len(words) > 0 {
			lines = append(lines, Assignment{Name: "pfsync_ifconfig", Value: b.ifconfig(words...)})
		}
	}
	return lines
}

// daemons enables what carpool configures, unless the author decides himself.
func (b *builder) daemons() []Assignment {
	var lines []Assignment
	yes := func(name string) {
		if !b.stated(name) {
			lines = append(lines, Assignment{Name: name, Value: "YES"})
		}
	}
	if len(b.copies[b.node]) > 0 && !b.jail() {
		yes("hastd_enable")
	}
	pools := slices.ContainsFunc(b.groups[b.node], func(s *schema.Standby) bool {
		return slices.ContainsFunc(s.Failover.Storage.Items, func(a schema.Attr[schema.Storage]) bool { return a.Value.Zpool != nil })
	})
	if pools {
		yes("zfs_enable")
	}
	if len(b.groups[b.node]) > 0 {
		yes("devd_enable")
		yes("carp_hast_switch_enable")
		if dir := b.node.Out.ScriptDir.Value; dir != schema.DefaultScriptDir {
			lines = append(lines, Assignment{Name: "carp_hast_switch_program", Value: dir + "/carp-hast-switch"})
		}
	}
	return lines
}
