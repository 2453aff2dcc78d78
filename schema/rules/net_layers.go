package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// tag is what makes an interface a VLAN: stated, or implied by a name
// PARENT.TAG.
type tag struct {
	parent string
	id     int
	at     hcl.Range // of the tag
	above  hcl.Range // of the parent
}

func tagOf(i *schema.Interface) (tag, bool) {
	t := tag{at: i.NameRange, above: i.NameRange}
	parent, num, dotted := cutLast(i.Name, ".")
	id, err := strconv.Atoi(num)
	implied := dotted && err == nil && !i.Device.Stated && !i.Node.Jail.Value
	if implied {
		t.parent, t.id = parent, id
	}
	if i.VLAN.Stated {
		t.id, t.at = i.VLAN.Value, i.VLAN.Range
	}
	if i.VLANDev.Stated {
		t.parent, t.above = i.VLANDev.Value, i.VLANDev.Range
	}
	return t, implied || i.VLAN.Stated || i.VLANDev.Stated
}

func cutLast(s, sep string) (before, after string, found bool) {
	if k := strings.LastIndex(s, sep); k > 0 {
		return s[:k], s[k+len(sep):], true
	}
	return s, "", false
}

func badTag(id int) bool { return id < 1 || id > 4094 }

var net030 = &Rule{
	Code:     "NET030",
	Severity: schema.Error,
	Summary:  "a VLAN tag is outside 1 to 4094",
	Effect:   "ifconfig refuses the tag, the VLAN is not created, and every address on it is missing (vlan(4)).",
	Check: func(p *Pass) {
		const help = "write a tag from 1 to 4094"
		for _, w := range p.Networks {
			if w.VLAN.Stated && badTag(w.VLAN.Value) {
				p.Report(Report{At: w.VLAN.Range, Object: w.Object(), Message: fmt.Sprintf("VLAN tag %d is outside 1 to 4094", w.VLAN.Value), Help: help})
			}
		}
		interfaces(p, func(i *schema.Interface) {
			t, ok := tagOf(i)
			if !ok || !badTag(t.id) || t.at == i.NameRange && i.VLANDev.Stated {
				return
			}
			p.Report(Report{At: t.at, Object: i.Node.Object(), Message: fmt.Sprintf("VLAN tag %d of %s is outside 1 to 4094", t.id, i.Name), Help: help})
		})
	},
}

var net031 = &Rule{
	Code:     "NET031",
	Severity: schema.Error,
	Summary:  "an interface has another VLAN tag than its network",
	Effect:   "It is in another broadcast domain than the others: the nodes do not hear each other, and all become MASTER (vlan(4)).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			w := i.Network.Value
			t, ok := tagOf(i)
			if !ok || w == nil || !w.VLAN.Stated || badTag(w.VLAN.Value) || badTag(t.id) || t.id == w.VLAN.Value {
				return
			}
			p.Report(Report{
				At: t.at, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s has VLAN tag %d, but %s has %d", i.Name, i.Node.Address(), t.id, w.Address(), w.VLAN.Value),
				Help:    fmt.Sprintf("use the tag %d, or put the interface on another network", w.VLAN.Value),
				Related: Also(w.VLAN.Range, "the tag of the network is here"),
			})
		})
	},
}

var net032 = &Rule{
	Code:     "NET032",
	Severity: schema.Error,
	Summary:  "two nodes tag the same network differently",
	Effect:   "Unless a switch translates the tags they are in two broadcast domains: the nodes do not hear each other, and all become MASTER (vlan(4)).",
	Check: func(p *Pass) {
		first := map[*schema.Network]*schema.Interface{}
		interfaces(p, func(i *schema.Interface) {
			w := i.Network.Value
			t, ok := tagOf(i)
			if !ok || w == nil || w.VLAN.Stated || badTag(t.id) {
				return
			}
			other := first[w]
			if other == nil {
				first[w] = i
				return
			}
			theirs, _ := tagOf(other)
			if theirs.id == t.id {
				return
			}
			p.Report(Report{
				At: t.at, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s has VLAN tag %d on %s, but %s of %s has %d", i.Name, i.Node.Address(), t.id, w.Address(), other.Name, other.Node.Address(), theirs.id),
				Help:    "use one tag, and state it in the network: vlan = TAG",
				Related: Also(theirs.at, "the other tag is here"),
			})
		})
	},
}

