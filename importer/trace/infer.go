package trace

import (
	"regexp"
	"slices"
	"strings"

	"carpool/importer/rcconf"
)

// interfaceVariable finds the interface in the name of a variable.
var interfaceVariable = regexp.MustCompile(
	`^(?:ifconfig|vlans|wlans|ipv4_addrs|ipv6_prefix|ipv6_ifconfig)_(.+?)(?:_alias[0-9].*|_aliases|_ipv6|_name|_descr)?$`)

var taggedName = regexp.MustCompile(`^(.+)_([0-9]+)$`)

// physical guesses the interfaces of the hardware: those with settings that nothing creates,
// in the order of rc.conf.
func physical(cfg *rcconf.Config) []string {
	named := fields(cfg.Value("network_interfaces"))
	if cfg.IsSet("network_interfaces") && !strings.EqualFold(cfg.Value("network_interfaces"), "auto") {
		return slices.DeleteFunc(named, func(s string) bool { return s == "lo0" })
	}
	made := created(cfg)
	var list []string
	for _, variable := range cfg.Names() {
		m := interfaceVariable.FindStringSubmatch(variable)
		if m == nil || m[1] == "DEFAULT" || m[1] == "lo0" || made[m[1]] {
			continue
		}
		name := m[1]
		if t := taggedName.FindStringSubmatch(name); t != nil { // a vlan made elsewhere
			name = t[1] + "." + t[2]
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// created lists, as parts of variable names, the interfaces that the scripts create or name.
func created(cfg *rcconf.Config) map[string]bool {
	made := map[string]bool{"lo0": true}
	for _, list := range []string{"cloned_interfaces", "gif_interfaces"} {
		for _, w := range fields(cfg.Value(list)) {
			name, _, _ := strings.Cut(w, ":")
			made[normal(name)] = true
			if driver(name, "epair") {
				made[name+"a"], made[name+"b"] = true, true
			}
		}
	}
	for _, variable := range cfg.Names() {
		value := cfg.Value(variable)
		if parent, ok := strings.CutPrefix(variable, "vlans_"); ok {
			for _, child := range fields(value) {
				if tagName.MatchString(child) {
					child = parent + "_" + child
				}
				made[normal(child)] = true
			}
		}
		if _, ok := strings.CutPrefix(variable, "wlans_"); ok {
			for _, child := range fields(value) {
				made[normal(child)] = true
			}
		}
		if m := interfaceVariable.FindStringSubmatch(variable); m != nil && strings.HasSuffix(variable, "_name") {
			made[normal(value)] = true
		}
	}
	return made
}

// fields splits as sh(1) does without quotes: at spaces, tabs and newlines only.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
}
