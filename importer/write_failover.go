package importer

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"carpool/schema"
)

// resourcesOf finds what each piece of storage lies on. The settings list the
// resources of all of them in their order; sure is false where several pools
// leave open which of them has which.
func resourcesOf(d part) (of map[string][]string, sure bool) {
	of = map[string][]string{}
	var rest []string
	devices := map[string]string{}
	for _, r := range d.list("resources") {
		rest = append(rest, r.get("name"))
		devices[r.get("device")] = r.get("name")
	}
	var open []part
	for _, s := range d.list("storage") {
		name := devices[s.get("device")]
		if s.get("kind") == "hast" {
			name = s.get("name")
		}
		if i := slices.Index(rest, name); i >= 0 {
			of[s.id] = []string{name}
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		open = append(open, s)
	}
	sure = len(open) <= 1 || len(open) == len(rest)
	for i, s := range open {
		n := min(1, len(rest))
		if i == len(open)-1 {
			n = len(rest)
		}
		of[s.id], rest = rest[:n], rest[n:]
	}
	return of, sure
}

// storageBlocks writes the pools and file systems of a rendered failover.
func (w *writer) storageBlocks(g *group, written map[string]bool) {
	for _, d := range g.duties {
		of, sure := resourcesOf(d.part)
		for _, s := range d.list("storage") {
			key := s.get("kind") + " " + s.get("name")
			if s.get("kind") == "hast" || written[key] {
				continue
			}
			written[key] = true
			if !sure {
				w.body.AppendNewline()
				w.comment("Which resources this lies on is a guess: the files have several pools.")
			}
			w.storageBlock(s, of[s.id])
		}
	}
}

func (w *writer) storageBlock(s part, resources []string) {
	kind := s.get("kind")
	b := w.block(kind, s.get("name"))
	var refs []string
	for _, r := range resources {
		refs = append(refs, schema.Reference("hast", r))
	}
	if kind == "ufs" {
		if len(refs) > 0 {
			w.expr(b, "hast", refs[0])
			if d := s.get("device"); d != schema.HASTDevices+w.provider(resources[0]) {
				setString(b, "device", d)
			}
		}
		if f := s.get("fsck"); f != "" && f != "preen" {
			setString(b, "fsck", f)
		}
	} else {
		w.expr(b, "hast", "["+strings.Join(refs, ", ")+"]")
		if a := s.get("altroot"); a != "" {
			setString(b, "altroot", a)
		}
	}
	setStrings(b, "options", s.lines("options"))
}

// provider is the name of a resource below /dev/hast.
func (w *writer) provider(resource string) string {
	for _, h := range w.HASTs {
		if h.Name == resource && len(h.Members) > 0 && h.Members[0].Provider.Value != "" {
			return h.Members[0].Provider.Value
		}
	}
	return resource
}

// failover writes what the settings of carpool's own switch move.
func (w *writer) failover(g *group) {
	b := w.block("failover", g.name)
	if len(g.vips) == 1 {
		w.expr(b, "vip", g.vips[0].Address())
	} else {
		var refs []string
		for _, v := range g.vips {
			refs = append(refs, v.Address())
		}
		w.expr(b, "vips", "["+strings.Join(refs, ", ")+"]")
	}
	first := g.duties[0]
	var storage []string
	for _, s := range first.list("storage") {
		storage = append(storage, schema.Reference(s.get("kind"), s.get("name")))
	}
	if len(storage) > 0 {
		w.expr(b, "storage", "["+strings.Join(storage, ", ")+"]")
	}
	each, hooks := make([][]line, len(g.duties)), make([][]line, len(g.duties))
	for i, d := range g.duties {
		each[i], hooks[i] = w.ownLines(g, d), hookLines(d.part)
	}
	all, own := shared(each)
	allHooks, ownHooks := shared(hooks)
	for _, l := range append(all, w.policies(first.part)...) {
		w.expr(b, l.name, l.text)
	}
	w.hooks(b, allHooks)
	for i, d := range g.duties {
		if len(own[i])+len(ownHooks[i]) > 0 {
			if len(ownHooks[i]) == 0 {
				w.small(b, "on", d.node.Name, own[i])
				continue
			}
			in := b.AppendNewBlock("on", []string{d.node.Name}).Body()
			for _, l := range own[i] {
				w.expr(in, l.name, l.text)
			}
			w.hooks(in, ownHooks[i])
		}
	}
}

func (w *writer) hooks(b *hclwrite.Body, list []line) {
	if len(list) == 0 {
		return
	}
	in := b.AppendNewBlock("hooks", nil).Body()
	for _, l := range list {
		w.expr(in, l.name, l.text)
	}
}

// ownLines are the attributes of a failover that nodes may have of their own.
func (w *writer) ownLines(g *group, d duty) []line {
	var list []line
	add := func(name string, words []string) {
		if len(words) > 0 {
			list = append(list, line{name, quotedList(words)})
		}
	}
	add("services", d.lines("services"))
	add("mail", strings.Fields(d.get("mail")))
	if witness := strings.Fields(d.get("witness")); !slices.Equal(witness, w.derivedWitness(g)) {
		add("witness", witness)
	}
	if f := d.get("fence"); f != "" {
		list = append(list, line{"fence", quoted(f)})
	}
	return list
}

// derivedWitness is what the failover has for a witness if it states none.
func (w *writer) derivedWitness(g *group) []string {
	if gw := w.gateway(g.vips[0].Network.Value); gw != "" {
		return []string{gw}
	}
	return nil
}

func hookLines(d part) []line {
	var list []line
	for _, name := range []string{"before_master", "after_master", "before_backup", "after_backup", "failed", "check"} {
		if p := d.get(name); p != "" {
			list = append(list, line{name, quoted(p)})
		}
	}
	return list
}

// policies are the attributes that all nodes of a failover share, as far as
// they are not what carpool does anyway.
func (w *writer) policies(d part) []line {
	failback := "auto"
	if d.get("storage") != "" {
		failback = "manual"
	}
	usual := []line{
		{"failback", failback}, {"alone", "witness"}, {"patience", "careful"},
		{"isolated", "release"}, {"boot_alone", "wait"}, {"stuck", "hold"},
	}
	var list []line
	for _, u := range usual {
		if v := d.get(u.name); v != "" && v != u.text {
			list = append(list, line{u.name, quoted(v)})
		}
	}
	if p := d.conf.Value("answer_port"); d.get("storage") != "" && p != "" && p != answerPort {
		list = append(list, line{"answer_port", p})
	}
	if n, ok := waitOf(d); ok {
		list = append(list, line{"wait", n})
	}
	if n := d.get("check_every"); n != "" && n != "0" {
		list = append(list, line{"check_every", n})
	}
	return list
}

// answerPort is the port of the switch unless the description states one
// (generator.DefaultAnswerPort; a test compares them).
const answerPort = "8458"

// waitOf is the attribute wait, if the steps that it sets have one value, which
// they do not have by themselves.
func waitOf(d part) (string, bool) {
	n := d.get("wait_role")
	for _, step := range []string{"device", "import", "mount", "start", "stop", "hook"} {
		if d.get("wait_"+step) != n {
			return "", false
		}
	}
	return n, n != ""
}