var net033 = &Rule{
	Code:     "NET033",
	Severity: schema.Error,
	Summary:  "a VLAN lacks its tag or its parent",
	Effect:   "ifconfig creates a VLAN interface without a parent or a tag: it never has a link, and a vhid on it stays INIT (vlan(4)).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			t, ok := tagOf(i)
			switch {
			case !ok:
				return
			case t.parent == "":
				p.Report(Report{At: i.VLAN.Range, Object: i.Node.Object(), Message: fmt.Sprintf("%s of %s has a VLAN tag, but no parent", i.Name, i.Node.Address()), Help: "add vlandev = \"PARENT\""})
			case t.at == i.NameRange && t.above != i.NameRange && t.id == 0:
				p.Report(Report{At: i.VLANDev.Range, Object: i.Node.Object(), Message: fmt.Sprintf("%s of %s has a vlandev, but no VLAN tag", i.Name, i.Node.Address()), Help: "add vlan = TAG"})
			}
		})
	},
}

var net034 = &Rule{
	Code:     "NET034",
	Severity: schema.Error,
	Summary:  "one VLAN of a parent is there twice",
	Effect:   "The second creation fails with \"File exists\", and every address on it is missing (vlan(4)).",
	Check: func(p *Pass) {
		type vlan struct {
			node   *schema.Node
			parent string
			id     int
		}
		first := map[vlan]*schema.Interface{}
		interfaces(p, func(i *schema.Interface) {
			t, ok := tagOf(i)
			if !ok || t.parent == "" || badTag(t.id) {
				return
			}
			k := vlan{i.Node, t.parent, t.id}
			other, taken := first[k]
			if !taken {
				first[k] = i
				return
			}
			p.Report(Report{
				At: t.at, Object: i.Node.Object(),
				Message: fmt.Sprintf("tag %d on %s of %s is already %s", t.id, t.parent, i.Node.Address(), other.Name),
				Help:    "describe it once, with all its addresses",
				Related: Also(other.NameRange, "the other interface is here"),
			})
		})
	},
}

// below lists the interfaces that i is made of, with the text that names them.
func below(i *schema.Interface) []schema.Attr[string] {
	names := slices.Concat(i.LaggPorts.Items, i.Bridge.Items)
	if t, ok := tagOf(i); ok && t.parent != "" {
		names = append(names, schema.Attr[string]{Value: t.parent, Range: t.above})
	}
	return names
}

// made are drivers whose interfaces exist only if something creates them.
var made = []string{"lagg", "bridge", "vlan"}

var net035 = &Rule{
	Code:     "NET035",
	Severity: schema.Error,
	Summary:  "an interface is made of one that is not there",
	Effect:   "ifconfig fails on the missing interface; the VLAN, lagg or bridge has no link, and a vhid on it stays INIT (rc.conf(5) cloned_interfaces, vlans_IF).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			if !complete(n) {
				continue
			}
			there, gone := map[string]bool{}, map[string]*schema.Interface{}
			for _, i := range n.Interfaces {
				there[i.Name] = true
				if i.Device.Stated {
					gone[i.Device.Value] = i
				}
			}
			for _, i := range n.Interfaces {
				for _, b := range below(i) {
					why, help := absent(i, b.Value, there, gone[b.Value])
					if why != "" {
						p.Report(Report{At: b.Range, Object: n.Object(), Message: fmt.Sprintf("%s of %s is made of %s, %s", i.Name, n.Address(), b.Value, why), Help: help})
					}
				}
			}
		}
	},
}

// absent says why an interface cannot be found when i is made of it.
func absent(i *schema.Interface, name string, there map[string]bool, renamed *schema.Interface) (why, help string) {
	m := unitForm.FindStringSubmatch(name)
	switch {
	case name == i.Name:
		return "which is itself", "name the interface below it"
	case there[name]:
		return "", ""
	case renamed != nil:
		return "which is renamed to " + renamed.Name, fmt.Sprintf("write %q", renamed.Name)
	case m != nil && slices.Contains(made, m[1]):
		return "which nothing creates", fmt.Sprintf("describe it: interface %q { … }", name)
	}
	return "", ""
}
