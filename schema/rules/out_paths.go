package rules

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

// outputPath is one attribute of an output block that names a place.
type outputPath struct {
	name string
	attr schema.Attr[string]
}

func outputPaths(o *schema.Output) []outputPath {
	return []outputPath{
		{"rc_conf", o.RCConf}, {"sysctl_conf", o.SysctlConf}, {"loader_conf", o.LoaderConf},
		{"devd_conf", o.DevdConf}, {"hast_conf", o.HASTConf}, {"script_dir", o.ScriptDir},
	}
}

// nodePaths are the places of one node after defaults.
func nodePaths(n *schema.Node) []outputPath {
	v := n.Out
	return outputPaths(&schema.Output{RCConf: v.RCConf, SysctlConf: v.SysctlConf, LoaderConf: v.LoaderConf,
		DevdConf: v.DevdConf, HASTConf: v.HASTConf, ScriptDir: v.ScriptDir})
}

// outputs calls use once for every stated place, with a node that it is for.
func (p *Pass) outputs(use func(*schema.Node, outputPath)) {
	seen := once{}
	for _, n := range p.Nodes {
		if !n.IsManaged() {
			continue
		}
		for _, o := range nodePaths(n) {
			if o.attr.Stated && seen.first(site{o.attr.Range, o.name + n.Object()}) {
				use(n, o)
			}
		}
	}
}

var pathForm = regexp.MustCompile(`^(?:/[A-Za-z0-9._@+-]+)+$`)

var out001 = &Rule{
	Code:     "OUT001",
	Severity: schema.Error,
	Summary:  "a place for a file that is no absolute path",
	Effect:   "The files mirror the host's root: a path has to say where on the host the file lies, and to stay inside of it.",
	Check: func(p *Pass) {
		p.outputs(func(n *schema.Node, o outputPath) {
			fault := outputFault(o.attr.Value)
			if fault == "" {
				return
			}
			p.Report(Report{
				At: o.attr.Range, Object: n.Object(),
				Message: fmt.Sprintf("%s %q is no place on the host: %s", o.name, o.attr.Value, fault),
				Help:    `write an absolute path such as "/usr/local/etc/NAME", of letters, digits and . _ @ + -`,
			})
		})
	},
}

// maxPath leaves room for the names of the switch's files below script_dir, and
// for a folder on the machine that deploys them: FreeBSD's PATH_MAX is 1024 with
// the final NUL, its NAME_MAX 255 (sys/sys/syslimits.h, 13.2).
const maxPath = 900

func outputFault(s string) string {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "it is not absolute"
	case path.Clean(s) != s:
		return fmt.Sprintf("it is not in its shortest form, %q", path.Clean(s))
	case s == "/":
		return "it is the root"
	case len(s) > maxPath:
		return fmt.Sprintf("it has %d bytes, and the names of files below it may come to 1023", len(s))
	case slices.ContainsFunc(strings.Split(s, "/"), func(name string) bool { return len(name) > 255 }):
		return "a name in it has more than 255 bytes"
	case !pathForm.MatchString(s):
		return "it holds characters that the files cannot carry"
	}
	return ""
}

// switchFiles are the places of the switch that cannot be stated.
var switchFiles = []string{"/usr/local/etc/carp-hast-switch.conf", "/usr/local/etc/rc.d/carp_hast_switch", "/usr/local/etc/rc.d/carp_hast_hold"}

var out002 = &Rule{
	Code:     "OUT002",
	Severity: schema.Error,
	Summary:  "two files at one place",
	Effect:   "Only one of them can be there; what the other one would have set is missing on the host.",
	Check: func(p *Pass) {
		reported := once{}
		for _, n := range p.Nodes {
			if !n.IsManaged() {
				continue
			}
			first := map[string]outputPath{}
			for _, f := range switchFiles {
				first[f] = outputPath{name: "a file of the switch"}
			}
			for _, o := range nodePaths(n) {
				other, taken := first[o.attr.Value]
				if !taken {
					first[o.attr.Value] = o
					continue
				}
				at, rest := o, other
				if !o.attr.Stated {
					at, rest = other, o
				}
				if !reported.first(site{at.attr.Range, n.Object()}) {
					continue
				}
				r := Report{
					At: at.attr.Range, Object: n.Object(),
					Message: fmt.Sprintf("%s and %s are both %s", at.name, rest.name, o.attr.Value),
					Help:    "give each file a place of its own",
				}
				if rest.attr.Stated {
					r.Related = Also(rest.attr.Range, "the other one is here")
				}
				p.Report(r)
			}
		}
	},
}

