package schema

import "regexp"

// DevdPriority is the priority of the rules that call the switch. Of the rules
// that match an event devd runs the one with the highest (devd.conf(5)).
const DevdPriority = 30

// UsualPriority is that of a rule that states none: above the 0 of FreeBSD's own
// rules about network interfaces, which would take its events (sbin/devd/devd.conf).
const UsualPriority = 10

// devd finds the nodes of a rule: those it names, else every one that has a
// devd and gets its files from carpool.
func (d *decoder) devd(c *Cluster, r *Devd) {
	if !r.Priority.Stated {
		r.Priority = derived(UsualPriority, r.Range)
	}
	if !r.Class.Stated {
		r.Class = derived("notify", r.Range)
	}
	if r.Nodes.Stated {
		for _, m := range d.distinct(listed(r.Nodes)) {
			r.Members = append(r.Members, m.node)
		}
		return
	}
	for _, n := range c.Nodes {
		if n.IsManaged() && !n.Jail.Value {
			r.Members = append(r.Members, n)
		}
	}
}

// CARPUnits numbers the carpN interfaces of one node's members, which are in
// the order of their vhids: the stated ones first, the rest in that order.
func CARPUnits(members []*Member) map[*Member]int {
	unit, taken := map[*Member]int{}, map[int]bool{}
	for _, m := range members {
		if m.CARPUnit.Stated {
			unit[m], taken[m.CARPUnit.Value] = m.CARPUnit.Value, true
		}
	}
	next := 0
	for _, m := range members {
		if m.CARPUnit.Stated {
			continue
		}
		for taken[next] {
			next++
		}
		unit[m], taken[next] = next, true
	}
	return unit
}

// DevdVariable is the name of a variable of an event (sbin/devd/token.l; the
// kernel's own names have a dash at most, ACPI's and ZFS's a dot or underscore).
var DevdVariable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// DevdMediaType is the one condition that is no match: what SIOCGIFMEDIA says
// of the interface (devd.conf(5)).
const DevdMediaType = "media-type"
