//go:build linux

package simulator

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carpool/generator"
	"carpool/schema"
	"carpool/schema/rules"
)

// releases are the descriptions' words for the major releases that a world may have.
var releases = map[int]string{8: "8.4", 9: "9.3", 10: "10.4", 11: "11.4", 12: "12.4", 13: "13.2", 14: "14.2", 15: "15.0"}

// policies are the attributes of every failover block unless a story says otherwise. Most stories need not
// wait until a silent peer has been so for 20 s.
var policies = map[string]string{"patience": `"quick"`, "mail": `["root"]`, "failback": `"manual"`}

// limits are the settings that the tests change after rendering: a tick and patience that cost less time to
// simulate. TestRendered runs without them.
var limits = map[string]string{"wait_tick": "5", "wait_import": "60", "wait_fsck": "60"}

// over is m with what more says instead or besides.
func over(m, more map[string]string) map[string]string {
	all := maps.Clone(m)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	return all
}

// describe writes the description of which the world's hosts are made.
func describe(w *World, policy map[string]string) string {
	var b strings.Builder
	p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	p("cluster \"simulated\" {\n  freebsd = %q\n  domain = \"example.org\"\n}", releases[w.Release])
	p("variable \"pass\" {\n  type = string\n  sensitive = true\n  default = \"ExamplePass1\"\n}")
	bits, lan, rep, router := 24, "10.0.0.0", "10.0.1.0", Router
	if w.V6 {
		bits, lan, rep, router = 64, "2001:db8:0:1::", "2001:db8:0:2::", Router6
	}
	p("network \"lan\" {\n  prefixes = [\"%s/%d\"]\n  gateway = %q\n}", lan, bits, router)
	p("network \"rep\" {\n  prefixes = [\"%s/%d\"]\n}", rep, bits)
	for _, h := range w.Hosts {
		p("node %q {", h.Name)
		p("  interface %q {\n    network = network.lan\n    addresses = [\"%s/%d\"]\n  }", lanIface, h.ip(false), bits)
		p("  interface %q {\n    network = network.rep\n    addresses = [\"%s/%d\"]\n  }\n}", repIface, h.ip(true), bits)
	}
	disk := 0
	for _, g := range w.Groups {
		for _, id := range append([]int{g.VHID}, g.Also...) {
			describeVIP(p, w, g, id)
		}
		for _, r := range g.Resources {
			disk++
			p("hast %q {\n  network = network.rep\n  local = \"/dev/ada%d\"", r, disk)
			if s := int(w.HastTimeout.Seconds()); s != schema.HASTTimeout {
				p("  timeout = %d", s)
			}
			p("  nodes = [node.skunk1, node.skunk2]\n}")
		}
		describeFailover(p, g, policy)
	}
	return b.String()
}

func describeVIP(p func(string, ...any), w *World, g Group, id int) {
	addr := fmt.Sprintf("10.0.0.%d", 100+id)
	if w.V6 {
		addr = fmt.Sprintf("2001:db8:0:1::%d", 100+id)
	}
	p("vip \"v%d\" {\n  network = network.lan\n  vhid = %d\n  addresses = [%q]", id, id, addr)
	word, best, other := "advskew", 0, 100
	if g.VRRP {
		word, best, other = "vrrpprio", 200, 190
		p("  protocol = \"vrrp\"")
	} else {
		p("  password = var.pass")
	}
	for i, h := range w.Hosts {
		n := other
		if i == g.Prefer {
			n = best
		}
		p("  on %q { %s = %d }", h.Name, word, n)
	}
	p("}")
}

func describeFailover(p func(string, ...any), g Group, policy map[string]string) {
	var storage, vips []string
	for _, s := range g.Storage {
		r := "hast." + strings.Join(s.Resources, ", hast.")
		switch s.Kind {
		case "zpool":
			p("zpool %q {\n  hast = [%s]\n}", s.Name, r)
			storage = append(storage, "zpool."+s.Name)
		case "ufs":
			p("ufs %q {\n  hast = %s\n}", s.Name, r)
			storage = append(storage, fmt.Sprintf("ufs[%q]", s.Name))
		default:
			storage = append(storage, r)
		}
	}
	for _, id := range append([]int{g.VHID}, g.Also...) {
		vips = append(vips, fmt.Sprintf("vip.v%d", id))
	}
	p("failover %q {\n  vips = [%s]\n  storage = [%s]", g.Name, strings.Join(vips, ", "), strings.Join(storage, ", "))
	if len(g.Services) > 0 {
		p("  services = [\"%s\"]", strings.Join(g.Services, `", "`))
	}
	all := over(policies, policy)
	if len(g.Resources) == 0 { // these words are about silent peers
		delete(all, "patience")
	}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if all[k] == "" {
			continue
		}
		if strings.HasPrefix(all[k], "{") {
			p("  %s %s", k, all[k])
		} else {
			p("  %s = %s", k, all[k])
		}
	}
	p("}")
}

// rendered are the files that carpool makes for one host of the world, which has to be free of errors.
func rendered(t *testing.T, w *World, h *Host, policy map[string]string) map[string]generator.File {
	t.Helper()
	text := describe(w, policy)
	src, diags := schema.Parse(map[string][]byte{"world.hcl": []byte(text)})
	c, more := schema.Decode(src, schema.Inputs{})
	if diags = append(diags, more...); c != nil {
		diags = append(diags, rules.Check(c)...)
	}
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Errs(), text)
	}
	files, err := generator.Render(c, generator.Options{Hosts: []string{h.Name}})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]generator.File{}
	for _, f := range files {
		m[f.Path] = f
	}
	return m
}

// adjust replaces settings of a rendered settings file; a name without a prefix means that of every group.
func adjust(t *testing.T, text string, settings map[string]string) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if settings[name] == "" { // as rendered
			continue
		}
		re := regexp.MustCompile(`(?m)^((?:g\d+_)?` + name + `)='[^']*'$`)
		if !re.MatchString(text) {
			t.Fatalf("there is no setting %s", name)
		}
		text = re.ReplaceAllString(text, "${1}='"+settings[name]+"'")
	}
	return text
}
