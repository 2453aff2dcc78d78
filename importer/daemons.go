package importer

import (
	"fmt"
	"strings"

	"carpool/schema"
)

// leftOut reports interfaces with settings that netif passes over.
func (c *Cluster) leftOut() {
	for _, h := range c.Hosts {
		named := h.cfg.Get("network_interfaces")
		if !h.cfg.IsSet("network_interfaces") || named.Guessed || strings.EqualFold(named.Value, "auto") {
			continue
		}
		done := map[string]bool{}
		for c := range h.commands() {
			if len(c.Args) > 1 {
				done[schema.InterfaceVariable(c.Args[1])] = true
			}
		}
		for _, name := range h.cfg.Names() {
			iface := configuredBy(name)
			if iface == "" || done[iface] || isCarp(iface) || strings.TrimSpace(h.cfg.Value(name)) == "" || h.renamed(iface) {
				continue
			}
			done[iface] = true
			c.report(CodeLeftOut, schema.Warning, h.place(h.cfg.Get(name).Range), fmt.Sprintf("%s of %s is never used: network_interfaces leaves %s out", name, h.Name, iface),
				"write network_interfaces=\"auto\", or add "+iface+" to it", []schema.Related{{Message: "the list is here", Range: h.place(named.Range)}})
		}
	}
}

// configuredBy is the interface that a variable configures, as it is written
// in the variable, "" for none.
func configuredBy(variable string) string {
	for _, prefix := range []string{"ipv6_ifconfig_", "ifconfig_", "ipv4_addrs_"} {
		name, ok := strings.CutPrefix(variable, prefix)
		if !ok {
			continue
		}
		if i := strings.Index(name, "_alias"); i > 0 {
			name = name[:i]
		}
		name = strings.TrimSuffix(strings.TrimSuffix(name, "_ipv6"), "_descr")
		if name == "DEFAULT" || name == "lo0" || strings.HasSuffix(name, "_name") {
			return ""
		}
		return name
	}
	return ""
}

// renamed reports whether an interface gets another name at boot.
func (h *Host) renamed(iface string) bool { return h.cfg.Value("ifconfig_"+iface+"_name") != "" }

// hastdProgram is what rc.d/hastd starts (rc.d/hastd command).
const hastdProgram = "/sbin/hastd"

// daemons reports a hastd that does not read /etc/hast.conf, or is another
// program.
func (c *Cluster) daemons() {
	for _, h := range c.Hosts {
		if !h.cfg.Yes("hastd_enable") {
			continue
		}
		if v := h.cfg.Get("hastd_program"); v.Value != "" && v.Value != hastdProgram {
			c.report(CodeHastd, schema.Warning, h.place(v.Range), fmt.Sprintf("hastd of %s is %s", h.Name, v.Value), "take hastd_program out", nil)
		}
		flags := h.cfg.Get("hastd_flags")
		options := hastdOptions(strings.Fields(flags.Value))
		for _, option := range []string{"c", "P", "F"} {
			value, given := options[option]
			what, help := "", "take -"+option+" out"
			switch {
			case !given:
				continue
			case option == "c" && value != hastFile:
				what, help = "reads "+value+" in place of "+hastFile, help+", and name the file "+hastFile
			case option == "F":
				what = "stays in the foreground: the boot waits for it for ever"
			case option == "P" && value != hastdPID:
				what = "writes its number to " + value + ": service hastd stop does not find it"
			default:
				continue
			}
			c.report(CodeHastd, schema.Warning, h.place(flags.Range), fmt.Sprintf("hastd of %s %s", h.Name, what), help, nil)
		}
	}
}

// hastdPID is the file that rc.d/hastd looks into.
const hastdPID = "/var/run/hastd.pid"

// hastdOptions takes flags apart as hastd does: getopt(3) with "c:dFhP:"
// (sbin/hastd/hastd.c main, 13.2).
func hastdOptions(words []string) map[string]string {
	options := map[string]string{}
	for i := 0; i < len(words) && len(words[i]) > 1 && words[i][0] == '-' && words[i] != "--"; i++ {
		for k := 1; k < len(words[i]); k++ {
			option := words[i][k : k+1]
			if option != "c" && option != "P" {
				options[option] = ""
				continue
			}
			value := words[i][k+1:]
			if value == "" && i+1 < len(words) {
				i++
				value = words[i]
			}
			options[option] = value
			break
		}
	}
	return options
}
