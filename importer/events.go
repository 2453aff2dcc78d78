package importer

import (
	"fmt"
	"slices"
	"strings"

	"carpool/importer/devdconf"
	"carpool/schema"
)

// events reports what is wrong with the rules of devd for CARP: rules that
// hide each other, and rules for events that never come.
func (c *Cluster) events() {
	for _, h := range c.Hosts {
		h.loadDevd()
		if h.devd == nil {
			continue
		}
		rules := h.carpRules()
		if len(rules) == 0 {
			continue
		}
		reached := map[*devdconf.Rule]bool{}
		hidden := map[*devdconf.Rule]*devdconf.Rule{}
		for _, e := range h.probes() {
			run := h.devd.Match(devdconf.Notify(e[0], e[1], e[2]))
			if run == nil {
				continue
			}
			reached[run.Rule] = true
			for _, s := range run.Shadowed {
				if hidden[s] == nil {
					hidden[s] = run.Rule
				}
			}
		}
		for _, r := range rules {
			c.judgeRule(h, r, reached[r], hidden[r])
		}
		if !h.devdOn {
			c.report(CodeUnheard, schema.Warning, h.place(rules[0].Heading), fmt.Sprintf("devd is off on %s, so its rules for CARP never run", h.Name), "write devd_enable=\"YES\" in rc.conf", nil)
		}
	}
}

func (c *Cluster) judgeRule(h *Host, r *devdconf.Rule, reached bool, hidden *devdconf.Rule) {
	at := h.place(r.Heading)
	switch {
	case hidden != nil && !reached:
		var related []schema.Related
		if hidden.Heading.Filename != "" {
			related = []schema.Related{{Message: "this rule takes the events", Range: h.place(hidden.Heading)}}
		}
		c.report(CodeShadowed, schema.Error, at, "this rule never runs: another one that matches the same events comes first",
			"make one rule of the two, or give this one a higher priority", related)
	case hidden != nil && hidden.Heading.Filename != "":
		c.report(CodeShadowed, schema.Warning, at, "some events of this rule are taken by another one that comes first",
			"make the two rules match different events", []schema.Related{{Message: "this rule takes them", Range: h.place(hidden.Heading)}})
	case !reached && len(h.vhids()) > 0:
		system, subsystem := clauseOf(r, "system"), clauseOf(r, "subsystem")
		c.report(CodeNever, schema.Error, at, fmt.Sprintf("no event of %s ever matches this rule for system %q and subsystem %q", h.Name, system, subsystem),
			"a change of role is "+h.eventForm(), nil)
	case !reached && h.wrongSystem(r):
		c.report(CodeNever, schema.Error, at, fmt.Sprintf("this rule waits for system %q, but FreeBSD %s tells of CARP otherwise", clauseOf(r, "system"), h.Release),
			"a change of role is "+h.eventForm(), nil)
	}
}

// eventForm words what the kernel of the release posts.
func (h *Host) eventForm() string {
	if !h.Release.AtLeast(10, 0) {
		return `system "IFNET", subsystem "carpN", type "LINK_UP" or "LINK_DOWN"`
	}
	list := []string{}
	for _, v := range h.vhids() {
		list = append(list, fmt.Sprintf("%q", v.subsystem()))
	}
	if len(list) == 0 {
		list = []string{`"VHID@INTERFACE"`}
	}
	return fmt.Sprintf("system \"CARP\", subsystem %s, type \"MASTER\", \"BACKUP\" or \"INIT\"", strings.Join(list[:min(len(list), 4)], " or "))
}

// carpRules are the host's own rules that seem to be about CARP.
func (h *Host) carpRules() []*devdconf.Rule {
	var list []*devdconf.Rule
	for _, r := range h.devd.Rules() {
		if r.Heading.Filename == "" || r.Class != "notify" {
			continue
		}
		if strings.Contains(clauseOf(r, "system"), "CARP") || carpSubsystem(clauseOf(r, "subsystem")) {
			list = append(list, r)
		}
	}
	return list
}

func carpSubsystem(s string) bool {
	return strings.HasPrefix(s, "carp") || strings.Contains(s, "@")
}

// wrongSystem reports whether the rule is of the form that other releases
// have.
func (h *Host) wrongSystem(r *devdconf.Rule) bool {
	if h.Release.AtLeast(10, 0) {
		return clauseOf(r, "system") == "IFNET" && carpSubsystem(clauseOf(r, "subsystem"))
	}
	return clauseOf(r, "system") == "CARP"
}

func clauseOf(r *devdconf.Rule, variable string) string {
	i := slices.IndexFunc(r.Clauses, func(c devdconf.Clause) bool { return c.Variable.Text == variable })
	if i < 0 {
		return ""
	}
	return r.Clauses[i].Value.Text
}
