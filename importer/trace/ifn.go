package trace

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/rcconf"
)

// maxChildren ends vlans_IF that name an interface above.
const maxChildren = 8

// interfaceUp is ifn_start: everything that configures one interface.
func (n *netif) interfaceUp(name string) {
	if n.depth > maxChildren || !n.sh.Alive() {
		return
	}
	n.depth++
	defer func() { n.depth-- }()
	n.script(name)
	n.main(name)
	if !n.release.AtLeast(10, 0) || !n.noFamilies(name) {
		if n.release.AtLeast(15, 0) {
			n.inet6(name)
			n.inet(name)
		} else {
			n.inet(name)
			n.inet6(name)
		}
	}
	n.children(name)
}

// script reads /etc/start_if.IF into the shell.
func (n *netif) script(name string) {
	file := "/etc/start_if." + name
	src, err := n.tree.ReadFile(file)
	if err != nil {
		return
	}
	n.at = hcl.Range{}
	n.sh.Source(file, src)
}

// main is ifconfig_up. In 9 ifconfig_IF comes before the flags of inet6.
func (n *netif) main(name string) {
	families := !n.release.AtLeast(10, 0) || !n.noFamilies(name)
	configured := name == "lo0"
	if families && n.release.AtLeast(10, 0) {
		n.inet6Flags(name)
	}
	if words := n.args(name, ""); words != "" {
		n.eval(name, words)
		configured = true
	}
	if families {
		if !n.release.AtLeast(10, 0) {
			n.inet6Flags(name)
		}
		configured = n.inet6Main(name) || configured
	}
	n.aliases(name, "link")
	n.aliases(name, "ether")
	if text := n.description(name); text != "" {
		n.ifconfig(name, "description", text)
	}
	configured = n.up(name, configured)
	if n.release.AtLeast(13, 0) && families && n.acceptRouters(name) {
		configured = true
	}
	if n.dhcp(name) && !configured {
		n.ifconfig(name, "up")
	}
}

func (n *netif) description(name string) string {
	if !n.release.AtLeast(11, 0) {
		return ""
	}
	n.at = hcl.Range{}
	return n.variable(name, "ifconfig_", "_descr")
}

// up brings the interface up; since 11 wpa_supplicant and hostapd do it for theirs.
func (n *netif) up(name string, configured bool) bool {
	wireless := n.hasWord(name, "WPA", "HOSTAP")
	n.rawArgs(name, "") // for the place of the setting
	if configured && (!wireless || !n.release.AtLeast(11, 0)) {
		n.ifconfig(name, "up")
	}
	return configured || wireless
}

// activateAll is ipv6_activate_all_interfaces; rc.d/netif lets the older
// ipv6_enable take its place (set_rcvar_obsolete).
func (n *netif) activateAll() rcconf.Var {
	if old := n.cfg.Get("ipv6_enable"); old.Value != "" {
		return old
	}
	return n.cfg.Get("ipv6_activate_all_interfaces")
}

// inet6Flags sets what the interface does with IPv6 before it has an address.
func (n *netif) inet6Flags(name string) {
	var flags []string
	all := n.activateAll()
	if rcconf.IsYes(all.Value) {
		flags = append(flags, "-ifdisabled")
	} else if !n.release.AtLeast(13, 0) && name != "lo0" {
		flags = append(flags, "ifdisabled")
	}
	if rcconf.IsYes(n.cfg.Value("ipv6_enable")) && !driver(name, "bridge") && !n.cfg.Yes("ipv6_gateway_enable") {
		flags = append(flags, "accept_rtadv")
	}
	if n.cfg.Value("ipv6_cpe_wanif") == name {
		flags = append(flags, "-no_radr", "accept_rtadv")
	}
	if len(flags) > 0 {
		n.at = all.Range
		n.ifconfig(append([]string{name, "inet6"}, flags...)...)
	}
}

// bareIPv6 is an address without the word inet6, as older files have it.
var bareIPv6 = regexp.MustCompile(`^(:|[0-9a-fA-F].*:)`)

// inet6Main is the part of ifconfig_up for ifconfig_IF_ipv6 and its predecessors.
func (n *netif) inet6Main(name string) bool {
	configured := false
	if words := n.args(name, "_ipv6"); words != "" {
		if bareIPv6.MatchString(words) {
			words = "inet6 " + words
		}
		n.ifconfig(name, "inet6", "-ifdisabled")
		n.eval(name, words)
		configured = true
	}
	n.at = hcl.Range{}
	if n.variable(name, "ipv6_prefix_", "") != "" {
		n.ifconfig(name, "inet6", "-ifdisabled")
		configured = true
	}
	n.at = hcl.Range{}
	if words := n.variable(name, "ipv6_ifconfig_", ""); words != "" {
		n.ifconfig(name, "inet6", "-ifdisabled")
		n.eval(name, "inet6 "+words)
		configured = true
	}
	return configured
}

