package importer

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"golang.org/x/tools/txtar"

	"carpool/generator"
	"carpool/importer/tree"
	"carpool/schema"
	"carpool/schema/rules"
)

// reimported is what came of importing hosts and rendering the description.
type reimported struct {
	diffs []Difference
	d     *Description
	found []string // by the rules
	files []generator.File
}

// reimport describes hosts, renders the description and says how the files
// differ. It fails where the description does not decode or render.
func reimport(t *testing.T, hosts []*Host) reimported {
	t.Helper()
	r := reimported{d: Read(hosts).Describe("imported")}
	src, diags := schema.Parse(map[string][]byte{"imported.hcl": r.d.HCL})
	in := schema.Inputs{RequireSecrets: true, Vars: []schema.VarArg{{Text: "secrets.vars.hcl", File: true, Data: r.d.VarFile()}}}
	cluster, more := schema.Decode(src, in)
	if diags = append(diags, more...); diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, r.d.HCL)
	}
	for _, x := range rules.Check(cluster) {
		r.found = append(r.found, schema.FindingOf(x).Code+" "+x.Summary)
	}
	files, err := generator.Render(cluster, generator.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, r.d.HCL)
	}
	r.files = files
	for _, h := range hosts {
		own := map[string][]byte{}
		for _, f := range files {
			if f.Node == h.Name {
				own["/"+f.Path] = f.Data
			}
		}
		r.diffs = append(r.diffs, h.Differences(own)...)
	}
	return r
}

// TestReimport holds that what carpool renders imports back to a description
// that renders the same files, to the byte: with the failovers, their policies,
// storage, services and hooks.
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
			r := reimport(t, hosts)
			for _, x := range r.diffs {
				t.Errorf("%+v", x)
			}
			for _, f := range r.found {
				t.Errorf("found %s", f)
			}
			sameTree(t, dir, r.files)
			for _, s := range r.d.Secrets {
				if strings.Contains(string(r.d.HCL), s.Value) {
					t.Errorf("the description holds a password")
				}
			}
			if t.Failed() {
				t.Logf("%s", r.d.HCL)
			}
		})
	}
}

// sameTree compares rendered files with those below dir, both ways. Programs
// are the same for everybody and not kept there.
func sameTree(t *testing.T, dir string, files []generator.File) {
	t.Helper()
	got := map[string]string{}
	for _, f := range files {
		if f.Mode&0o111 == 0 && !strings.HasSuffix(path.Dir(f.Path), "scripts") && !strings.Contains(f.Path, "libexec") {
			got[f.Node+"/"+f.Path] = string(f.Data)
		}
	}
	want := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Dir(name) == filepath.Clean(dir) {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		want[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// departures reads testdata/departures.txt: per setup the differences that an
// import leaves, each with the sign of the tree that has it.
func departures(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/departures.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string][]string{}
	setup := ""
	for l := range strings.Lines(string(data)) {
		l = strings.TrimRight(l, "\n")
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case l[0] != '-' && l[0] != '+':
			setup = l
		default:
			list[setup] = append(list[setup], l)
		}
	}
	return list
}

func (x Difference) line() string {
	sign, event := "-", ""
	if x.Added {
		sign = "+"
	}
	if x.Event != "" {
		event = x.Event + ": "
	}
	return sign + " " + x.Host + ": " + event + x.Command
}

// TestReimportCorpus holds that the description of a setup renders to files
// whose boot, answers to every event and hast.conf are those of the originals,
// but for what departures.txt lists.
func TestReimportCorpus(t *testing.T) {
	listed := departures(t)
	for _, pattern := range []string{"testdata/corpus/*", "testdata/setups/*.txtar"} {
		setups, _ := filepath.Glob(pattern)
		if len(setups) == 0 {
			t.Fatal("nothing in ", pattern)
		}
		for _, name := range setups {
			setup := strings.TrimSuffix(filepath.Base(name), ".txtar")
			want := listed[setup]
			delete(listed, setup)
			t.Run(setup, func(t *testing.T) {
				var got []string
				for _, hosts := range setupHosts(t, name) {
					r := reimport(t, hosts)
					for _, x := range r.diffs {
						got = append(got, x.line())
					}
					canonical(t, r.d.HCL)
					if os.Getenv("CARPOOL_SHOW") != "" {
						t.Logf("%s\n%s", r.d.HCL, strings.Join(r.found, "\n"))
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
			})
		}
	}
	for setup := range listed {
		t.Errorf("departures.txt lists %s, which is not there", setup)
	}
}

// canonical holds that carpool fmt would change nothing.
func canonical(t *testing.T, text []byte) {
	t.Helper()
	if d := cmp.Diff(string(hclwrite.Format(text)), string(text)); d != "" {
		t.Error(d)
	}
}

// setupHosts reads the hosts of one setup; those of one with parts are several
// clusters.
func setupHosts(t *testing.T, name string) [][]*Host {
	t.Helper()
	if strings.HasSuffix(name, ".txtar") {
		return [][]*Host{archiveHosts(t, name)}
	}
	setup := filepath.Base(name)
	prefixes := parts[setup]
	if prefixes == nil {
		prefixes = []string{""}
	}
	var list [][]*Host
	for _, p := range prefixes {
		list = append(list, slices.DeleteFunc(corpusHosts(t, setup, ""), func(h *Host) bool { return !strings.HasPrefix(h.Name, p) }))
	}
	return list
}

// archiveHosts reads the hosts of a txtar archive: HOST/etc/rc.conf and so on.
func archiveHosts(t *testing.T, name string) []*Host {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]map[string][]byte{}
	for _, f := range a.Files {
		host, rest, ok := strings.Cut(f.Name, "/")
		if !ok {
			t.Fatalf("%s: %s is in no host's folder", name, f.Name)
		}
		if files[host] == nil {
			files[host] = map[string][]byte{}
		}
		files[host]["/"+rest] = f.Data
	}
	var hosts []*Host
	for _, host := range slices.Sorted(maps.Keys(files)) {
		hosts = append(hosts, NewHost(host, host, tree.Memory(files[host]), nil))
	}
	return hosts
}

// TestImportHidesPasswords holds that a password is a variable wherever it
// stands in rc.conf.
func TestImportHidesPasswords(t *testing.T) {
	text := "pw=Sosecret1\nifconfig_em0=\"inet 10.0.0.1/24\"\nifconfig_em0_alias0=\"inet vhid 1 pass $pw 10.0.0.3/24\"\nucarp_pass=Another1\n"
	h := NewHost("a", "a", tree.Memory(map[string][]byte{"/etc/rc.conf": []byte(text)}), nil)
	r := reimport(t, []*Host{h})
	if s := string(r.d.HCL); strings.Contains(s, "Sosecret1") || strings.Contains(s, "Another1") {
		t.Errorf("a password is shown:\n%s", s)
	}
	if len(r.d.Secrets) != 2 || len(r.diffs) > 0 {
		t.Errorf("%v %v", r.d.Secrets, r.diffs)
	}
}
