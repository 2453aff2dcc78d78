package trace

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/keyvalue"
	"carpool/importer/rcconf"
	"carpool/importer/tree"
	"carpool/schema"
)

// boot collects the commands of the stages in the order of rcorder(8).
type boot struct {
	tree     *tree.Tree
	release  schema.Release
	options  Options
	cfg      *rcconf.Config
	sysctls  keyvalue.List
	loaded   map[string]bool // kernel modules
	net      *netif          // nil if rc.d/netif does nothing
	commands []Command
	diags    hcl.Diagnostics
}

func (b *boot) run(stage string, at hcl.Range, args ...string) {
	b.commands = append(b.commands, Command{Args: args, Range: at, Stage: stage})
}

// loader loads the modules of loader.conf and sets its variables.
func (b *boot) loader(list keyvalue.List) {
	for _, e := range list {
		if module, ok := strings.CutSuffix(e.Name, "_load"); ok && list.Last(e.Name).Range == e.Range {
			if strings.EqualFold(e.Value, "YES") {
				if named := list.Last(module + "_name"); named != nil {
					module = named.Value
				}
				b.run("loader", e.Range, "load", module)
				b.loaded[module] = true
			}
		}
	}
}

// sysctl applies sysctl.conf: rc.d/sysctl first, passing over what does not exist yet, and
// once more at the end of the boot. On 9 and older a value that is already there is not set
// again.
func (b *boot) sysctl(stage string, last bool) {
	for _, e := range b.sysctls {
		early := !strings.HasPrefix(e.Name, "net.inet.carp.") || b.carpEarly()
		if !last && !early || last && early && !b.release.AtLeast(10, 0) {
			continue
		}
		b.run(stage, e.Range, "sysctl", e.Name+"="+e.Value)
	}
}

// carpEarly says whether the loader loads carp, so that its variables exist from the start.
func (b *boot) carpEarly() bool { return b.loaded["carp"] || b.loaded["if_carp"] }

// services are the rc.d scripts that run our three commands, in the order of the boot.
func (b *boot) services() {
	b.module("zfs", "zfs_enable", "zfs")
	b.kld()
	b.netif()
	b.devd()
	b.bridge()
	b.pfsync()
	b.module("pf", "pf_enable", "pf")
	b.routing()
	b.module("hastd", "hastd_enable", "geom_gate")
	b.checkCarp()
}

// load is load_kld of rc.subr: nothing happens if the module is there.
func (b *boot) load(stage string, at hcl.Range, module string) {
	if !b.loaded[module] {
		b.loaded[module] = true
		b.run(stage, at, "kldload", module)
	}
}

// service is the configuration of one script, with its own rc.conf.d if there is one.
func (b *boot) service(names ...string) *rcconf.Config {
	own := false
	for _, name := range names {
		own = own || b.tree.Exists("/etc/rc.conf.d/"+name) || b.tree.Exists("/usr/local/etc/rc.conf.d/"+name)
	}
	if !own {
		return b.cfg
	}
	cfg, diags := rcconf.Load(b.tree, b.release, names...)
	for _, d := range diags {
		if strings.Contains(d.Subject.Filename, "/rc.conf.d/") { // all else is known already
			b.diags = append(b.diags, d)
		}
	}
	return cfg
}

// module loads the modules that a script requires if it is enabled.
func (b *boot) module(stage, knob string, modules ...string) {
	cfg := b.service(stage)
	if !cfg.Yes(knob) {
		return
	}
	if required, ok := map[string]string{"hastd": "/etc/hast.conf", "pf": "/etc/pf.conf"}[stage]; ok && !b.tree.Exists(required) {
		if rules := cfg.Value("pf_rules"); stage != "pf" || rules == "" || !b.tree.Exists(rules) {
			return // required_files: the script stops before it loads anything
		}
	}
	for _, m := range modules {
		b.load(stage, cfg.Get(knob).Range, m)
	}
}

func (b *boot) kld() {
	v := b.service("kld").Get("kld_list")
	for _, module := range fields(v.Value) {
		b.load("kld", v.Range, strings.TrimSuffix(module, ".ko"))
	}
}

// devd: without the daemon the kernel keeps no events (rc.d/devd, 10.4 and later).
func (b *boot) devd() {
	cfg := b.service("devd")
	if cfg.Yes("devd_enable") {
		return
	}
	if b.release.AtLeast(10, 0) {
		b.run("devd", cfg.Get("devd_enable").Range, "sysctl", "hw.bus.devctl_queue=0")
	} else {
		b.run("devd", cfg.Get("devd_enable").Range, "sysctl", "hw.bus.devctl_disable=1")
	}
}

// pfsync configures the interface of that name (rc.d/pfsync).
func (b *boot) pfsync() {
	cfg := b.service("pfsync")
	device := cfg.Get("pfsync_syncdev")
	if !cfg.Yes("pfsync_enable") || device.Value == "" {
		return
	}
	b.load("pfsync", cfg.Get("pfsync_enable").Range, "pf")
	b.load("pfsync", cfg.Get("pfsync_enable").Range, "pfsync")
	args := []string{"ifconfig", "pfsync0"}
	if peer := cfg.Value("pfsync_syncpeer"); peer != "" {
		args = append(args, fields("syncpeer "+peer)...)
	}
	args = append(args, "syncdev")
	args = append(args, fields(device.Value+" "+cfg.Value("pfsync_ifconfig"))...)
	b.run("pfsync", device.Range, append(args, "up")...)
}

// routing sets the forwarding of packets (rc.d/routing, "options"); a value that is "no" sets
// nothing that is not there already.
func (b *boot) routing() {
	cfg := b.service("routing")
	if cfg.Yes("gateway_enable") {
		b.run("routing", cfg.Get("gateway_enable").Range, "sysctl", "net.inet.ip.forwarding=1")
	}
	if cfg.Yes("ipv6_gateway_enable") {
		b.run("routing", cfg.Get("ipv6_gateway_enable").Range, "sysctl", "net.inet6.ip6.forwarding=1")
	}
}

// checkCarp warns of addresses that ifconfig will refuse: it does not load carp itself.
func (b *boot) checkCarp() {
	if b.loaded["carp"] || !b.release.AtLeast(10, 0) {
		return
	}
	for _, c := range b.commands {
		if c.Stage == "netif" && len(c.Args) > 3 && strings.Contains(" "+strings.Join(c.Args, " ")+" ", " vhid ") {
			b.warn(c.Range, "No carp module", "Neither loader.conf nor kld_list loads carp, and ifconfig does not. Unless the kernel has it built in, "+
				"ifconfig fails here and the address is missing. Write carp_load=\"YES\" in /boot/loader.conf.")
			return
		}
	}
}

func (b *boot) warn(at hcl.Range, summary, detail string) {
	if at.Filename == "" {
		at = hcl.Range{Filename: "/etc/rc.conf", Start: hcl.InitialPos, End: hcl.InitialPos}
	}
	b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at})
}