var out003 = &Rule{
	Code:     "OUT003",
	Severity: schema.Error,
	Summary:  "a devd_conf that devd does not read",
	Effect:   "devd reads files named *.conf in /etc/devd and /usr/local/etc/devd. Elsewhere the rules are never seen, and the address moves without its services; in the place of /etc/devd.conf they would replace the system's own (devd.conf(5); sbin/devd/devd.cc).",
	Check: func(p *Pass) {
		p.outputs(func(n *schema.Node, o outputPath) {
			dir, file := path.Split(o.attr.Value)
			if o.name != "devd_conf" || outputFault(o.attr.Value) != "" ||
				(dir == "/etc/devd/" || dir == "/usr/local/etc/devd/") && strings.HasSuffix(file, ".conf") {
				return
			}
			message := fmt.Sprintf("devd does not read %s", o.attr.Value)
			if o.attr.Value == "/etc/devd.conf" {
				message = "/etc/devd.conf belongs to the system"
			}
			p.Report(Report{
				At: o.attr.Range, Object: n.Object(), Message: message,
				Help: `write "/usr/local/etc/devd/NAME.conf"`,
			})
		})
	},
}

var out004 = &Rule{
	Code:     "OUT004",
	Severity: schema.Warning,
	Summary:  "a file where nothing reads it",
	Effect:   "The host boots without what the file says, unless something of your own reads it (rc.conf(5); sysctl.conf(5); loader.conf(5); rc.d/hastd).",
	Check: func(p *Pass) {
		p.outputs(func(n *schema.Node, o outputPath) {
			places := readPlaces(n, o.name)
			if places == nil || outputFault(o.attr.Value) != "" {
				return
			}
			for _, s := range places {
				if o.attr.Value == s || strings.HasSuffix(s, "/*.conf") && path.Dir(o.attr.Value) == path.Dir(s) && strings.HasSuffix(o.attr.Value, ".conf") {
					return
				}
			}
			if it, ok := n.RC.Over(p.RC).Get("rc_conf_files"); o.name == "rc_conf" && ok && strings.Contains(it.Value.Value, o.attr.Value) {
				return
			}
			p.Report(Report{
				At: o.attr.Range, Object: n.Object(),
				Message: fmt.Sprintf("FreeBSD %s does not read %s from %s", n.Release, o.name, o.attr.Value),
				Help:    "it reads " + strings.Join(places, ", "),
			})
		})
	},
}

func readPlaces(n *schema.Node, name string) []string {
	switch name {
	case "rc_conf":
		if n.Out.Fragment {
			return nil // the host's own rc.conf may read it
		}
		return []string{"/etc/rc.conf", "/etc/rc.conf.local"}
	case "sysctl_conf":
		return []string{"/etc/sysctl.conf", "/etc/sysctl.conf.local"}
	case "hast_conf":
		return []string{"/etc/hast.conf"}
	case "loader_conf":
		if n.Release.Major < 13 {
			return []string{"/boot/loader.conf", "/boot/loader.conf.local"}
		}
		return []string{"/boot/loader.conf", "/boot/loader.conf.local", "/boot/loader.conf.d/*.conf"}
	}
	return nil
}

// mostAliases bounds alias_start: nobody has more addresses on an interface.
const mostAliases = 9999

var out005 = &Rule{
	Code:     "OUT005",
	Severity: schema.Error,
	Summary:  "an alias_start that loses addresses",
	Effect:   "rc collects ifconfig_IF_aliasN by number. Before FreeBSD 9.2 it stops at the first gap, so aliases that do not begin at 0 are never configured (rc.conf(5); etc/network.subr).",
	Check: func(p *Pass) {
		seen := once{}
		for _, n := range p.Nodes {
			a := n.Out.AliasStart
			if !a.Stated || !n.IsManaged() {
				continue
			}
			r := Report{At: a.Range, Object: n.Object(), Help: "write the number behind the last alias of the host's own, or leave it out for 0"}
			switch {
			case a.Value < 0 || a.Value > mostAliases:
				r.Message = fmt.Sprintf("alias_start %d is no number of an alias", a.Value)
			case a.Value > 0 && !n.Out.Fragment && !n.Release.Has(schema.SparseAliases):
				r.Message = fmt.Sprintf("alias_start %d leaves a gap, and %s runs %s", a.Value, n.Address(), n.Release)
				r.Help = fmt.Sprintf("leave it out: gaps need FreeBSD %s", schema.SparseAliases.First())
			default:
				continue
			}
			if seen.first(site{a.Range, n.Object()}) {
				p.Report(r)
			}
		}
	},
}

var out006 = &Rule{
	Code:     "OUT006",
	Severity: schema.Error,
	Summary:  "a file of the host lies on storage that moves",
	Effect:   "While the other node serves, the file is not there: the switch or the settings of this host are missing when they are needed (mount(8)).",
	Check: func(p *Pass) {
		storage := map[*schema.Node][]*schema.Failover{}
		for _, f := range p.Failovers {
			for _, s := range f.Members {
				storage[s.Node] = append(storage[s.Node], f)
			}
		}
		p.outputs(func(n *schema.Node, o outputPath) {
			for _, f := range storage[n] {
				s := holding(f, o.attr.Value)
				if s == nil {
					continue
				}
				p.Report(Report{
					At: o.attr.Range, Object: n.Object(),
					Message: fmt.Sprintf("%s %s lies on %s", o.name, o.attr.Value, s.Value.Address()),
					Help:    "keep it on a disk of the host itself",
					Related: Also(s.Range, "the storage is here"),
				})
				return
			}
		})
	},
}
