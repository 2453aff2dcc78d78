package importer

import (
	"fmt"
	"slices"
	"strings"

	"carpool/importer/devdconf"
	"carpool/importer/keyvalue"
	"carpool/importer/rcconf"
	"carpool/importer/trace"
)

// bootOnce plays the boot if it was not played yet.
func (h *Host) bootOnce() {
	if h.boot == nil {
		h.Boot(trace.Options{})
	}
}

// rules compares the rules of devd, and what is run for the events of the
// groups that both sides have.
func (x *comparison) rules() {
	x.before.loadDevd()
	x.after.loadDevd()
	var changes []string
	for _, e := range x.after.CARPEvents() {
		was, is := runText(x.before.Event(e[0], e[1], e[2])), runText(x.after.Event(e[0], e[1], e[2]))
		if was != is {
			changes = append(changes, became(e[2]+" of "+e[1]+" runs", was, is))
		}
	}
	if len(changes) == 0 && slices.Equal(x.before.ownRules(), x.after.ownRules()) {
		return
	}
	if n := len(changes); n > 2 {
		changes = append(changes[:2], fmt.Sprintf("and %d more events", n-2))
	}
	x.add(DevdRules, "devd", strings.Join(changes, ", "))
}

// ownRules are the rules of the host's own files in their order, each as one
// text.
func (h *Host) ownRules() []string {
	if h.devd == nil {
		return nil
	}
	var list []string
	for _, r := range h.devd.Rules() {
		if r.Heading.Filename == "" {
			continue
		}
		text := fmt.Sprint(r.Class, " ", r.Priority)
		for _, c := range r.Clauses {
			text += fmt.Sprintf("; %s %q %q", c.Keyword, c.Variable.Text, c.Value.Text)
		}
		list = append(list, text)
	}
	return list
}

// interfaces compares what a boot does with each interface, virtual addresses
// left out.
func (x *comparison) interfaces() {
	before, order := x.before.perInterface(nil)
	after, order := x.after.perInterface(order)
	for _, name := range order {
		was, is := before[name], after[name]
		slices.Sort(was)
		slices.Sort(is)
		d := listed(was, is)
		switch {
		case d == "":
		case name == "pfsync0":
			x.add(PFSync, "pfsync", d)
		default:
			x.add(Interface, "interface "+name, d)
		}
	}
}

// perInterface groups the commands of a boot, and adds new interfaces to the
// order.
func (h *Host) perInterface(order []string) (map[string][]string, []string) {
	h.bootOnce()
	m := map[string][]string{}
	add := func(name, text string) {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
		if text = strings.TrimSpace(strings.TrimPrefix(text, "ifconfig "+name)); text != "" && !slices.Contains(m[name], text) {
			m[name] = append(m[name], text)
		}
	}
	for _, s := range h.commands() {
		if _, virtual := s.params["vhid"]; s.iface == "" || virtual || isCarp(s.iface) && s.addr != nil {
			continue
		}
		add(s.iface, s.essence())
	}
	for _, name := range h.cfg.Names() {
		iface, ok := strings.CutPrefix(name, "ifconfig_")
		if !ok {
			continue
		}
		for w := range strings.FieldsSeq(h.cfg.Value(name)) {
			if slices.Contains(unseenWords, strings.ToUpper(w)) {
				add(iface, strings.ToUpper(w))
			}
		}
	}
	return m, order
}

// unseenWords are those of ifconfig_IF that start a daemon instead of
// ifconfig (network.subr dhcpif, wpaif, hostapif).
var unseenWords = []string{"DHCP", "SYNCDHCP", "NOSYNCDHCP", "WPA", "HOSTAP"}

