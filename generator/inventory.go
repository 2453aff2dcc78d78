package generator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// HostsGroup is the group of all hosts that files are rendered for.
const HostsGroup = "carpool"

// factPrefix begins the names of carpool's own host variables.
const factPrefix = "carpool_"

// Inventory is what Ansible is told of a cluster.
type Inventory struct {
	groups map[string]*group
	hosts  map[string]object // variables by label
	order  []string          // of hosts, sorted
}

type group struct {
	hosts, children []string
	of              string // the block it stands for
}

// GroupError says that two blocks would be one group, so that a play for the
// one would reach the hosts of the other.
type GroupError struct{ Group, A, B string }

func (e *GroupError) Error() string {
	return fmt.Sprintf("%s and %s would both be the group %s", e.A, e.B, e.Group)
}

// NewInventory makes the inventory of the nodes that files are rendered for.
// A host is called by its label, as its folder in a tree is.
func NewInventory(c *schema.Cluster) (*Inventory, error) {
	v := &Inventory{groups: map[string]*group{}, hosts: map[string]object{}}
	x := newIndex(c)
	var errs []*GroupError
	join := func(name, of, host string) {
		if err := v.join(name, of, host); err != nil {
			errs = append(errs, err)
		}
	}
	for _, n := range managed(c) {
		v.order = append(v.order, n.Name)
		o := vars(c, n)
		for k, fact := range x.facts(n) {
			o[factPrefix+k] = literal(fact)
		}
		v.hosts[n.Name] = o
		join(HostsGroup, "", n.Name)
		join(groupName("cluster", c.Name), c.Address(), n.Name)
		v.release(n)
		for _, w := range networks(n) {
			join(groupName("network", w), schema.Reference("network", w), n.Name)
		}
		for _, m := range x.vips[n] {
			join(groupName("vip", m.VIP.Name), m.VIP.Address(), n.Name)
		}
		for _, h := range x.copies[n] {
			join(groupName("hast", h.HAST.Name), h.HAST.Address(), n.Name)
		}
		for _, s := range x.groups[n] {
			join(groupName("failover", s.Failover.Name), s.Failover.Address(), n.Name)
		}
		for _, m := range x.syncs[n] {
			join(groupName("pfsync", m.PFSync.Name), m.PFSync.Address(), n.Name)
		}
	}
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
}

// groupName makes a name that Ansible takes: letters, digits and underscores.
func groupName(kind, label string) string {
	return kind + "_" + strings.NewReplacer(".", "_", "-", "_").Replace(label)
}

func (v *Inventory) join(name, of, host string) *GroupError {
	g := v.groups[name]
	if g == nil {
		g = &group{of: of}
		v.groups[name] = g
	}
	if g.of != of {
		return &GroupError{name, g.of, of}
	}
	if !slices.Contains(g.hosts, host) {
		g.hosts = append(g.hosts, host)
	}
	return nil
}

// release puts a host into the group of its release, which is a child of that
// of the major release.
func (v *Inventory) release(n *schema.Node) {
	name := groupName("freebsd", n.Release.String())
	v.join(name, "", n.Name)
	major := groupName("freebsd", strings.Split(n.Release.String(), ".")[0])
	if v.groups[major] == nil {
		v.groups[major] = &group{}
	}
	if g := v.groups[major]; !slices.Contains(g.children, name) {
		g.children = append(g.children, name)
	}
}

// List is the answer to --list of Ansible's contract with inventory programs.
// With _meta in it Ansible does not ask for each host.
func (v *Inventory) List() map[string]any {
	o := object{"_meta": object{"hostvars": v.hosts}}
	for name, g := range v.groups {
		members := object{}
		if g.children != nil {
			members["children"] = g.children
		}
		if g.hosts != nil {
			members["hosts"] = g.hosts
		}
		o[name] = members
	}
	return o
}

// Host is the answer to --host; ok is false if there is no such host.
func (v *Inventory) Host(name string) (vars map[string]any, ok bool) {
	vars, ok = v.hosts[name]
	return vars, ok
}

// Hosts returns the hosts, sorted.
func (v *Inventory) Hosts() []string { return v.order }

// Static is the inventory as a file that Ansible's yaml plugin reads.
func (v *Inventory) Static() map[string]any {
	top := map[string]bool{}
	for name := range v.groups {
		top[name] = true
	}
	for _, g := range v.groups {
		for _, c := range g.children {
			delete(top, c)
		}
	}
	children := object{}
	for name := range top {
		children[name] = v.static(v.groups[name])
	}
	return object{"all": object{"children": children, "hosts": v.hosts}}
}

func (v *Inventory) static(g *group) object {
	members := object{}
	if g.children != nil {
		below := object{}
		for _, c := range g.children {
			below[c] = v.static(v.groups[c])
		}
		members["children"] = below
	}
	if g.hosts != nil {
		hosts := object{}
		for _, h := range g.hosts {
			hosts[h] = object{}
		}
		members["hosts"] = hosts
	}
	return members
}

// literal marks texts that Ansible would take for templates. In vars they are
// left as they are: there they are the author's own.
func literal(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "{{") || strings.Contains(v, "{%") || strings.Contains(v, "{#") {
			return unsafe(v)
		}
	case object:
		for k, e := range v {
			v[k] = literal(e)
		}
	case []object:
		for _, e := range v {
			literal(e)
		}
	case []string:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = literal(e)
		}
		return l
	}
	return v
}

// unsafe is text that Ansible must not read as a template.
type unsafe string

// MarshalJSON spells it as Ansible's inventory programs do.
func (u unsafe) MarshalJSON() ([]byte, error) {
	return json.Marshal(object{"__ansible_unsafe": string(u)})
}
