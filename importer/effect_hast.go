package importer

import (
	"slices"
	"strings"

	"carpool/importer/hastconf"
)

const hastFile = "/etc/hast.conf"

// hasts compares what hastd of the host makes of both files.
func (x *comparison) hasts() {
	before, after := x.before.hast(), x.after.hast()
	if after == nil {
		after = &hastconf.Config{}
	}
	if before == nil {
		if x.before.tree.Exists(hastFile) {
			x.add(HASTRefused, "hastd", "")
		}
		before = &hastconf.Config{Listen: after.Listen, Control: after.Control, PIDFile: after.PIDFile}
	}
	if len(after.Resources) > 0 {
		x.daemon(before, after)
	}
	var gone []*hastconf.HostResource
	for i := range before.Resources {
		b := &before.Resources[i]
		if a := after.Resource(b.Name.Text); a != nil {
			x.resource(b, a)
		} else {
			gone = append(gone, b)
		}
	}
	for i := range after.Resources {
		a := &after.Resources[i]
		if before.Resource(a.Name.Text) != nil {
			continue
		}
		// The metadata on the provider hold the name of the resource.
		k := slices.IndexFunc(gone, func(b *hastconf.HostResource) bool { return b.Local.Text == a.Local.Text })
		if k < 0 {
			x.add(HASTNew, "hast "+a.Name.Text, "on "+a.Local.Text)
			continue
		}
		x.add(HASTAnew, "hast "+a.Name.Text, became("resource", gone[k].Name.Text, a.Name.Text))
		gone = slices.Delete(gone, k, k+1)
	}
	for _, b := range gone {
		x.add(HASTGone, "hast "+b.Name.Text, "on "+b.Local.Text)
	}
}

func (x *comparison) resource(b, a *hastconf.HostResource) {
	name := "hast " + a.Name.Text
	if b.Local.Text != a.Local.Text {
		x.add(HASTAnew, name, became("local", b.Local.Text, a.Local.Text))
	}
	if b.Provider.Text != a.Provider.Text {
		x.add(HASTDevice, name, becameValue("/dev/hast/"+b.Provider.Text, "/dev/hast/"+a.Provider.Text))
	}
	x.settings(HASTConnect, name, []setting{{"remote", b.Remote, a.Remote}, {"source", b.Source, a.Source}})
	x.settings(HASTSettings, name, []setting{
		{"replication", b.Replication, a.Replication}, {"checksum", b.Checksum, a.Checksum}, {"compression", b.Compression, a.Compression},
		{"timeout", b.Timeout, a.Timeout}, {"exec", b.Exec, a.Exec}, {"metaflush", b.Metaflush, a.Metaflush},
	})
}

func (x *comparison) daemon(before, after *hastconf.Config) {
	texts := func(list []hastconf.Value) (out []string) {
		for _, v := range list {
			out = append(out, v.Text)
		}
		slices.Sort(out)
		return out
	}
	if d := listed(texts(before.Listen), texts(after.Listen)); d != "" {
		x.add(HASTListen, "hastd", d)
	}
	x.settings(HASTDaemon, "hastd", []setting{{"control", before.Control, after.Control}, {"pidfile", before.PIDFile, after.PIDFile}})
}

// setting is a word of hast.conf on both sides.
type setting struct {
	word          string
	before, after hastconf.Value
}

func (x *comparison) settings(code EffectCode, object string, list []setting) {
	var changes []string
	for _, s := range list {
		if s.before.Text != s.after.Text {
			changes = append(changes, became(s.word, s.before.Text, s.after.Text))
		}
	}
	if len(changes) > 0 {
		x.add(code, object, strings.Join(changes, ", "))
	}
}
