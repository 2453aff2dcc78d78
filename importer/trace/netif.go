package trace

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/syntax"

	"carpool/importer/internal/shell"
	"carpool/importer/rcconf"
)

// netif plays rc.d/netif. Its shell holds the variables of rc.conf and evaluates what the
// scripts pass to eval; ifconfig is recorded.
type netif struct {
	*boot
	cfg     *rcconf.Config
	sh      *shell.Interp
	present []string // what "ifconfig -l" prints
	units   map[string]int
	at      hcl.Range // the setting at work
	depth   int       // of interfaces that create interfaces
	ranges  int       // addresses that came out of ranges
}

func (b *boot) netif() {
	cfg := b.service(rcconf.Netif(b.release)...)
	if cfg.Broken || b.release.AtLeast(12, 0) && !cfg.Yes("netif_enable") {
		return
	}
	present := append([]string{"lo0"}, b.options.Interfaces...)
	if b.options.Interfaces == nil {
		present = append(present, physical(cfg)...)
	}
	b.net = b.newNetif(cfg, present)
	b.net.start()
	b.diags = append(b.diags, b.net.sh.Diags...)
}

// newNetif prepares the functions of network.subr for a script whose settings
// are cfg, on a host that has the interfaces present.
func (b *boot) newNetif(cfg *rcconf.Config, present []string) *netif {
	n := &netif{boot: b, cfg: cfg, sh: shell.New(b.tree), units: map[string]int{}, present: present}
	n.sh.Quiet = true
	for name, v := range cfg.All() {
		n.sh.Vars[name] = &shell.Var{Value: v.Value, Range: v.Range}
	}
	n.sh.Commands["ifconfig"] = n.recorded
	n.sh.Commands["/sbin/ifconfig"] = n.recorded
	n.sh.Commands["sysctl"] = n.recorded
	n.sh.Commands["/sbin/sysctl"] = n.recorded
	n.sh.Commands["kldload"] = n.recorded
	n.sh.Commands["/sbin/kldload"] = n.recorded
	n.sh.Commands["ifalias_af_common_handler"] = func(_ *shell.Interp, c shell.Call) int {
		return n.aliasHandler(c.Args[1:], 0)
	}
	n.sh.Unknown = n.unknown
	return n
}

// unknown is told of programs that a value or a start_if script would run.
func (n *netif) unknown(c shell.Call) int {
	if n.at.Filename == "" {
		n.warn(c.Range, "Runs the command "+strconv.Quote(c.Args[0]), "It was not run here, and what it does is not part of the trace.")
		return 127
	}
	n.warn(n.at, "A value runs the command "+strconv.Quote(c.Args[0]),
		"network.subr passes this value through eval: what follows a \";\" or stands in $(…) is run as a command by every start of the network. It was not run here.")
	return 127
}

// recorded takes the place of ifconfig and its like in eval and in start_if scripts.
func (n *netif) recorded(_ *shell.Interp, c shell.Call) int {
	args := slices.Clone(c.Args)
	args[0] = path.Base(args[0])
	at := n.at
	if at.Filename == "" {
		at = c.Range
	}
	n.run("netif", at, args...)
	return 0
}

// ifconfig records a command.
func (n *netif) ifconfig(args ...string) {
	if n.sh.Alive() {
		n.run("netif", n.at, append([]string{"ifconfig"}, args...)...)
	}
}

// start is netif_start, in 9 and 10 network_start.
func (n *netif) start() {
	if n.release.AtLeast(11, 0) {
		n.wireless()
	}
	n.clones()
	if !n.release.AtLeast(10, 0) {
		n.oldTunnels()
	}
	n.rename()
	for _, name := range n.list() {
		n.interfaceUp(name)
	}
}

// variable is get_if_var: the value of prefixIFsuffix, its words joined by single spaces.
func (n *netif) variable(name, prefix, suffix string) string {
	return n.variableOr(name, prefix, suffix, "")
}

