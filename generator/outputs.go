package generator

import (
	"slices"

	"carpool/schema"
)

// output is one file of a host: a row of the table of everything carpool
// writes.
type output struct {
	name     string // of the file in templates, without .tmpl
	static   bool   // copied, not rendered
	path     func(*schema.Node) string
	mode     uint32 // without secrets; a file with a secret is 0600
	when     func(*Host) bool
	onChange string // what a changed file needs on the host
}

func at(path string) func(*schema.Node) string {
	return func(*schema.Node) string { return path }
}

func inScriptDir(name string) func(*schema.Node) string {
	return func(n *schema.Node) string { return n.Out.ScriptDir.Value + "/" + name }
}

func switched(h *Host) bool { return h.Switch != nil }
func hasDevd(h *Host) bool  { return len(h.Devd.Rules)+len(h.Devd.Own) > 0 }
func hasHAST(h *Host) bool  { return len(h.HAST.Resources) > 0 }
func hasHook(h *Host) bool  { return switched(h) && h.Switch.HastHooks && hasHAST(h) }

// holdsAtBoot: before netif, hosts with storage or a group that an operator
// gives back leave no trace of an earlier life behind and, where no loader
// tunable does it, hold CARP back (rule R1 of the switch).
func holdsAtBoot(h *Host) bool {
	return switched(h) && (len(h.Switch.Listeners) > 0 || slices.ContainsFunc(h.Switch.Groups, func(g SwitchGroup) bool {
		return g.Failback == "manual"
	}))
}
func hasSysctl(h *Host) bool  { return len(h.Sysctl) > 0 }
func hasLoader(h *Host) bool  { return len(h.Loader.Lines) > 0 }
func hasRCLines(h *Host) bool { return len(h.RC.Sections) > 0 }

// What changed files need, in words for the manifest and for diff.
const (
	needsNetif   = "nothing at once: the next boot reads it; `service netif restart` resets every vhid, which is a failover"
	needsSysctl  = "service sysctl restart"
	needsBoot    = "a reboot"
	needsHAST    = "service hastd reload"
	needsDevd    = "service devd restart"
	needsSwitch  = "service carp_hast_switch start"
	needsNothing = "nothing: the next event runs it"
)

// outputs lists every file, in the order in which they are rendered.
var outputs = []output{
	{name: "boot/loader.conf", path: func(n *schema.Node) string { return n.Out.LoaderConf.Value }, mode: 0o644, when: hasLoader, onChange: needsBoot},
	{name: "etc/rc.conf", path: func(n *schema.Node) string { return n.Out.RCConf.Value }, mode: 0o644, when: hasRCLines, onChange: needsNetif},
	{name: "etc/sysctl.conf", path: func(n *schema.Node) string { return n.Out.SysctlConf.Value }, mode: 0o644, when: hasSysctl, onChange: needsSysctl},
	{name: "etc/hast.conf", path: func(n *schema.Node) string { return n.Out.HASTConf.Value }, mode: 0o644, when: hasHAST, onChange: needsHAST},
	{name: "usr/local/etc/devd/devd.conf", path: func(n *schema.Node) string { return n.Out.DevdConf.Value }, mode: 0o644, when: hasDevd, onChange: needsDevd},
	{name: "usr/local/etc/carp-hast-switch.conf", path: at("/usr/local/etc/carp-hast-switch.conf"), mode: 0o644, when: switched, onChange: needsSwitch},
	{name: "usr/local/etc/rc.d/carp_hast_switch", static: true, path: at("/usr/local/etc/rc.d/carp_hast_switch"), mode: 0o755, when: switched, onChange: needsNothing},
	{name: "usr/local/etc/rc.d/carp_hast_hold", static: true, path: at("/usr/local/etc/rc.d/carp_hast_hold"), mode: 0o755, when: holdsAtBoot, onChange: needsBoot},
	{name: "usr/local/scripts/carp-hast-switch", static: true, path: inScriptDir("carp-hast-switch"), mode: 0o755, when: switched, onChange: needsSwitch},
	{name: "usr/local/scripts/carp-hast-look", static: true, path: inScriptDir("carp-hast-look"), mode: 0o644, when: switched, onChange: needsSwitch},
	{name: "usr/local/scripts/carp-hast-act", static: true, path: inScriptDir("carp-hast-act"), mode: 0o644, when: switched, onChange: needsSwitch},
	{name: "usr/local/scripts/carp-hast-verbs", static: true, path: inScriptDir("carp-hast-verbs"), mode: 0o644, when: switched, onChange: needsSwitch},
	{name: "usr/local/scripts/carp-hast-hook", static: true, path: inScriptDir("carp-hast-hook"), mode: 0o755, when: hasHook, onChange: needsNothing},
}
