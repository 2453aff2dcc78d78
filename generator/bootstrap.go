package generator

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// Step is one part of the first hour of a cluster, on one node. The steps are
// done in the order given; carpool runs none of them.
type Step struct {
	Node     string
	Title    string
	Commands []string // for a root shell
	Notes    []string // what to look at, in sentences
}

// Bootstrap returns the once-only steps that no file can do: metadata and
// first roles of HAST, pools or file systems on it, mount points.
func Bootstrap(c *schema.Cluster) []Step {
	x := newIndex(c)
	var steps []Step
	nodes := managed(c)
	for _, n := range nodes {
		steps = append(steps, kernelStep(x, n)...)
	}
	for _, n := range nodes {
		steps = append(steps, createStep(x, n)...)
	}
	for _, f := range c.Failovers {
		steps = append(steps, storageSteps(f)...)
	}
	for _, n := range nodes {
		if len(x.groups[n]) > 0 && !n.Jail.Value {
			steps = append(steps, Step{Node: n.Name, Title: "Start the switch",
				Commands: []string{"service devd restart", "service carp_hast_switch start", n.Out.ScriptDir.Value + "/carp-hast-switch check"}})
		}
	}
	return steps
}

func managed(c *schema.Cluster) []*schema.Node {
	nodes := slices.DeleteFunc(slices.Clone(c.Nodes), func(n *schema.Node) bool { return !n.IsManaged() })
	slices.SortFunc(nodes, func(a, b *schema.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes
}

// kernelStep tells how CARP gets into the running kernel; loader.conf does it
// at the next boot.
func kernelStep(x *index, n *schema.Node) []Step {
	if len(x.vips[n]) == 0 || n.Jail.Value {
		return nil
	}
	s := Step{Node: n.Name, Title: "Load CARP", Commands: []string{"kldload -n carp"}}
	if n.Release.Has(schema.CARPInterface) {
		s.Commands = []string{"kldload if_carp"}
	}
	if !n.Release.Has(schema.CARPModule) {
		s.Commands = []string{"kldload if_carp || ifconfig carp99 create && ifconfig carp99 destroy"}
		s.Notes = []string{fmt.Sprintf("FreeBSD %s has no CARP in its GENERIC kernel. If both commands fail, build a kernel with the line `device carp` and boot it first.", n.Release)}
	}
	return []Step{s}
}

// createStep initialises the local half of each resource. It wipes the
// provider's metadata, so it is done once and never by the switch.
func createStep(x *index, n *schema.Node) []Step {
	if len(x.copies[n]) == 0 {
		return nil
	}
	s := Step{Node: n.Name, Title: "Create the metadata of the replicated disks",
		Notes: []string{"This makes the providers below empty for HAST: their data is lost. If the two disks of a resource differ in size, add -m SIZE with the smaller one's to the larger one's command."}}
	for _, c := range x.copies[n] {
		s.Commands = append(s.Commands, fmt.Sprintf("hastctl create %s    # %s", c.HAST.Name, c.Local.Value))
	}
	s.Commands = append(s.Commands, "service hastd start")
	return []Step{s}
}

// storageSteps makes the pools and file systems of one failover, on the
// preferred node, while the other one follows.
func storageSteps(f *schema.Failover) []Step {
	if !f.HasStorage() || len(f.HASTs) == 0 || len(f.HASTs[0].Members) != 2 {
		return nil
	}
	first, second := f.HASTs[0].Members[0].Node, f.HASTs[0].Members[1].Node
	if m, n := f.Trigger.Member(first), f.Trigger.Member(second); m != nil && n != nil && n.AdvSkew.Value < m.AdvSkew.Value {
		first, second = second, first
	}
	names := strings.Join(each(f.HASTs, hastName), " ")
	steps := []Step{
		{Node: second.Name, Title: fmt.Sprintf("Follow (failover %s)", f.Name), Commands: []string{"hastctl role secondary " + names}},
		{Node: first.Name, Title: fmt.Sprintf("Make the storage (failover %s)", f.Name), Commands: []string{"hastctl role primary " + names}},
	}
	mk, mount, undo := &steps[1], Step{Node: second.Name, Title: "Make the mount points"}, []string{}
	for _, st := range f.Storage.Items {
		switch s := st.Value; {
		case s.Zpool != nil:
			mk.Commands = append(mk.Commands, zpoolCreate(s.Zpool, first))
			undo = append(undo, "zpool export "+s.Zpool.Name)
		case s.UFS != nil:
			mk.Commands = append(mk.Commands, "newfs -U "+device(s.UFS.HAST.Value, first), "mkdir -p "+s.UFS.Name)
			mount.Commands = append(mount.Commands, "mkdir -p "+s.UFS.Name)
		}
	}
	slices.Reverse(undo)
	mk.Commands = append(mk.Commands, undo...)
	mk.Commands = append(mk.Commands, "hastctl role secondary "+names)
	mk.Notes = []string{"The last commands put the storage down again: from here on the switch takes and releases it."}
	if len(mount.Commands) > 0 {
		steps = append(steps, mount)
	}
	return steps
}

func device(h *schema.HAST, n *schema.Node) string {
	if c := h.Copy(n); c != nil {
		return schema.HASTDevices + c.Provider.Value
	}
	return schema.HASTDevices + h.Name
}

// zpoolCreate keeps the pool out of every cache file from the start: a pool
// that the boot imports is imported beside HAST.
func zpoolCreate(z *schema.Zpool, n *schema.Node) string {
	words := []string{"zpool create -o cachefile=none"}
	for _, h := range z.HAST.Values() {
		words = append(words, device(h, n))
	}
	return strings.Join(slices.Insert(words, 1, z.Name), " ")
}
