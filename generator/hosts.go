package generator

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"carpool/schema"
)

// index says what each node takes part in, so that a fleet is walked once.
type index struct {
	cluster *schema.Cluster
	vips    map[*schema.Node][]*schema.Member
	copies  map[*schema.Node][]*schema.Copy
	groups  map[*schema.Node][]*schema.Standby
	syncs   map[*schema.Node][]*schema.SyncMember
	// switched lists the resources that belong to a failover.
	switched map[*schema.HAST]bool
	stored   map[*schema.VIP]bool // vips of a failover with storage
	own      map[*schema.Node][]*schema.Devd
}

func newIndex(c *schema.Cluster) *index {
	x := &index{
		cluster: c,
		vips:    map[*schema.Node][]*schema.Member{}, copies: map[*schema.Node][]*schema.Copy{},
		groups: map[*schema.Node][]*schema.Standby{}, syncs: map[*schema.Node][]*schema.SyncMember{},
		switched: map[*schema.HAST]bool{}, stored: map[*schema.VIP]bool{}, own: map[*schema.Node][]*schema.Devd{},
	}
	for _, v := range c.VIPs {
		for _, m := range v.Members {
			x.vips[m.Node] = append(x.vips[m.Node], m)
		}
	}
	for _, h := range c.HASTs {
		for _, m := range h.Members {
			x.copies[m.Node] = append(x.copies[m.Node], m)
		}
	}
	for _, f := range c.Failovers {
		for _, s := range f.Members {
			x.groups[s.Node] = append(x.groups[s.Node], s)
		}
		for _, h := range f.HASTs {
			x.switched[h] = true
		}
		for _, v := range f.Group {
			x.stored[v] = x.stored[v] || f.HasStorage()
		}
	}
	for _, p := range c.PFSyncs {
		for _, m := range p.Members {
			x.syncs[m.Node] = append(x.syncs[m.Node], m)
		}
	}
	for _, r := range c.Devds {
		for _, n := range r.Members {
			x.own[n] = append(x.own[n], r)
		}
	}
	x.sort()
	return x
}

// sort makes the order inside files independent of the order of blocks: vips
// by vhid, the rest by name.
func (x *index) sort() {
	for _, ms := range x.vips {
		slices.SortFunc(ms, func(a, b *schema.Member) int {
			return cmp.Or(cmp.Compare(a.VHID.Value, b.VHID.Value), cmp.Compare(a.VIP.Name, b.VIP.Name))
		})
	}
	for _, cs := range x.copies {
		slices.SortFunc(cs, func(a, b *schema.Copy) int { return cmp.Compare(a.HAST.Name, b.HAST.Name) })
	}
	for _, gs := range x.groups {
		slices.SortFunc(gs, func(a, b *schema.Standby) int { return cmp.Compare(a.Failover.Name, b.Failover.Name) })
	}
	for _, rs := range x.own {
		slices.SortFunc(rs, func(a, b *schema.Devd) int {
			return cmp.Or(cmp.Compare(b.Priority.Value, a.Priority.Value), cmp.Compare(a.Name, b.Name))
		})
	}
	for _, ss := range x.syncs {
		slices.SortFunc(ss, func(a, b *schema.SyncMember) int { return cmp.Compare(a.PFSync.Name, b.PFSync.Name) })
	}
}

// host builds the model of one node.
func (x *index) host(n *schema.Node, mode SecretMode) (*Host, error) {
	h := &Host{Name: n.Name, secrets: &secretTexts{mode: mode}}
	b := &builder{index: x, node: n, host: h}
	b.units()
	b.secretly("etc/rc.conf", b.rc)
	b.secretly("etc/sysctl.conf", b.sysctl)
	b.secretly("boot/loader.conf", b.loader)
	b.hast()
	b.devd()
	b.failovers()
	if len(b.errs) > 0 {
		return nil, fmt.Errorf("node %s: %w", n.Name, b.errs[0])
	}
	return h, nil
}

// secretly builds the model of an output that may hold secrets, and notes
// whether it does.
func (b *builder) secretly(output string, build func()) {
	before := len(b.host.secrets.known)
	build()
	if len(b.host.secrets.known) > before {
		b.host.secretIn = append(b.host.secretIn, output)
	}
}

// builder fills one Host. What the rules let pass and a grammar cannot hold is
// an error here, never a wrong file.
type builder struct {
	*index
	node *schema.Node
	host *Host
	unit map[*schema.Member]int // N of carpN, releases below 10
	errs []error
}

func (b *builder) has(f schema.Feature) bool { return b.node.Release.Has(f) }

