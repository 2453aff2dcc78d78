package rules

import (
	"fmt"

	"carpool/schema"
)

// program is a path of the operator's own that a failover runs.
type program struct {
	name  string
	path  schema.Attr[string]
	early bool // runs while the storage may be away
}

func hookPrograms(h *schema.Hooks) []program {
	if h == nil {
		return nil
	}
	return []program{
		{"before_master", h.BeforeMaster, true}, {"after_master", h.AfterMaster, false},
		{"before_backup", h.BeforeBackup, false}, {"after_backup", h.AfterBackup, true},
		{"failed", h.Failed, true}, {"check", h.Check, true},
	}
}

// programs returns what f runs, as far as it is stated.
func programs(f *schema.Failover) []program {
	all := append(hookPrograms(f.Hooks), program{"fence", f.Fence, true})
	for _, o := range f.On {
		all = append(append(all, hookPrograms(o.Hooks)...), program{"fence", o.Fence, true})
	}
	var stated []program
	for _, g := range all {
		if g.path.Stated {
			stated = append(stated, g)
		}
	}
	return stated
}

var fail015 = &Rule{
	Code:     "FAIL015",
	Severity: schema.Error,
	Summary:  "a hook or fence that is no path of a program",
	Effect:   "The switch runs the path itself, without a shell around it and with a short PATH: it finds nothing, and a missing check or before_master refuses every promotion.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, g := range programs(f) {
				fault := programFault(g.path.Value)
				if fault == "" {
					continue
				}
				p.Report(Report{
					At: g.path.Range, Object: f.Object(),
					Message: fmt.Sprintf("%s %q cannot be run: %s", g.name, g.path.Value, fault),
					Help:    "write the absolute path of a program; put arguments into a script of your own",
				})
			}
		}
	},
}

var fail021 = &Rule{
	Code:     "FAIL021",
	Severity: schema.Error,
	Summary:  "a program lies on the storage that it is needed without",
	Effect:   "The program runs while the file system is not mounted on that host: it is not there, and the promotion is refused or nobody is told (mount(8)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, g := range programs(f) {
				if !g.early {
					continue
				}
				if s := holding(f, g.path.Value); s != nil {
					p.Report(Report{
						At: g.path.Range, Object: f.Object(),
						Message: fmt.Sprintf("%s %q lies on %s, which is away when it runs", g.name, g.path.Value, s.Value.Address()),
						Help:    "keep it on a disk of each host, such as /usr/local/sbin",
						Related: Also(s.Range, "the storage is here"),
					})
				}
			}
		}
	},
}

// holding returns the storage of f that the path lies on, as far as the names
// tell: a file system is its mount point, a pool is mounted at its name.
func holding(f *schema.Failover, path string) *schema.Attr[schema.Storage] {
	for i, s := range f.Storage.Items {
		switch {
		case s.Value.UFS != nil && under(path, s.Value.UFS.Name),
			s.Value.Zpool != nil && !s.Value.Zpool.Altroot.Stated && under(path, "/"+s.Value.Zpool.Name):
			return &f.Storage.Items[i]
		}
	}
	return nil
}

// answerPort is where the switch of the peer answers unless stated: the port
// above hastd's.
const answerPort = schema.HASTPort + 1

var fail017 = &Rule{
	Code:     "FAIL017",
	Severity: schema.Error,
	Summary:  "an answer_port that cannot be used",
	Effect:   "Nothing can listen there, the peer's question stays without an answer, and without one no node ever becomes current (listen(2); hastd(8)).",
	Check: func(p *Pass) {
		ports := map[*schema.Node]*schema.Failover{}
		for _, f := range p.Failovers {
			if !f.HasStorage() {
				continue
			}
			if f.AnswerPort.Stated && !goodPort(f.AnswerPort.Value) {
				p.answerPort(f, f, fmt.Sprintf("%d is no TCP port", f.AnswerPort.Value), nil)
				continue
			}
			for _, s := range f.Members {
				if p.portTaken(f, s.Node, ports) {
					break
				}
			}
		}
	},
}

