package importer

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"carpool/importer/devdconf"
	"carpool/schema"
)

// ownRule is a rule of devd that the hosts have beside FreeBSD's and carpool's
// own.
type ownRule struct {
	name     string
	class    string
	priority int
	match    []line
	actions  []string
	nodes    []*schema.Node
	samples  []devdconf.Event // of the first host
}

// key is what makes two rules one.
func (r *ownRule) key() string {
	return fmt.Sprintf("%s %d %q %q", r.class, r.priority, r.match, r.actions)
}

// handRules lists the rules of a host that somebody wrote, in the order in which
// devd tries them.
func (h *Host) handRules() []*devdconf.Rule {
	h.loadDevd()
	if h.devd == nil {
		return nil
	}
	var list []*devdconf.Rule
	for _, r := range h.devd.Rules() {
		if _, ours := ownAction(r); !(ours && h.adopted) && !r.Stock() {
			list = append(list, r)
		}
	}
	return list
}

// devdRules makes one list of the rules of all hosts. left counts those that
// the language cannot say.
func (c *Cluster) devdRules() (list []*ownRule, left []string) {
	for _, n := range c.Nodes {
		h := c.hosts[n]
		for _, r := range h.handRules() {
			o, ok := h.ownRule(r)
			if !ok {
				left = append(left, fmt.Sprintf("%s:%d", r.Heading.Filename, r.Heading.Start.Line))
				continue
			}
			i := slices.IndexFunc(list, func(x *ownRule) bool { return x.key() == o.key() })
			if i < 0 {
				i = len(list)
				list = append(list, o)
			}
			if !slices.Contains(list[i].nodes, n) {
				list[i].nodes = append(list[i].nodes, n)
			}
		}
	}
	nameRules(list)
	return list, left
}

// ownRule reads a rule; ok is false if the language has no words for it.
func (h *Host) ownRule(r *devdconf.Rule) (o *ownRule, ok bool) {
	o = &ownRule{name: h.labelOf(r), class: r.Class, priority: r.Priority, samples: samplesOf(r)}
	for _, c := range h.devd.Inline(r) {
		if c.Value.Text == "" || strings.ContainsFunc(c.Value.Text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || r == 0xfffd }) {
			return nil, false
		}
		if c.Keyword == "action" {
			o.actions = append(o.actions, c.Value.Text)
			continue
		}
		variable := c.Variable.Text
		if variable == "" {
			variable = c.Keyword
		}
		if !schema.DevdVariable.MatchString(variable) || slices.ContainsFunc(o.match, func(l line) bool { return l.name == variable }) {
			return nil, false
		}
		o.match = append(o.match, line{variable, c.Value.Text})
	}
	return o, len(o.actions) > 0 && len(o.match) > 0
}

// labelOf is the label of the block that a rule was rendered from: carpool
// writes it above the rule.
func (h *Host) labelOf(r *devdconf.Rule) string {
	lines := strings.Split(string(h.text(r.Heading.Filename).Bytes), "\n")
	above := r.Heading.Start.Line - 2
	if above < 0 || above >= len(lines) || !strings.HasPrefix(lines[0], "# Written by carpool for ") {
		return ""
	}
	name := strings.TrimPrefix(lines[above], "# ")
	if !labelForm.MatchString(name) {
		return ""
	}
	return name
}

var notLabel = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// nameRules calls each rule by what it runs and when. carpool writes rules of
// one priority in the order of their names: where that would change which one
// comes first they are numbered.
func nameRules(list []*ownRule) {
	for _, r := range list {
		if r.name == "" {
			r.name = ruleName(r)
		}
	}
	unique(list)
	ordered := slices.IsSortedFunc(list, func(a, b *ownRule) int {
		if a.priority != b.priority || !rivals(a, b) {
			return 0
		}
		return strings.Compare(a.name, b.name)
	})
	for i := 0; !ordered && i < len(list); i++ {
		list[i].name = fmt.Sprintf("r%03d_%s", i+1, list[i].name)
	}
}

func ruleName(r *ownRule) string {
	program := ""
	for w := range strings.FieldsSeq(r.actions[0]) {
		if !slices.Contains([]string{"/bin/sh", "sh", "/usr/local/bin/bash", "service", "/usr/sbin/service", "/usr/bin/logger", "logger", "sudo"}, w) && !strings.HasPrefix(w, "-") {
			program = w
			break
		}
	}
	name := strings.TrimSuffix(path.Base(program), path.Ext(program))
	for _, l := range r.match {
		if l.name == "type" {
			name += "_" + strings.ToLower(l.text)
		}
	}
	name = strings.Trim(notLabel.ReplaceAllString(name, "_"), "_.-")
	if len(name) > 40 {
		name = strings.TrimRight(name[:40], "_.-")
	}
	if name == "" {
		name = "rule"
	}
	return name
}

func unique(list []*ownRule) {
	used := map[string]int{}
	for _, r := range list {
		if used[r.name]++; used[r.name] > 1 {
			r.name = fmt.Sprintf("%s_%d", r.name, used[r.name])
		}
	}
}

// rivals reports whether two rules may want the same event.
func rivals(a, b *ownRule) bool {
	if a.class != b.class || !slices.ContainsFunc(a.nodes, func(n *schema.Node) bool { return slices.Contains(b.nodes, n) }) {
		return false
	}
	for _, x := range a.samples {
		for _, y := range b.samples {
			if len(x.Vars) != len(y.Vars) {
				return true
			}
			same := true
			for k, v := range x.Vars {
				same = same && strings.EqualFold(y.Vars[k], v)
			}
			if same {
				return true
			}
		}
	}
	return false
}

// devdBlock writes a rule of the hosts.
func (w *writer) devdBlock(r *ownRule) {
	b := w.body.AppendNewBlock("devd", []string{r.name}).Body()
	if len(r.nodes) < len(w.Nodes) {
		w.expr(b, "nodes", nodeList(r.nodes))
	}
	if r.class != "notify" {
		setString(b, "class", r.class)
	}
	if r.priority != schema.UsualPriority {
		setInt(b, "priority", r.priority)
	}
	var attrs []hclwrite.ObjectAttrTokens
	for _, l := range r.match {
		attrs = append(attrs, hclwrite.ObjectAttrTokens{Name: keyTokens(l.name), Value: rawTokens(quoted(l.text))})
	}
	b.SetAttributeRaw("match", hclwrite.TokensForObject(attrs))
	setStrings(b, "actions", r.actions)
}

func aboutCARP(r *ownRule) bool {
	return slices.ContainsFunc(r.match, func(l line) bool {
		return l.name == "system" && l.text == "CARP" || l.name == "subsystem" && carpSubsystem(l.text)
	})
}

// programsOf lists the programs that actions name by their path.
func programsOf(actions []string) []string {
	var list []string
	for _, a := range actions {
		for w := range strings.FieldsSeq(a) {
			w = strings.Trim(w, `"';`)
			if path.IsAbs(w) && !slices.Contains(list, w) && !strings.HasPrefix(w, "/usr/bin/") && !strings.HasPrefix(w, "/bin/") {
				list = append(list, w)
			}
		}
	}
	return list
}