func (n *netif) variableOr(name, prefix, suffix, fallback string) string {
	full := prefix + normal(name) + suffix
	if v := n.cfg.Get(full); v.Range.Filename != "" {
		n.at = v.Range
	}
	value, set := n.sh.Vars[full]
	switch {
	case n.sh.Vars["IFS"] != nil || !syntax.ValidName(full) || !set && fallback != "" || set && strings.HasPrefix(value.Value, "-n"):
		return n.sh.Capture("echo ${"+full+"-"+fallback+"}", n.at)
	case !set:
		return ""
	}
	return strings.Join(fields(value.Value), " ")
}

// normal is what ltr of rc.subr makes of an interface name, with . - / + as separators.
func normal(name string) string {
	words := strings.FieldsFunc(name, isPunct)
	if len(words) > 0 && !strings.ContainsFunc(strings.Trim(name, ".-/+"), isPunct) {
		return words[0]
	}
	trimmed := strings.TrimLeft(name, ".-/+")
	if trimmed != "" && isPunct(rune(trimmed[len(trimmed)-1])) {
		trimmed = trimmed[:len(trimmed)-1]
	}
	return strings.Map(func(r rune) rune {
		if isPunct(r) {
			return '_'
		}
		return r
	}, trimmed)
}

func isPunct(r rune) bool { return strings.ContainsRune(".-/+", r) }

// rawArgs is _ifconfig_getargs: ifconfig_IF or ifconfig_IF_ipv6, else ifconfig_DEFAULT.
func (n *netif) rawArgs(name, suffix string) string {
	n.at = hcl.Range{}
	return n.variableOr(name, "ifconfig_", suffix, n.cfg.Value("ifconfig_DEFAULT"))
}

// args is ifconfig_getargs: the words that are for ifconfig.
func (n *netif) args(name, suffix string) string {
	var list []string
	vnet := false
	for _, word := range fields(n.rawArgs(name, suffix)) {
		switch {
		case vnet:
			vnet = false
		case word == "vnet" && n.release.AtLeast(10, 0):
			vnet = true
		case !pseudo(word):
			list = append(list, word)
		}
	}
	return strings.Join(list, " ")
}

// pseudo are the words of ifconfig_IF that network.subr keeps for itself.
func pseudo(word string) bool {
	switch strings.ToUpper(word) {
	case "DHCP", "NOAUTO", "NOSYNCDHCP", "SYNCDHCP", "WPA", "HOSTAP":
		return true
	}
	return false
}

func (n *netif) hasWord(name string, words ...string) bool {
	for _, w := range fields(n.rawArgs(name, "")) {
		if slices.Contains(words, strings.ToUpper(w)) {
			return true
		}
	}
	return false
}

func (n *netif) dhcp(name string) bool {
	if driver(name, "lo", "stf", "lp", "sl") || !n.release.AtLeast(11, 0) && driver(name, "faith") || n.noFamilies(name) {
		return false
	}
	return n.hasWord(name, "DHCP", "NOSYNCDHCP", "SYNCDHCP")
}

// noFamilies is noafif: drivers whose interfaces never get an address.
func (n *netif) noFamilies(name string) bool {
	return driver(name, "pflog", "pfsync", "an", "ath", "ipw", "ipfw", "iwi", "iwn", "ral", "wi", "wl", "wpi") ||
		n.release.AtLeast(10, 0) && driver(name, "usbus")
}

// driver says whether name is one of the drivers followed by a digit.
func driver(name string, drivers ...string) bool {
	for _, d := range drivers {
		rest, ok := strings.CutPrefix(name, d)
		if ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
			return true
		}
	}
	return false
}

// eval runs "ifconfig IF words" the way network.subr does, through eval.
func (n *netif) eval(name, words string) {
	n.sh.Eval("/sbin/ifconfig "+name+" "+words, n.at)
}

// clones is clone_up: cloned_interfaces, and gif_interfaces on 10 and later.
func (n *netif) clones() {
	v := n.cfg.Get("cloned_interfaces")
	for _, word := range fields(v.Value) {
		name := word
		if n.release.AtLeast(10, 0) {
			name, _, _ = strings.Cut(word, ":")
			if slices.Contains(n.present, name) {
				continue
			}
		}
		n.at = v.Range
		args := fields(n.variable(name, "create_args_", ""))
		n.at = v.Range
		n.ifconfig(append([]string{name, "create"}, args...)...)
		n.created(name)
	}
	if n.release.AtLeast(10, 0) {
		n.tunnels()
	}
}

