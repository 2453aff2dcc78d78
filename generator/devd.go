package generator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// devdEscape makes a regular expression that matches the text only: devd
// anchors the value without parentheses and ignores case (sbin/devd/devd.cc).
var devdEscape = strings.NewReplacer(".", `\.`, "+", `\+`, "(", `\(`, ")", `\)`, "[", `\[`, "]", `\]`, "*", `\*`, "?", `\?`, "|", `\|`, "^", `\^`)

// devd collects one rule per event of a trigger vhid. Actions return at once,
// and variables stay unquoted: devd quotes them itself from 12.0 on.
func (b *builder) devd() {
	if b.jail() {
		return
	}
	script := b.node.Out.ScriptDir.Value + "/carp-hast-switch"
	seen := map[string]bool{}
	for _, m := range b.vips[b.node] {
		for _, s := range b.groups[b.node] {
			if s.Failover.Trigger != m.VIP || m.Interface == nil || seen[b.carpInterface(m)+m.VIP.Name] {
				continue
			}
			seen[b.carpInterface(m)+m.VIP.Name] = true
			b.host.Devd.Rules = append(b.host.Devd.Rules, b.rules(m, s.Failover, script)...)
		}
	}
	for _, r := range b.own[b.node] {
		b.host.Devd.Own = append(b.host.Devd.Own, b.ownRule(r))
	}
}

// matchOrder puts what every event of a kind has before the rest.
var matchOrder = []string{"system", "subsystem", "type"}

// ownRule writes the conditions in one order, whatever that of the map is.
func (b *builder) ownRule(r *schema.Devd) OwnRule {
	o := OwnRule{Name: r.Name, Class: r.Class.Value, Priority: r.Priority.Value, Actions: r.Actions.Values()}
	items := slices.SortedFunc(slices.Values(r.Match.Over(schema.Settings{}).Items), func(x, y schema.Setting) int {
		place := func(s schema.Setting) int {
			if i := slices.Index(matchOrder, s.Key); i >= 0 {
				return i
			}
			return len(matchOrder)
		}
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Key, y.Key))
	})
	for _, it := range items {
		b.checkName(schema.DevdVariable, it.Key)
		head := `match "` + it.Key + `"`
		if it.Key == schema.DevdMediaType {
			head = it.Key
		}
		o.Conditions = append(o.Conditions, Assignment{Name: head, Value: it.Value.Value})
	}
	if r.Priority.Value < 0 {
		b.errs = append(b.errs, fmt.Errorf("devd.conf cannot hold the priority %d", r.Priority.Value))
	}
	return o
}

func (b *builder) rules(m *schema.Member, f *schema.Failover, script string) []DevdRule {
	what := fmt.Sprintf("failover %s: vip %s", f.Name, m.VIP.Name)
	if b.unit == nil {
		return []DevdRule{{
			Comment: what, Priority: schema.DevdPriority, System: "CARP",
			Subsystem: devdEscape.Replace(fmt.Sprintf("%d@%s", m.VHID.Value, m.Interface.Name)),
			Type:      "(MASTER|BACKUP|INIT)", Action: script + " $type $subsystem",
		}}
	}
	rule := func(typ, word string) DevdRule {
		return DevdRule{Comment: what + ", " + word, Priority: schema.DevdPriority, System: "IFNET", Subsystem: b.carpInterface(m), Type: typ, Action: script + " " + word}
	}
	return []DevdRule{rule("LINK_UP", "master"), rule("LINK_DOWN", "slave")}
}