// Variables of rc.conf by what they are about. What netif does with its own
// shows in the commands of the boot.
var (
	netifVariables = []string{"ifconfig_", "cloned_interfaces", "vlans_", "create_args_", "ipv4_addrs_", "ipv6_ifconfig_", "ipv6_prefix_",
		"ipv6_network_interfaces", "ipv6_activate_all_interfaces", "network_interfaces", "gif_interfaces", "gifconfig_", "pfsync_syncdev", "pfsync_syncpeer", "pfsync_ifconfig"}
	routeVariables = []string{"defaultrouter", "ipv6_defaultrouter", "static_routes", "ipv6_static_routes", "route_", "ipv6_route_", "gateway_enable", "ipv6_gateway_enable"}
)

func startsWith(name string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return name == p || strings.HasSuffix(p, "_") && strings.HasPrefix(name, p) })
}

// variables compares the rest of rc.conf.
func (x *comparison) variables() {
	was, is := x.before.cfg, x.after.cfg
	if b, a := was.Value("hostname"), is.Value("hostname"); b != a {
		x.add(HostName, "the host", becameValue(b, a))
	}
	var routes, others []string
	for _, name := range changedKeys(setVariables(was), setVariables(is)) {
		switch {
		case name == "hostname", startsWith(name, netifVariables):
		case startsWith(name, routeVariables):
			routes = append(routes, became(name, was.Value(name), is.Value(name)))
		case strings.HasSuffix(name, "_enable"):
			x.service(name)
		default:
			others = append(others, name) // its value may be anybody's secret
		}
	}
	x.addAll(Routes, "routing", routes)
	x.addAll(RCVariables, "variables of rc.conf", others)
}

// setVariables are the variables of the host's files, empty ones left out.
func setVariables(c *rcconf.Config) map[string]string {
	m := map[string]string{}
	for _, name := range c.Names() {
		if v := c.Value(name); v != "" {
			m[name] = strings.Join(strings.Fields(v), " ")
		}
	}
	return m
}

func (x *comparison) service(knob string) {
	was, is := x.before.cfg.Yes(knob), x.after.cfg.Yes(knob)
	switch name := strings.TrimSuffix(knob, "_enable"); {
	case is && !was:
		x.add(ServiceOn, "service "+name, "")
	case was && !is:
		x.add(ServiceOff, "service "+name, "")
	}
}

// values compares sysctl.conf and loader.conf.
func (x *comparison) values() {
	was, _ := keyvalue.Sysctl(x.before.tree, x.before.Release)
	is, _ := keyvalue.Sysctl(x.after.tree, x.after.Release)
	before, after := finalValues(was), finalValues(is)
	for _, m := range []map[string]string{before, after} {
		if m["net.inet.carp.preempt"] == "0" { // the kernel's own value (sys/netinet/ip_carp.c)
			delete(m, "net.inet.carp.preempt")
		}
	}
	for _, name := range changedKeys(before, after) {
		if _, ok := after[name]; ok {
			x.add(SysctlSet, "sysctl "+name, x.shown(name, before[name], after[name]))
		} else {
			x.add(SysctlGone, "sysctl "+name, "")
		}
	}
	was, _ = keyvalue.Loader(x.before.tree, x.before.Release)
	is, _ = keyvalue.Loader(x.after.tree, x.after.Release)
	before, after = finalValues(was), finalValues(is)
	for _, name := range changedKeys(before, after) {
		x.add(LoaderSet, "loader.conf "+name, x.shown(name, before[name], after[name]))
	}
}

// shown words the change of a value, which the description may keep secret.
func (x *comparison) shown(name, before, after string) string {
	for _, n := range x.cluster.Nodes {
		if n.Name != x.name {
			continue
		}
		for _, s := range slices.Concat(n.Sysctl.Items, n.Loader.Items) {
			if s.Key == name && s.Value.Secret.Secret {
				return "secret"
			}
		}
	}
	return becameValue(before, after)
}

// finalValues is what counts in the end of each name.
func finalValues(list keyvalue.List) map[string]string {
	m := map[string]string{}
	for _, e := range list {
		m[e.Name] = e.Value
	}
	return m
}

// runText words what devd runs.
func runText(run *devdconf.Run) string {
	if run == nil {
		return ""
	}
	return strings.Join(run.Commands, "; ")
}
