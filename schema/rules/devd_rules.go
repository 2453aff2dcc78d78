package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

var devd001 = &Rule{
	Code:     "DEVD001",
	Severity: schema.Error,
	Summary:  "a rule of devd takes the events of a failover, or never runs beside it",
	Effect:   "Of all rules that match an event devd runs one: that with the highest priority, of equals the first it read (devd.conf(5)). Either the switch is not called when the address moves, or the rule of the author never runs.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, s := range f.Members {
				for _, e := range p.switchEvents(s) {
					p.takers(f, s.Node, e)
				}
			}
		}
	},
}

// event is what the kernel tells devd (sys/netinet/ip_carp.c carp_set_state;
// up to 9.x sys/net/if.c do_link_state_change).
type event struct{ system, subsystem, kind string }

func (p *Pass) switchEvents(s *schema.Standby) []event {
	m := s.Failover.Trigger.Member(s.Node)
	if m == nil || m.Interface == nil || s.Node.Jail.Value {
		return nil
	}
	if preCARP(s.Node) {
		name := fmt.Sprintf("carp%d", schema.CARPUnits(p.membersOf(s.Node))[m])
		return []event{{"IFNET", name, "LINK_UP"}, {"IFNET", name, "LINK_DOWN"}}
	}
	group := fmt.Sprintf("%d@%s", m.VHID.Value, m.Interface.Name)
	return []event{{"CARP", group, "MASTER"}, {"CARP", group, "BACKUP"}, {"CARP", group, "INIT"}}
}

// membersOf lists what a node says of its vips, by vhid, as carpN is counted.
func (p *Pass) membersOf(n *schema.Node) []*schema.Member {
	var ms []*schema.Member
	for _, v := range p.VIPs {
		if m := v.Member(n); m != nil {
			ms = append(ms, m)
		}
	}
	slices.SortFunc(ms, func(a, b *schema.Member) int {
		return cmp.Or(cmp.Compare(a.VHID.Value, b.VHID.Value), cmp.Compare(a.VIP.Name, b.VIP.Name))
	})
	return ms
}

// takers reports the rules that match an event of a failover.
func (p *Pass) takers(f *schema.Failover, n *schema.Node, e event) {
	for _, r := range p.Devds {
		if !slices.Contains(r.Members, n) || !takes(r, e) {
			continue
		}
		what := "would never run: the switch has the higher priority"
		if r.Priority.Value > schema.DevdPriority {
			what = "would run in place of the switch"
		}
		p.Report(Report{
			At: r.Range, Object: r.Object(),
			Message: fmt.Sprintf("%s matches the events of %s, and %s", r.Address(), f.Address(), what),
			Help:    "call the program from a hook of the failover, and take the rule out",
			Related: Also(f.Range, "the failover is here"),
		})
		return
	}
}

// takes reports whether a rule matches an event. What depends on variables is
// taken to match nothing.
func takes(r *schema.Devd, e event) bool {
	if r.Class.Value != "notify" || len(r.Match.Items) == 0 {
		return false
	}
	values := map[string]string{"system": e.system, "subsystem": e.subsystem, "type": e.kind}
	for _, it := range r.Match.Items {
		want, inverted := strings.CutPrefix(it.Value.Value, "!")
		if strings.Contains(want, "$") || it.Key == schema.DevdMediaType {
			return false
		}
		re, err := devdExpression(want)
		if err != nil || re.MatchString(values[it.Key]) == inverted {
			return false
		}
	}
	return true
}

// devdExpression anchors an expression as devd does, without parentheses
// (sbin/devd/devd.cc match::match): "a|b" begins with a or ends in b.
func devdExpression(s string) (*regexp.Regexp, error) { return regexp.Compile("(?i)^" + s + "$") }

