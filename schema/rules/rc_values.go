package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var rc006 = &Rule{
	Code:     "RC006",
	Severity: schema.Warning,
	Summary:  "loader settings on a jail",
	Effect:   "A jail shares the kernel of its host and is not booted by a loader: nothing reads the settings (jail(8); loader.conf(5)).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			if !n.Jail.Value || len(n.Loader.Items) == 0 {
				continue
			}
			p.Report(Report{
				At: n.Loader.Range, Object: n.Object(),
				Message: fmt.Sprintf("%s is a jail and has no loader.conf", n.Address()),
				Help:    "write them in the node that is the host of the jail",
				Related: Also(n.Jail.Range, "the node is a jail"),
			})
		}
	},
}

var (
	shellName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	sysctlName = regexp.MustCompile(`^[A-Za-z0-9_%][A-Za-z0-9_.%:+-]{0,253}$`)
)

// settingMap is one rc, sysctl or loader map of the description.
type settingMap struct {
	settings schema.Settings
	file     string
	object   string
}

// settingMaps calls use for every entry of every map.
func (p *Pass) settingMaps(use func(settingMap, schema.Setting)) {
	maps := []settingMap{{p.RC, "rc", ""}, {p.Sysctl, "sysctl", ""}, {p.Loader, "loader", ""}}
	for _, n := range p.Nodes {
		maps = append(maps, settingMap{n.RC, "rc", n.Object()}, settingMap{n.Sysctl, "sysctl", n.Object()}, settingMap{n.Loader, "loader", n.Object()})
	}
	for _, m := range maps {
		for _, it := range m.settings.Items {
			if !it.Null {
				use(m, it)
			}
		}
	}
}

var rc008 = &Rule{
	Code:        "RC008",
	Severity:    schema.Error,
	Summary:     "a name that the file cannot hold",
	Effect:      "sh reads rc.conf as a program: a line whose left side is no variable name is run as a command. sysctl and the loader report a syntax error and skip the line (rc.conf(5); sysctl.conf(5); loader.conf(5)).",
	Unignorable: true,
	Check: func(p *Pass) {
		p.settingMaps(func(m settingMap, it schema.Setting) {
			form, help := sysctlName, "write the name as `sysctl -a` or `kenv` prints it"
			if m.file == "rc" {
				form, help = shellName, "use letters, digits and underscores; in names of interfaces . - / + become _"
			}
			if form.MatchString(it.Key) {
				return
			}
			p.Report(Report{
				At: it.KeyRange, Object: m.object,
				Message: fmt.Sprintf("%q cannot be the name of a setting in %s", it.Key, m.file),
				Help:    help,
			})
		})
	},
}

var rc009 = &Rule{
	Code:     "RC009",
	Severity: schema.Error,
	Summary:  "a value that the file cannot hold",
	Effect:   "The rest of the value would become a line, a comment or a command of its own (rc.conf(5); sysctl.conf(5); loader.conf(5)).",
	Check: func(p *Pass) {
		p.settingMaps(func(m settingMap, it schema.Setting) {
			fault := valueFault(m.file, it.Value.Value)
			if fault == "" || it.Value.Secret.Unknown {
				return
			}
			if it.Value.Secret.Secret {
				fault = "holds what the file has no quotes for"
			}
			p.Report(Report{
				At: it.Value.Range, Object: m.object,
				Message: fmt.Sprintf("%s.conf cannot hold the value of %s: it %s", m.file, it.Key, fault),
				Help:    "write a value on one line, without the characters that the file has no quotes for",
			})
		})
	},
}

