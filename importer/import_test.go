package importer

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carpool/generator"
	"carpool/importer/tree"
	"carpool/schema"
	"carpool/schema/rules"
)

// reimport describes hosts, renders the description and returns how the boots
// differ. It fails where the description does not decode.
func reimport(t *testing.T, hosts []*Host) (diffs []Difference, d *Description, found []string) {
	t.Helper()
	c := Read(hosts)
	d = c.Describe("imported")
	src, diags := schema.Parse(map[string][]byte{"imported.hcl": d.HCL})
	in := schema.Inputs{RequireSecrets: true, Vars: []schema.VarArg{{Text: "secrets.vars.hcl", File: true, Data: d.VarFile()}}}
	cluster, more := schema.Decode(src, in)
	if diags = append(diags, more...); diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, d.HCL)
	}
	for _, x := range rules.Check(cluster) {
		found = append(found, schema.FindingOf(x).Code+" "+x.Summary)
	}
	files, err := generator.Render(cluster, generator.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, d.HCL)
	}
	for _, h := range hosts {
		own := map[string][]byte{}
		for _, f := range files {
			if f.Node == h.Name {
				own["/"+f.Path] = f.Data
			}
		}
		diffs = append(diffs, h.Differences(own)...)
	}
	return diffs, d, found
}

// TestReimport holds that what carpool renders can be imported and boots the
// same when it is rendered again.
func TestReimport(t *testing.T) {
	dirs, err := filepath.Glob("../golden/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no golden trees: ", err)
	}
	for _, dir := range dirs {
		trees, _ := filepath.Glob(filepath.Join(dir, "*", "etc"))
		if len(trees) == 0 {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var hosts []*Host
			for _, etc := range trees {
				tr, err := tree.Open(filepath.Dir(etc))
				if err != nil {
					t.Fatal(err)
				}
				defer tr.Close()
				hosts = append(hosts, NewHost(filepath.Base(filepath.Dir(etc)), filepath.Dir(etc), tr, nil))
			}
			diffs, d, found := reimport(t, hosts)
			for _, x := range diffs {
				t.Errorf("%+v", x)
			}
			for _, f := range found {
				t.Logf("found %s", f)
			}
			for _, s := range d.Secrets {
				if strings.Contains(string(d.HCL), s.Value) {
					t.Errorf("the description holds a password")
				}
			}
			if t.Failed() {
				t.Logf("%s", d.HCL)
			}
		})
	}
}

// departures are the setups of which a boot cannot be said in full, with what
// is missing; docs/corpus.md says why.
var departures = map[string]string{
	"10-fbsd-test-basic-v4v6":      "no_dad",
	"11-fbsd-test-unicast":         "no_dad",
	"30-coscup-hast-gce":           "load geom_gate",
	"42-pastebin-archangel":        "127.0.0.1/8 net.inet.ip.forwarding=1",
	"45-oni-freebsd6":              "carp1",
	"51-bsdrp-jails-active-active": "vlans_",
	"52-bsdrp-vrrp":                "pass (secret)",
	"54-dnsdist-ha-agent":          "inet6 -ifdisabled",
}

func TestReimportCorpus(t *testing.T) {
	dirs, _ := filepath.Glob("testdata/corpus/*")
	for _, dir := range dirs {
		setup := filepath.Base(dir)
		t.Run(setup, func(t *testing.T) {
			prefixes := parts[setup]
			if prefixes == nil {
				prefixes = []string{""}
			}
			for _, p := range prefixes {
				hosts := slices.DeleteFunc(corpusHosts(t, setup, ""), func(h *Host) bool { return !strings.HasPrefix(h.Name, p) })
				diffs, _, _ := reimport(t, hosts)
				for _, x := range diffs {
					if departures[setup] == "" {
						t.Errorf("%+v", x)
					}
				}
			}
		})
	}
}

// TestImportHidesPasswords holds that a password is a variable wherever it
// stands in rc.conf.
func TestImportHidesPasswords(t *testing.T) {
	text := "pw=Sosecret1\nifconfig_em0=\"inet 10.0.0.1/24\"\nifconfig_em0_alias0=\"inet vhid 1 pass $pw 10.0.0.3/24\"\nucarp_pass=Another1\n"
	h := NewHost("a", "a", tree.Memory(map[string][]byte{"/etc/rc.conf": []byte(text)}), nil)
	diffs, d, _ := reimport(t, []*Host{h})
	if s := string(d.HCL); strings.Contains(s, "Sosecret1") || strings.Contains(s, "Another1") {
		t.Errorf("a password is shown:\n%s", s)
	}
	if len(d.Secrets) != 2 || len(diffs) > 0 {
		t.Errorf("%v %v", d.Secrets, diffs)
	}
}