var devd002 = &Rule{
	Code:     "DEVD002",
	Severity: schema.Error,
	Summary:  "devd.conf cannot hold a text or number of a rule",
	Effect:   "A string of devd.conf ends at its next quote, has at least one character and no escapes; a $ or backslash before the end takes what follows into it (sbin/devd/token.l). devd exits at a syntax error and handles no event at all.",
	Check: func(p *Pass) {
		for _, r := range p.Devds {
			texts := r.Actions.Items
			for _, it := range r.Match.Items {
				texts = append(texts[:len(texts):len(texts)], it.Value)
			}
			for _, a := range texts {
				if why := devdStringFault(a.Value); why != "" {
					p.Report(Report{
						At: a.Range, Object: r.Object(),
						Message: fmt.Sprintf("a string of devd.conf cannot hold the text of %s: %s", r.Address(), why),
						Help:    "put the command into a script of your own and call that",
					})
				}
			}
			if n := r.Priority.Value; n < 0 || n > 1<<30 {
				p.Report(Report{
					At: r.Priority.Range, Object: r.Object(),
					Message: fmt.Sprintf("the priority %d of %s is no number of devd.conf", n, r.Address()),
					Help:    "write a number from 0 up; FreeBSD's own rules have 0, 10, 20 and 100",
				})
			}
		}
	},
}

func devdStringFault(s string) string {
	switch {
	case s == "":
		return "it is empty"
	case strings.Contains(s, `"`):
		return `it has the quote "`
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || r == 0x2028 || r == 0x2029 }):
		return "it has a line break or another control character"
	case strings.HasSuffix(s, "$"), strings.HasSuffix(s, `\`):
		return "it ends in " + s[len(s)-1:]
	}
	return ""
}

var devd003 = &Rule{
	Code:     "DEVD003",
	Severity: schema.Error,
	Summary:  "a condition of a devd rule that can never be met, or none at all",
	Effect:   "devd does not notice that regcomp(3) refuses an expression: nothing ever matches it. A rule without a condition takes every event of its class from all rules behind it (sbin/devd/devd.cc).",
	Check: func(p *Pass) {
		for _, r := range p.Devds {
			if len(r.Match.Over(schema.Settings{}).Items) == 0 {
				p.Report(Report{
					At: r.Range, Object: r.Object(),
					Message: fmt.Sprintf("%s has no condition and takes every event of its class", r.Address()),
					Help:    `add match = { system = "IFNET", subsystem = "em0", type = "LINK_UP" }`,
				})
			}
			for _, it := range r.Match.Items {
				p.condition(r, it)
			}
		}
	},
}

func (p *Pass) condition(r *schema.Devd, it schema.Setting) {
	if !schema.DevdVariable.MatchString(it.Key) {
		p.Report(Report{
			At: it.KeyRange, Object: r.Object(),
			Message: fmt.Sprintf("%q is no variable of an event", it.Key),
			Help:    "write system, subsystem, type, cdev, device-name and so on (devd.conf(5))",
		})
		return
	}
	want := strings.TrimPrefix(it.Value.Value, "!")
	if it.Null || strings.Contains(want, "$") {
		return
	}
	if _, err := devdExpression(want); err != nil {
		p.Report(Report{
			At: it.Value.Range, Object: r.Object(),
			Message: fmt.Sprintf("%q is no regular expression", it.Value.Value),
			Help:    `write an extended regular expression (re_format(7)), such as "(em0|em1)"; devd anchors it itself`,
		})
	}
}

var devd004 = &Rule{
	Code:     "DEVD004",
	Severity: schema.Error,
	Summary:  "a devd rule of a jail",
	Effect:   "devd(8) runs on the host only: /dev/devctl is not in a jail (devfs.rules(5)).",
	Check: func(p *Pass) {
		for _, r := range p.Devds {
			for _, n := range r.Nodes.Items {
				if n.Value.Jail.Value {
					p.Report(Report{
						At: n.Range, Object: r.Object(),
						Message: fmt.Sprintf("%s is a jail, which has no devd", n.Value.Address()),
						Help:    "take it out of nodes, and write the rule on the jail's host",
						Related: Also(n.Value.Range, "the jail is here"),
					})
				}
			}
		}
	},
}
