package importer

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"carpool/importer/devdconf"
	"carpool/schema"
)

var errNoScript = errors.New("no script")

// proposal is a failover that could take the place of rules of devd and of the
// script that they run.
type proposal struct {
	vips     []*schema.VIP
	hasts    []*schema.HAST
	programs []string
	found    *deeds
	read     []string // the scripts and tables that found is from
}

// propose writes, as comments, the blocks that could take the place of the
// rules: rendered they would change what devd does, and what was found about
// the storage is a reading of scripts.
func (w *writer) propose(rules []*ownRule) {
	if len(w.groups) > 0 {
		return
	}
	p := w.proposal(rules)
	if len(p.hasts) == 0 && len(p.found.services) == 0 {
		return
	}
	w.body.AppendNewline()
	if len(p.vips) == 0 {
		w.comment("No rule of devd moves " + names(p.hasts) + " with an address: describe what lies on it with zpool or")
		w.comment("ufs, and what moves it with failover (docs/language.md).")
		return
	}
	w.comment("carpool's own switch could take the place of " + joined3(p.programs) + ": take the devd blocks that")
	w.comment("call it out, and the comment signs below.")
	switch {
	case len(p.read) > 0:
		w.comment("Read from " + joined3(p.read) + ", which only you know to be right.")
	default:
		w.comment("What lies on " + names(p.hasts) + " shows in no file, so only its role would move: describe the pool (zpool) or")
		w.comment("file system (ufs) too.")
	}
	for _, l := range strings.Split(strings.TrimRight(string(w.blocksOf(p)), "\n"), "\n") {
		w.comment(strings.TrimRight(l, " "))
	}
}

func names(hs []*schema.HAST) string {
	var list []string
	for _, h := range hs {
		list = append(list, h.Address())
	}
	return joined3(list)
}

// joined3 lists the first three of some names.
func joined3(list []string) string {
	if len(list) > 3 {
		list = append(slices.Clone(list[:3]), "others")
	}
	return strings.Join(list, ", ")
}

// proposal gathers what the rules and their scripts do.
func (w *writer) proposal(rules []*ownRule) *proposal {
	p := &proposal{found: &deeds{}}
	for _, r := range rules {
		if !aboutCARP(r) {
			continue
		}
		for _, n := range r.nodes {
			for _, v := range w.VIPs {
				if m := v.Member(n); m != nil && len(v.Members) == 2 && w.hears(n, m, r) && !slices.Contains(p.vips, v) {
					p.vips = append(p.vips, v)
				}
			}
		}
		p.programs = appendNew(p.programs, programsOf(r.actions)...)
	}
	for _, h := range w.HASTs {
		if len(h.Members) == 2 {
			p.hasts = append(p.hasts, h)
		}
	}
	p.vips = slices.DeleteFunc(p.vips, func(v *schema.VIP) bool { return !sameMembers(v, p) })
	for _, h := range w.Hosts {
		w.gather(p, h)
	}
	return p
}

// hears reports whether a rule is about a change of role of the member.
func (w *writer) hears(n *schema.Node, m *schema.Member, r *ownRule) bool {
	v := w.given[m]
	if v == nil {
		return false
	}
	for _, e := range w.hosts[n].probes() {
		if e[1] != v.subsystem() && e[1] != v.iface {
			continue
		}
		if run := w.hosts[n].devd.Match(devdconf.Notify(e[0], e[1], e[2])); run != nil && slices.Equal(run.Rule.Actions(), r.actions) {
			return true
		}
	}
	return false
}

// sameMembers reports whether the vip can decide for all resources.
func sameMembers(v *schema.VIP, p *proposal) bool {
	for _, h := range p.hasts {
		for _, c := range h.Members {
			if v.Member(c.Node) == nil {
				return false
			}
		}
	}
	return len(p.vips) == 0 || slices.Equal(members(v), members(p.vips[0]))
}