func (n *netif) created(name string) {
	switch {
	case driver(name, "epair"):
		n.present = append(n.present, name+"a", name+"b")
	case n.release.AtLeast(10, 0) && driver(name, "carp"):
		n.warn(n.at, "carp interfaces do not exist since FreeBSD 10", fmt.Sprintf(
			"\"ifconfig %s create\" fails, and ifconfig_%s is not used. Write ifconfig_IF_aliasN=\"inet vhid …\" for the interface that carries the address.", name, normal(name)))
	default:
		n.present = append(n.present, name)
	}
}

// tunnels creates gif_interfaces (clone_up of 10.4 and later).
func (n *netif) tunnels() {
	v := n.cfg.Get("gif_interfaces")
	for _, word := range fields(v.Value) {
		name, _, _ := strings.Cut(word, ":")
		if slices.Contains(n.present, name) {
			continue
		}
		n.at = v.Range
		if driver(name, "gif") {
			n.ifconfig(name, "create")
		} else {
			n.ifconfig(n.newUnit("gif"), "name", name)
		}
		n.present = append(n.present, name)
		args := fields(n.variable(name, "gifconfig_", ""))
		switch {
		case !n.release.AtLeast(12, 0): // 10: ifconfig_gifN becomes "tunnel …"
			n.sh.Preset("ifconfig_"+name, "tunnel "+strings.Join(args, " "))
		case len(args) == 0:
		case args[0] == "inet6" && len(args) > 1:
			n.ifconfig(append([]string{name, "inet6", "tunnel"}, args[1:]...)...)
		default:
			n.ifconfig(append([]string{name, "tunnel"}, args...)...)
		}
	}
}

// oldTunnels is gif_up of 9.
func (n *netif) oldTunnels() {
	for _, name := range fields(n.cfg.Value("gif_interfaces")) {
		args := fields(n.variable(name, "gifconfig_", ""))
		if len(args) == 0 {
			continue
		}
		if driver(name, "gif") {
			n.ifconfig(name, "create")
		} else {
			n.ifconfig(n.newUnit("gif"), "name", name)
		}
		n.present = append(n.present, name)
		n.ifconfig(append([]string{name, "tunnel"}, args...)...)
		n.ifconfig(name, "up")
	}
}

// newUnit records the creation of an interface that gets the next free number.
func (n *netif) newUnit(kind string, args ...string) string {
	n.ifconfig(append([]string{kind, "create"}, args...)...)
	return n.unit(kind)
}

// unit takes the next free number; one whose interface was renamed is not free.
func (n *netif) unit(kind string) string {
	for {
		name := fmt.Sprint(kind, n.units[kind])
		n.units[kind]++
		if !slices.Contains(n.present, name) {
			return name
		}
	}
}

// rename is ifnet_rename.
func (n *netif) rename() {
	for i, name := range n.present {
		n.at = hcl.Range{}
		if words := fields(n.variable(name, "ifconfig_", "_name")); len(words) > 0 {
			n.ifconfig(append([]string{name, "name"}, words...)...)
			n.present[i] = words[0]
		}
	}
}

// list is list_net_interfaces without an argument.
func (n *netif) list() []string {
	named := n.cfg.Value("network_interfaces")
	if strings.EqualFold(named, "auto") {
		var list []string
		for _, name := range n.present {
			if n.automatic(name) {
				list = append(list, name)
			}
		}
		if i := slices.Index(list, "lo0"); i > 0 {
			list = append([]string{"lo0"}, slices.Delete(list, i, i+1)...)
		}
		return list
	}
	var list []string
	for _, name := range fields(named + " " + n.cfg.Value("cloned_interfaces")) {
		if n.release.AtLeast(10, 0) && driver(name, "epair") {
			list = append(list, name+"a", name+"b")
		} else {
			list = append(list, name)
		}
	}
	if !slices.Contains(list, "lo0") {
		list = append([]string{"lo0"}, list...)
	}
	return list
}

// automatic is autoif.
func (n *netif) automatic(name string) bool { return !n.hasWord(name, "NOAUTO") }