func (b *builder) jail() bool { return b.node.Jail.Value }

// units numbers the carpN interfaces.
func (b *builder) units() {
	if !b.has(schema.CARPInterface) {
		return
	}
	b.unit = schema.CARPUnits(b.vips[b.node])
}

// carpInterface names the interface that carries the vhid, as devd and
// ifconfig see it.
func (b *builder) carpInterface(m *schema.Member) string {
	if b.unit != nil {
		return fmt.Sprintf("carp%d", b.unit[m])
	}
	return m.Interface.Name
}

// sysctl collects sysctl.conf. Only names that the release has are written:
// others would be reported at the end of every boot (rc.d/sysctl_lastload).
func (b *builder) sysctl() {
	var lines []Assignment
	add := func(oid string, v int) { lines = append(lines, Assignment{Name: oid, Value: fmt.Sprint(v)}) }
	if len(b.vips[b.node]) > 0 {
		o := b.node.OS
		preempt := 0
		if o.Preempt.Value {
			preempt = 1
		}
		add("net.inet.carp.preempt", preempt)
		if o.Log.Stated {
			add("net.inet.carp.log", o.Log.Value)
		}
		if o.DSCP.Stated && b.has(schema.CARPDSCP) {
			add("net.inet.carp.dscp", o.DSCP.Value)
		}
		if o.IfdownFactor.Stated && b.has(schema.CARPDemotion) {
			add("net.inet.carp.ifdown_demotion_factor", o.IfdownFactor.Value)
		}
		if o.SenderrFactor.Stated && b.has(schema.CARPDemotion) {
			add("net.inet.carp.senderr_demotion_factor", o.SenderrFactor.Value)
		}
	}
	own := b.settings(b.node.Sysctl.Over(b.cluster.Sysctl), "1", "0", "")
	b.host.Sysctl = append(lines, own...)
	for _, l := range own {
		b.checkName(oidName, l.Name)
	}
}

// oidName is the left side of a line of sysctl.conf or loader.conf.
var oidName = regexp.MustCompile(`^[A-Za-z0-9_%][A-Za-z0-9_.%:+-]{0,253}$`)

// checkName refuses a name that would end its assignment early. Names stand in
// the files as they are; no rule that can be silenced may be all that guards
// a file that sh sources.
func (b *builder) checkName(form *regexp.Regexp, name string) {
	if !form.MatchString(name) {
		b.errs = append(b.errs, fmt.Errorf("%q is no name that the file can hold", name))
	}
}

// settings turns a map of the author into assignments sorted by name. filters
// quote a secret among them in a template.
func (b *builder) settings(s schema.Settings, yes, no, filters string) []Assignment {
	var out []Assignment
	for _, it := range s.Items {
		v := b.host.secrets.filtered(it.Value, filters)
		if it.Bool && (!it.Value.Secret.Secret || b.host.secrets.mode == Embed) {
			v = map[string]string{"true": yes, "false": no}[it.Value.Value]
		}
		out = append(out, Assignment{Name: it.Key, Value: v})
	}
	slices.SortFunc(out, func(x, y Assignment) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

// loader collects loader.conf. CARP has to be there before rc.d/sysctl and
// netif run; kld_list would be too late for net.inet.carp.preempt.
func (b *builder) loader() {
	if b.jail() {
		return
	}
	l := &b.host.Loader
	add := func(name, value string) { l.Lines = append(l.Lines, Assignment{Name: name, Value: value}) }
	if len(b.vips[b.node]) > 0 {
		if b.has(schema.CARPInterface) {
			add("if_carp_load", "YES")
		} else {
			add("carp_load", "YES")
		}
		l.KernelCARP = !b.has(schema.CARPModule)
		if b.holdsCARP() {
			add("net.inet.carp.allow", "0")
		}
	}
	if len(b.copies[b.node]) > 0 {
		add("geom_gate_load", "YES")
	}
	own := b.settings(b.node.Loader.Over(b.cluster.Loader), "YES", "NO", "")
	for _, a := range own {
		b.checkName(oidName, a.Name)
	}
	l.Lines = append(l.Lines, own...)
}

// holdsCARP reports whether the host boots with every vhid in INIT until the
// switch lets it take part (rule R1 of the switch).
func (b *builder) holdsCARP() bool {
	return b.has(schema.CARPAllowTunable) && slices.ContainsFunc(b.groups[b.node], func(s *schema.Standby) bool {
		return s.Failover.HasStorage() || s.Failover.Failback.Value == "manual"
	})
}