// gather reads the scripts and the fstab of one host.
func (w *writer) gather(p *proposal, h *Host) {
	for _, script := range h.scripts() {
		d := readScript(h.text(script).Bytes)
		p.found.resources = appendNew(p.found.resources, d.resources...)
		p.found.pools = appendNew(p.found.pools, d.pools...)
		p.found.services = appendNew(p.found.services, d.services...)
		for _, m := range d.mounts {
			p.found.addMount(m)
		}
		p.read = appendNew(p.read, script)
	}
	for _, f := range h.fstabOfHAST() {
		p.found.addMount(mounted{strings.TrimPrefix(f[0], schema.HASTDevices), f[0], f[1],
			slices.DeleteFunc(strings.Split(f[3], ","), func(o string) bool { return slices.Contains([]string{"rw", "noauto", "late", ""}, o) })})
		p.read = appendNew(p.read, "/etc/fstab")
	}
}

func (d *deeds) addMount(m mounted) {
	if !slices.ContainsFunc(d.mounts, func(o mounted) bool { return o.point == m.point }) {
		d.mounts = append(d.mounts, m)
	}
}

var (
	poolForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)
	pointForm = regexp.MustCompile(`^(?:/[A-Za-z0-9._:@+-]+)+$`)
	rcdForm   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*$`)
)

// blocksOf writes the blocks of a proposal.
func (w *writer) blocksOf(p *proposal) []byte {
	f := hclwrite.NewEmptyFile()
	sub := &writer{Cluster: w.Cluster, body: f.Body(), release: w.release}
	var storage []string
	left := slices.Clone(p.hasts)
	take := func(name string) *schema.HAST {
		i := slices.IndexFunc(left, func(h *schema.HAST) bool { return sub.onResource(h, name) })
		if i < 0 {
			return nil
		}
		h := left[i]
		left = slices.Delete(left, i, i+1)
		return h
	}
	for _, m := range p.found.mounts {
		if h := take(m.resource); h != nil && pointForm.MatchString(m.point) && !strings.Contains(m.point, "/..") {
			b := sub.block("ufs", m.point)
			sub.ref(b, "hast", &h.Block)
			setStrings(b, "options", m.options)
			if m.device != schema.HASTDevices+sub.provider(h.Name) {
				setString(b, "device", m.device)
			}
			storage = append(storage, schema.Reference("ufs", m.point))
		}
	}
	for _, pool := range p.found.pools {
		if !poolForm.MatchString(pool) || len(left) == 0 {
			continue
		}
		b := sub.block("zpool", pool)
		var refs []string
		for _, h := range left {
			refs = append(refs, h.Address())
		}
		if len(p.found.pools) > 1 {
			refs = refs[:1]
		}
		left = left[len(refs):]
		sub.expr(b, "hast", "["+strings.Join(refs, ", ")+"]")
		storage = append(storage, schema.Reference("zpool", pool))
	}
	for _, h := range left {
		storage = append(storage, h.Address())
	}
	sub.proposedFailover(p, storage)
	return hclwrite.Format(f.Bytes())
}

// onResource reports whether a device below /dev/hast is that of the resource,
// whole or a partition of it.
func (w *writer) onResource(h *schema.HAST, device string) bool {
	rest, ok := strings.CutPrefix(device, w.provider(h.Name))
	return ok && (rest == "" || partition.MatchString(rest))
}

var partition = regexp.MustCompile(`^(?:[ps][0-9]+)?[a-h]?$`)

func (w *writer) proposedFailover(p *proposal, storage []string) {
	b := w.block("failover", path.Base(p.vips[0].Name))
	if len(p.vips) == 1 {
		w.expr(b, "vip", p.vips[0].Address())
	} else {
		var refs []string
		for _, v := range p.vips {
			refs = append(refs, v.Address())
		}
		w.expr(b, "vips", "["+strings.Join(refs, ", ")+"]")
	}
	if len(storage) > 0 {
		w.expr(b, "storage", "["+strings.Join(storage, ", ")+"]")
	}
	setStrings(b, "services", slices.DeleteFunc(slices.Clone(p.found.services), func(s string) bool { return !rcdForm.MatchString(s) }))
	if len(storage) > 0 && w.gateway(p.vips[0].Network.Value) == "" {
		commentIn(b, "No router is known that could bear witness: state witness, or leave it to people.")
		setString(b, "alone", "never")
	}
}
