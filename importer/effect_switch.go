package importer

import (
	"fmt"
	"slices"
	"strings"

	"carpool/importer/rcconf"
)

// switchFile holds the settings of the switch, quoted assignments for sh.
const switchFile = "/usr/local/etc/carp-hast-switch.conf"

// switchGroup is what the file says of one failover: its fields, and those of
// its lists, by names that do not depend on the numbering of groups.
type switchGroup struct {
	name   string
	fields map[string]string
}

// switchLists are the fields of a group that list the prefixes of further
// variables.
var switchLists = []string{"storage", "resources", "vips", "paths"}

// switchSettings reads the file: the groups, and what is not of a group.
func (h *Host) switchSettings() (groups []switchGroup, rest map[string]string) {
	rest = map[string]string{}
	data, err := h.tree.ReadFile(switchFile)
	if err != nil {
		return nil, rest
	}
	cfg, _ := rcconf.Parse(switchFile, data)
	taken := map[string]bool{"groups": true}
	// take moves the variables of a prefix into fields.
	var take func(fields map[string]string, id, as string)
	take = func(fields map[string]string, id, as string) {
		for _, name := range cfg.Names() {
			field, ok := strings.CutPrefix(name, id+"_")
			if !ok {
				continue
			}
			taken[name] = true
			if !slices.Contains(switchLists, field) {
				fields[as+field] = cfg.Value(name)
				continue
			}
			for i, child := range strings.Fields(cfg.Value(name)) {
				take(fields, child, fmt.Sprintf("%s %d ", field, i+1))
			}
		}
	}
	for _, id := range strings.Fields(cfg.Value("groups")) {
		g := switchGroup{fields: map[string]string{}}
		take(g.fields, id, "")
		g.name = g.fields["name"]
		groups = append(groups, g)
	}
	for _, name := range cfg.Names() {
		if !taken[name] {
			rest[name] = cfg.Value(name)
		}
	}
	return groups, rest
}

// failovers compares what the switch reads.
func (x *comparison) failovers() {
	before, wasRest := x.before.switchSettings()
	after, isRest := x.after.switchSettings()
	for _, a := range after {
		i := slices.IndexFunc(before, func(b switchGroup) bool { return b.name == a.name })
		if i < 0 {
			x.add(SwitchNew, "failover "+a.name, "")
			continue
		}
		x.failover(before[i], a)
		before = slices.Delete(before, i, i+1)
	}
	for _, b := range before {
		x.add(SwitchGone, "failover "+b.name, "")
	}
	if len(wasRest) > 0 && len(isRest) > 0 {
		x.answers(wasRest, isRest)
	}
	x.scripts()
}

func (x *comparison) failover(b, a switchGroup) {
	name := "failover " + a.name
	var store, policy []string
	for _, field := range changedKeys(b.fields, a.fields) {
		switch {
		case field == "services":
			lines := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' }) }
			x.add(SwitchRun, name, listed(lines(b.fields[field]), lines(a.fields[field])))
		case isStorage(field):
			store = append(store, became(field, b.fields[field], a.fields[field]))
		default:
			policy = append(policy, became(field, b.fields[field], a.fields[field]))
		}
	}
	x.addAll(SwitchStore, name, store)
	x.addAll(SwitchPolicy, name, policy)
}

// isStorage reports whether a field of a list says what is taken, and not how
// long that may last.
func isStorage(field string) bool {
	words := strings.Fields(field)
	return len(words) == 3 && (words[0] == "storage" || words[0] == "resources" && slices.Contains([]string{"name", "device", "local"}, words[2]))
}

// answers compares where the host answers its peer, and everything else that
// counts for the whole host.
func (x *comparison) answers(before, after map[string]string) {
	var answer, other []string
	for _, name := range changedKeys(before, after) {
		if name == "answer_port" || strings.HasSuffix(name, "_address") || strings.HasSuffix(name, "_peers") {
			answer = append(answer, became(name, before[name], after[name]))
		} else if name != "listeners" {
			other = append(other, became(name, before[name], after[name]))
		}
	}
	x.addAll(SwitchAnswer, "the switch", answer)
	x.addAll(SwitchPolicy, "the switch", other)
}

// mostDetails bounds what one line tells.
const mostDetails = 6

func (x *comparison) addAll(code EffectCode, object string, details []string) {
	if n := len(details); n > mostDetails {
		details = append(details[:mostDetails], fmt.Sprintf("and %d more", n-mostDetails))
	}
	if len(details) > 0 {
		x.add(code, object, strings.Join(details, ", "))
	}
}

// changedKeys lists what only one has, or what has two values, sorted.
func changedKeys(before, after map[string]string) []string {
	var names []string
	for name, v := range after {
		if old, ok := before[name]; !ok || old != v {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// scripts compares the programs of the switch, which may lie in any folder:
// that of the one that devd runs, or of carp_hast_switch_program.
func (x *comparison) scripts() {
	var changes []string
	for _, name := range x.programs {
		was, err := x.before.tree.ReadFile(name)
		is, gone := x.after.tree.ReadFile(name)
		if err == nil && gone == nil && string(was) != string(is) {
			changes = append(changes, name)
		}
	}
	x.addAll(SwitchScript, "the switch", changes)
}
