package importer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carpool/importer/tree"
	"carpool/schema"
)

// patience is how long a hostile tree may keep audit and import busy: ten times what the
// worst one takes, since machines differ and the race detector takes its time.
const patience = 5 * time.Minute

// survive reads, audits and describes hosts, and holds that the description
// decodes. It returns the codes of the findings.
func survive(t *testing.T, hosts []*Host) string {
	t.Helper()
	start := time.Now()
	c := Read(hosts)
	var codes []string
	for _, d := range c.Audit() {
		codes = append(codes, schema.FindingOf(d).Code)
	}
	d := Read(hosts).Describe("imported")
	src, diags := schema.Parse(map[string][]byte{"imported.hcl": d.HCL})
	_, more := schema.Decode(src, schema.Inputs{RequireSecrets: true, Vars: []schema.VarArg{{Text: "s", File: true, Data: d.VarFile()}}})
	if diags = append(diags, more...); diags.HasErrors() {
		t.Errorf("%v\n%.2000s", diags[0], d.HCL)
	}
	for _, h := range hosts {
		h.Differences(nil)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("it took %s", took)
	}
	return strings.Join(codes, " ")
}

// TestHostileFiles holds that files made to keep a reader busy end in a finding
// or in a description, soon.
func TestHostileFiles(t *testing.T) {
	var aliases, rules, resources strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&aliases, "ifconfig_em0_alias%d=\"inet vhid %d 10.%d.%d.1/32\"\n", i, i%255+1, i/250, i%250)
		fmt.Fprintf(&rules, "notify %d { match \"system\" \"CARP\"; match \"subsystem\" \"(%d|x)@(em0|em1)\"; action \"/bin/x%d\"; };\n", i%50, i%255, i)
		fmt.Fprintf(&resources, "resource r%d { on a { local /dev/a%d\nremote 10.0.0.2 }\non b { local /dev/b\nremote 10.0.0.1 } }\n", i, i)
	}
	tests := map[string]struct {
		files map[string]string
		want  string // a code that has to be found
	}{
		"loop":            {map[string]string{"/etc/rc.conf": "while :; do :; done\n"}, CodeRC},
		"fork bomb":       {map[string]string{"/etc/rc.conf": "f() { f | f & }; f\n"}, CodeRC},
		"variable":        {map[string]string{"/etc/rc.conf": "a=xxxxxxxxxx; while :; do a=$a$a; done\n"}, CodeRC},
		"includes itself": {map[string]string{"/etc/rc.conf": ". /etc/rc.conf\n"}, CodeRC},
		"aliases":         {map[string]string{"/etc/rc.conf": "ifconfig_em0=\"inet 10.0.0.1/8\"\n" + aliases.String()}, ""},
		"rules": {map[string]string{
			"/etc/rc.conf": "ifconfig_em0=\"inet 10.0.0.1/8\"\n" + aliases.String(), "/etc/devd/x.conf": rules.String(),
		}, CodeNever},
		"resources":     {map[string]string{"/etc/rc.conf": "hostname=a\n", "/etc/hast.conf": resources.String()}, ""},
		"expression":    {map[string]string{"/etc/devd/x.conf": `notify 1 { match "system" "((((a{1,200}){1,200}){1,200}){1,200})*"; action "/bin/x"; };` + "\n"}, ""},
		"settings":      {map[string]string{switchFile: "settings_format='1'\nwhile :; do groups=\"$groups g1\"; done\nsettings_complete='yes'\n"}, ""},
		"groups":        {map[string]string{switchFile: "settings_format='1'\ngroups='" + strings.Repeat(" g1", 5000) + "'\ng1_storage='" + strings.Repeat(" g1s1", 5000) + "'\nsettings_complete='yes'\n"}, ""},
		"script":        {map[string]string{"/etc/devd/x.conf": `notify 1 { match "system" "CARP"; action "/bin/s"; };` + "\n", "/bin/s": strings.Repeat("(", 60000)}, ""},
		"odd names":     {map[string]string{"/etc/rc.conf": "hostname=\"a b;c\"\nifconfig_em0_1_2=\"inet 10.0.0.1/24\"\nifconfig__x=up\nifconfig_=up\ncloned_interfaces=\"a;b -x 7 .y\"\n"}, ""},
		"odd values":    {map[string]string{"/etc/rc.conf": "x=\"${y:-\\${z}} %{if}\"\nbanner='a\nb'\nq=\"\t\"\n", "/etc/sysctl.conf": "a.b=${c}\n", "/boot/loader.conf": "k=\"%{x}\"\n"}, ""},
		"odd resource":  {map[string]string{"/etc/rc.conf": "hostname=a\n", "/etc/hast.conf": "resource a/b:c { on a { local /dev/x\nremote none } }\n"}, ""},
		"vhid too high": {map[string]string{"/etc/rc.conf": "ifconfig_em0=\"inet 10.0.0.1/24\"\nifconfig_em0_alias0=\"inet vhid 999 advskew 999 pass x 10.0.0.3/24\"\n"}, "CARP003"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{}
			for n, text := range tt.files {
				files[n] = []byte(text)
			}
			if codes := survive(t, []*Host{NewHost("a", "a", tree.Memory(files), nil)}); !strings.Contains(codes, tt.want) {
				t.Errorf("no %s in %.200q", tt.want, codes)
			}
		})
	}
}

// TestHostileLinks holds that links out of a tree, circles of them and devices
// are findings, whichever of the files they stand for.
func TestHostileLinks(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hostname=stolen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/etc/rc.conf", "/etc/hast.conf", "/etc/devd.conf", "/etc/sysctl.conf", "/boot/loader.conf", "/etc/fstab", switchFile} {
		for kind, target := range map[string]string{"out": "../../../../../../../../../.." + secret, "circle": filepath.Base(name), "device": "../../../../../../../../../../dev/zero"} {
			t.Run(kind+name, func(t *testing.T) {
				dir := t.TempDir()
				full := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(target, full); err != nil {
					t.Fatal(err)
				}
				tr, err := tree.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				defer tr.Close()
				h := NewHost("a", dir, tr, nil)
				survive(t, []*Host{h})
				if h.cfg.Value("hostname") == "stolen" {
					t.Error("it read a file outside of the tree")
				}
			})
		}
	}
}