// portTaken reports a port that something else on the node has or expects.
func (p *Pass) portTaken(f *schema.Failover, n *schema.Node, ports map[*schema.Node]*schema.Failover) bool {
	port := portOf(f)
	if hastd := n.Daemon.Port; hastd.Value == port {
		related := Also(hastd.Range, "hastd's port follows from here")
		switch {
		case f.AnswerPort.Stated:
			p.answerPort(f, f, fmt.Sprintf("answer_port %d is the port of hastd on %s", port, n.Address()), related)
		case hastd.Stated:
			p.Report(Report{
				At: hastd.Range, Object: n.Object(),
				Message: fmt.Sprintf("port %d of hastd is the port on which %s answers its peer", port, f.Address()),
				Help:    "give hastd another port, or state answer_port in the failover",
				Related: Also(f.Range, "the failover is here"),
			})
		}
		return true
	}
	other := ports[n]
	if other == nil {
		ports[n] = f
		return false
	}
	if portOf(other) == port {
		return false
	}
	at, rest := f, other
	if !f.AnswerPort.Stated {
		at, rest = other, f
	}
	p.answerPort(at, f, fmt.Sprintf("answer_port %d differs from that of %s on %s", at.AnswerPort.Value, rest.Address(), n.Address()),
		Also(rest.AnswerPort.Or(schema.Attr[int]{Range: rest.Range}).Range, "the other failover is here"))
	return true
}

func portOf(f *schema.Failover) int {
	if f.AnswerPort.Stated {
		return f.AnswerPort.Value
	}
	return answerPort
}

func (p *Pass) answerPort(at, f *schema.Failover, message string, related []schema.Related) {
	p.Report(Report{
		At: at.AnswerPort.Range, Object: f.Object(), Message: message, Related: related,
		Help: fmt.Sprintf("write a free port, the same in every failover of the nodes, or leave it out for %d", answerPort),
	})
}

var fail018 = &Rule{
	Code:     "FAIL018",
	Severity: schema.Error,
	Summary:  "a time that is none",
	Effect:   "Every step of a promotion would be over before it began, so none ever succeeds.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			if f.Wait.Stated && f.Wait.Value < 1 {
				p.Report(Report{
					At: f.Wait.Range, Object: f.Object(),
					Message: fmt.Sprintf("wait %d is no time that a step can take", f.Wait.Value),
					Help:    "write seconds above 0, or leave it out",
				})
			}
			if f.CheckEvery.Stated && f.CheckEvery.Value < 0 {
				p.Report(Report{
					At: f.CheckEvery.Range, Object: f.Object(),
					Message: fmt.Sprintf("check_every %d lies in the past", f.CheckEvery.Value),
					Help:    "write seconds, or 0 to check before a promotion only",
				})
			}
		}
	},
}

var fail020 = &Rule{
	Code:     "FAIL020",
	Severity: schema.Warning,
	Summary:  "an attribute of a failover that has no effect",
	Effect:   "Nothing on the hosts depends on it: the failover does the same without it, and not what the line suggests.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, s := range idle(f) {
				p.Report(Report{
					At: s.at, Object: f.Object(),
					Message: fmt.Sprintf("%s has no effect %s", s.name, s.value),
					Help:    "take it out, or add what it is for",
				})
			}
		}
	},
}

// idle returns the stated attributes that have no effect, each with the reason
// as its value.
func idle(f *schema.Failover) []setting {
	var out []setting
	add := func(s setting, why string) {
		if s.stated {
			s.value = why
			out = append(out, s)
		}
	}
	if !f.HasStorage() {
		for _, s := range []setting{
			settingOf("alone", f.Alone), settingOf("boot_alone", f.BootAlone), settingOf("patience", f.Patience), settingOf("isolated", f.Isolated),
			settingOf("stuck", f.Stuck), settingOf("answer_port", f.AnswerPort), settingOf("fence", f.Fence),
		} {
			add(s, "in a failover without storage")
		}
	} else if f.Alone.Value != "fence" {
		add(settingOf("fence", f.Fence), `unless alone = "fence"`)
		for _, o := range f.On {
			add(settingOf("fence", o.Fence), `unless alone = "fence"`)
		}
	}
	check := f.Hooks != nil && f.Hooks.Check.Stated
	for _, o := range f.On {
		check = check || o.Hooks != nil && o.Hooks.Check.Stated
	}
	if !check {
		add(settingOf("check_every", f.CheckEvery), "without a check in hooks")
	}
	return out
}