// inet is ipv4_up.
func (n *netif) inet(name string) {
	if name == "lo0" {
		n.at = hcl.Range{}
		if n.variable(name, "ifconfig_", "") == "" {
			n.ifconfig(name, "inet", "127.0.0.1/8", "alias")
		}
	}
	n.aliases(name, "inet")
}

// inet6 is ipv6_up: nothing happens without an address of the main line.
func (n *netif) inet6(name string) {
	if !n.hasIPv6(name) {
		return
	}
	n.aliases(name, "inet6")
	n.prefixes(name)
	if !n.release.AtLeast(13, 0) {
		n.acceptRouters(name)
	}
}

// hasIPv6 is ipv6if.
func (n *netif) hasIPv6(name string) bool {
	if name == "lo0" {
		return true
	}
	wanted := n.cfg.Value("ipv6_network_interfaces")
	if !strings.EqualFold(wanted, "auto") && !slices.Contains(strings.Split(wanted, " "), name) {
		return false
	}
	return n.rawArgs(name, "_ipv6") != "" || n.variable(name, "ipv6_prefix_", "") != "" || n.variable(name, "ipv6_ifconfig_", "") != ""
}

// acceptRouters is ipv6_accept_rtadv_up with ipv6_autoconfif.
func (n *netif) acceptRouters(name string) bool {
	if driver(name, "lo", "stf", "lp", "sl") || !n.release.AtLeast(11, 0) && driver(name, "faith") || n.noFamilies(name) ||
		!n.hasIPv6(name) || n.cfg.Yes("ipv6_gateway_enable") || n.variable(name, "ipv6_prefix_", "") != "" {
		return false
	}
	if rcconf.IsYes(n.cfg.Value("ipv6_enable")) {
		if driver(name, "bridge") {
			return false
		}
	} else {
		words := fields(n.variable(name, "ipv6_ifconfig_", "") + " " + n.rawArgs(name, "_ipv6"))
		if !slices.Contains(words, "accept_rtadv") {
			return false
		}
	}
	n.ifconfig(name, "inet6", "accept_rtadv", "up")
	return true
}

// prefixes is ipv6_prefix_hostid_addr_common.
func (n *netif) prefixes(name string) {
	n.at = hcl.Range{}
	for _, prefix := range fields(n.variable(name, "ipv6_prefix_", "")) {
		length := "64"
		if before, after, found := strings.Cut(prefix, "/"); found {
			length = after
			prefix = before
		}
		if i := strings.LastIndex(prefix, "::"); i >= 0 {
			prefix = prefix[:i]
		}
		prefix = strings.TrimSuffix(prefix, ":")
		n.ifconfig(name, "inet6", prefix+"::", "prefixlen", length, "eui64", "alias")
		if n.cfg.Yes("ipv6_gateway_enable") {
			n.ifconfig(name, "inet6", prefix+"::", "prefixlen", length, "alias", "anycast")
		}
	}
}

var (
	tagName  = regexp.MustCompile(`^[1-9][0-9]*$`)
	vlanName = regexp.MustCompile(`^vlan[0-9]+$`)
)

// children is childif_create: vlans_IF, each configured at once.
func (n *netif) children(parent string) {
	if !n.release.AtLeast(13, 0) {
		n.wirelessChildren(parent)
	}
	n.at = hcl.Range{}
	names := fields(n.variable(parent, "vlans_", ""))
	at := n.at
	if len(names) > 0 {
		n.load("netif", at, "if_vlan")
	}
	for _, child := range names {
		n.at = at
		if tagName.MatchString(child) {
			child = parent + "." + child
			n.ifconfig(append([]string{child, "create"}, fields(n.variable(child, "create_args_", ""))...)...)
		} else {
			args := append([]string{"vlandev", parent}, fields(n.variable(child, "create_args_", ""))...)
			if vlanName.MatchString(child) {
				n.ifconfig(append([]string{child, "create"}, args...)...)
			} else {
				n.ifconfig(n.newUnit("vlan", args...), "name", child)
			}
		}
		if !slices.Contains(n.present, child) {
			n.present = append(n.present, child)
		}
		if n.automatic(child) {
			n.interfaceUp(child)
		}
	}
}