// valueFault says why a file cannot hold a value.
func valueFault(file, value string) string {
	for _, r := range value {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return "has a line break"
		case unicode.IsControl(r) && r != '\t':
			return "has a control character"
		}
	}
	bad := ""
	switch file {
	case "sysctl":
		if value == "" {
			return "is empty"
		}
		if len(value) > schema.MaxSysctlValue {
			return fmt.Sprintf("is longer than %d bytes, and sysctl(8) cuts long lines", schema.MaxSysctlValue)
		}
		if strings.TrimSpace(value) != value {
			return "begins or ends with white space"
		}
		bad = "#\"'`$\\;&|<>(){}*?"
	case "loader":
		bad = `"\`
	}
	if i := strings.IndexAny(value, bad); i >= 0 {
		return fmt.Sprintf("holds the character %q", value[i])
	}
	return ""
}

var rc013 = &Rule{
	Code:     "RC013",
	Severity: schema.Warning,
	Summary:  "a setting of loader.conf is too long for the kernel",
	Effect:   "The kernel prints \"too long kenv string, ignoring\" and goes on without it: a tunable keeps its default (sys/kern/kern_environment.c). What only the loader reads is not affected.",
	Check: func(p *Pass) {
		p.loaderSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			have, most := len(it.Key)+1+len(it.Value.Value), schema.KernelNameLen+1+p.kernelValueLen(n)
			return Report{
				At:      it.Value.Range,
				Message: fmt.Sprintf("%s and its value have %d bytes, and the kernel of %s ignores more than %d", it.Key, have, n.Address(), most),
				Help:    fmt.Sprintf("shorten the value; FreeBSD %s and later take longer ones with kenv_mvallen = 512 beside it", schema.LongKernelValues.First()),
			}, have > most && !it.Value.Secret.Unknown
		})
	},
}

// kernelValueLen is how long a value the kernel of a node takes from its loader.
func (p *Pass) kernelValueLen(n *schema.Node) int {
	if v, ok := n.Loader.Over(p.Loader).Get("kenv_mvallen"); ok && n.Release.Has(schema.LongKernelValues) {
		if most, err := strconv.Atoi(v.Value.Value); err == nil {
			return most
		}
	}
	return schema.KernelValueLen
}

var rc010 = &Rule{
	Code:     "RC010",
	Severity: schema.Error,
	Summary:  "the CARP module is in kld_list",
	Effect:   "rc loads it after sysctl.conf was read, so net.inet.carp.preempt is set at the end of boot only, long after the first election (rc.d/kld; rc.d/sysctl_lastload).",
	Check: func(p *Pass) {
		d := p.duties()
		p.rcSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			if it.Key != "kld_list" || !d.vip[n] {
				return Report{}, false
			}
			for w := range strings.FieldsSeq(it.Value.Value) {
				w = strings.TrimSuffix(w[strings.LastIndexByte(w, '/')+1:], ".ko")
				if w == "carp" || w == "if_carp" {
					return Report{
						At:      it.Value.Range,
						Message: fmt.Sprintf("kld_list of %s loads %s too late", n.Address(), w),
						Help:    "take it out: carpool loads the module from loader.conf",
					}, true
				}
			}
			return Report{}, false
		})
	},
}

// shortestShutdown is rc's own default, and what the switch counts on.
const shortestShutdown = 90

var rc011 = &Rule{
	Code:     "RC011",
	Severity: schema.Warning,
	Summary:  "rc does not wait for the storage at a shutdown",
	Effect:   "rc.shutdown kills what still runs after that time. An export cut short leaves the pool imported while hastd destroys its device (rc.conf(5), rcshutdown_timeout).",
	Check: func(p *Pass) {
		d := p.duties()
		p.rcSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			seconds, err := strconv.Atoi(it.Value.Value)
			if it.Key != "rcshutdown_timeout" || !d.storage[n] || err != nil || it.Value.Secret.Secret || seconds >= shortestShutdown {
				return Report{}, false
			}
			return Report{
				At:      it.Value.Range,
				Message: fmt.Sprintf("rcshutdown_timeout %d is too short for %s to release its storage", seconds, n.Address()),
				Help:    fmt.Sprintf("write at least %d, or leave it out", shortestShutdown),
			}, true
		})
	},
}

var rc007 = &Rule{
	Code:     "RC007",
	Severity: schema.Error,
	Summary:  "a crash dump goes to a disk that HAST replicates",
	Effect:   "After a panic the dump overwrites the copy of this node, metadata included, without hastd knowing (dumpon(8); hast.conf(5), local).",
	// The copy of the node is destroyed.
	Unignorable: true,
	Check: func(p *Pass) {
		disks := map[*schema.Node]map[string]hcl.Range{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				if disks[c.Node] == nil {
					disks[c.Node] = map[string]hcl.Range{}
				}
				disks[c.Node][c.Local.Value] = c.Local.Range
			}
		}
		p.rcSettings(func(n *schema.Node, it schema.Setting) (Report, bool) {
			if it.Key != "dumpdev" {
				return Report{}, false
			}
			for w := range strings.FieldsSeq(it.Value.Value) {
				if !strings.HasPrefix(w, "/") {
					w = "/dev/" + w
				}
				at, ok := disks[n][w]
				if !ok {
					continue
				}
				return Report{
					At:      it.Value.Range,
					Message: fmt.Sprintf("%s of %s is %s, which keeps a copy of HAST", it.Key, n.Address(), w),
					Help:    "name another disk",
					Related: Also(at, "the resource uses it here"),
				}, true
			}
			return Report{}, false
		})
	},
}
