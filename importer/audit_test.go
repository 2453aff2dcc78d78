package importer

import (
	"path/filepath"
	"strings"
	"testing"

	"carpool/importer/tree"
	"carpool/schema"
)

// found audits hosts given as files, HOST/PATH and text, and returns the
// findings as "CODE FILE:LINE".
func found(t *testing.T, files map[string]string) []string {
	t.Helper()
	byHost := map[string]map[string][]byte{}
	for name, text := range files {
		host, path, _ := strings.Cut(name, "/")
		if byHost[host] == nil {
			byHost[host] = map[string][]byte{}
		}
		byHost[host]["/"+path] = []byte(text)
	}
	var hosts []*Host
	for name, f := range byHost {
		hosts = append(hosts, NewHost(name, name, tree.Memory(f), nil))
	}
	sortHosts(hosts)
	var out []string
	c := Read(hosts)
	for _, d := range c.Audit() {
		f := schema.FindingOf(d)
		place := ""
		if d.Subject != nil {
			place = " " + d.Subject.Filename + ":" + strings.SplitN(d.Subject.String()[len(d.Subject.Filename)+1:], ",", 2)[0]
			if _, ok := c.Source.Excerpt(*d.Subject); !ok {
				t.Errorf("no text for %s", d.Subject)
			}
		}
		if strings.Contains(d.Summary+d.Detail, "Lucas") {
			t.Errorf("a password is shown: %s %s", d.Summary, d.Detail)
		}
		out = append(out, f.Code+place)
	}
	return out
}

const (
	loaderA = `carp_load="YES"` + "\n"
	sysctlA = "net.inet.carp.preempt=1\n"
)

// base is a pair without a fault.
func base() map[string]string {
	files := map[string]string{}
	for host, n := range map[string]string{"a": "1", "b": "2"} {
		files[host+"/boot/loader.conf"] = loaderA
		files[host+"/etc/sysctl.conf"] = sysctlA
		files[host+"/etc/rc.conf"] = "hostname=\"" + host + ".example.org\"\nifconfig_em0=\"inet 10.0.0." + n + "/24\"\n" +
			"ifconfig_em0_alias0=\"inet vhid 1 advskew " + n + "0 pass FeedLucas 10.0.0.3/24\"\ndevd_enable=\"YES\"\n"
	}
	return files
}

const rule = "notify 30 {\n\tmatch \"system\" \"CARP\";\n\tmatch \"subsystem\" \"1@em0\";\n\taction \"/usr/local/bin/act $type\";\n};\n"

func TestAudit(t *testing.T) {
	tests := map[string]struct {
		change func(f map[string]string)
		want   []string
	}{
		"clean":    {func(map[string]string) {}, nil},
		"vhid":     {edit("b/etc/rc.conf", "vhid 1", "vhid 2"), []string{"CARP002 b/etc/rc.conf:3"}},
		"password": {edit("b/etc/rc.conf", "FeedLucas", "FedLucas1"), []string{"CARP010 b/etc/rc.conf:3"}},
		"address":  {edit("b/etc/rc.conf", "10.0.0.3", "10.0.0.4"), []string{"CARP030 b/etc/rc.conf:3"}},
		"alone":    {edit("b/etc/rc.conf", "ifconfig_em0_alias0", "#"), []string{"HOST010 a/etc/rc.conf:3"}},
		"preempt":  {edit("b/etc/sysctl.conf", "=1", "=0"), []string{"CARP081 b/etc/sysctl.conf:1"}},
		"old form": {edit("b/etc/rc.conf", "devd", "cloned_interfaces=carp0\nifconfig_carp0=\"vhid 1 10.0.0.3/24\"\ndevd"), []string{"HOST012 b/etc/rc.conf:5"}},
		"mask":     {edit("a/etc/rc.conf", "10.0.0.3/24", "10.0.0.3"), []string{"CARP031 b/etc/rc.conf:3", "HOST021 a/etc/rc.conf:3"}},
		"name":     {edit("b/etc/rc.conf", "b.example", "a.example"), []string{"RC002 b/etc/rc.conf:1"}},
		"shadowed": {add("a/etc/devd/x.conf", rule+rule), []string{"HOST011 a/etc/devd/x.conf:6"}},
		"never":    {add("a/etc/devd/x.conf", strings.ReplaceAll(rule, "em0", "em1")), []string{"HOST013 a/etc/devd/x.conf:1"}},
		"ifnet":    {add("a/etc/devd/x.conf", strings.NewReplacer("CARP", "IFNET", "1@em0", "carp0").Replace(rule)), []string{"HOST013 a/etc/devd/x.conf:1"}},
		"no devd": {func(f map[string]string) {
			edit("a/etc/rc.conf", `devd_enable="YES"`, `devd_enable="NO"`)(f)
			add("a/etc/devd/x.conf", rule)(f)
		}, []string{"HOST019 a/etc/devd/x.conf:1"}},
		"boot": {func(f map[string]string) {
			add("a/etc/devd/x.conf", rule)(f)
			add("a/usr/local/bin/act", "#!/bin/sh\nservice nfsd onestart\n")(f)
			edit("a/etc/rc.conf", "devd_enable", "nfs_server_enable=YES\ndevd_enable")(f)
		}, []string{"HOST014 a/etc/rc.conf:4"}},
		"switched": {func(f map[string]string) {
			add("a/usr/local/etc/carp-hast-switch.conf", "settings_format='1'\ngroups='g1'\ng1_name='files'\ng1_services='mountd\nnfsd'\nsettings_complete='yes'\n")(f)
			edit("a/etc/rc.conf", "devd_enable", "nfs_server_enable=YES\ndevd_enable")(f)
		}, []string{"HOST014 a/etc/rc.conf:4"}},
		"zpool.cache": {func(f map[string]string) {
			add("a/boot/zfs/zpool.cache", "\x00\x01name\x00tank\x00path\x00/dev/hast/shared\x00")(f)
			edit("a/etc/rc.conf", "devd_enable", "zfs_enable=YES\ndevd_enable")(f)
		}, []string{"HOST015 a/boot/zfs/zpool.cache:1"}},
		"fstab": {add("a/etc/fstab", "/dev/ada0p2\t/\tufs\trw\t1\t1\n/dev/hast/x\t/x\tufs\trw\t2\t2\n"), []string{"HOST015 a/etc/fstab:2"}},
		"syntax": {edit("b/etc/rc.conf", "10.0.0.3/24\"", "10.0.0.3/24"),
			[]string{"HOST001 b/etc/rc.conf:"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := base()
			tt.change(f)
			got := found(t, f)
			for _, w := range tt.want {
				if !strings.Contains(strings.Join(got, "\n"), w) {
					t.Errorf("no %s in %q", w, got)
				}
			}
			if tt.want == nil && len(got) > 0 {
				t.Errorf("found %q", got)
			}
		})
	}
}

func edit(file, old, new string) func(map[string]string) {
	return func(f map[string]string) { f[file] = strings.Replace(f[file], old, new, 1) }
}

func add(file, text string) func(map[string]string) {
	return func(f map[string]string) { f[file] = text }
}

// TestRenderedTreesAreClean holds that nothing is found in what carpool
// writes: the readers understand it as it was meant.
func TestRenderedTreesAreClean(t *testing.T) {
	dirs, err := filepath.Glob("../golden/*/*/etc")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no golden trees: ", err)
	}
	examples := map[string][]*Host{}
	for _, d := range dirs {
		dir := filepath.Dir(d)
		tr, err := tree.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		name := filepath.Base(filepath.Dir(dir))
		examples[name] = append(examples[name], NewHost(filepath.Base(dir), dir, tr, nil))
	}
	for name, hosts := range examples {
		t.Run(name, func(t *testing.T) {
			c := Read(hosts)
			for _, d := range c.Audit() {
				t.Errorf("%s: %s: %s", d.Subject, schema.FindingOf(d).Code, d.Summary)
			}
			if len(c.VIPs) == 0 {
				t.Error("no vip found")
			}
			for _, v := range c.VIPs {
				if len(v.Members) != len(hosts) && name != "firewall" && name != "fleet" {
					t.Errorf("%s has %d members of %d", v.Address(), len(v.Members), len(hosts))
				}
			}
		})
	}
}

func TestSecretsInSource(t *testing.T) {
	text := "P=Sosecret1\nifconfig_em0_alias0=\"vhid 1 pass Sosecret1 10.0.0.3/24\"\nucarp_pass=\"Sosecret1\"\n"
	h := NewHost("a", "a", tree.Memory(map[string][]byte{"/etc/rc.conf": []byte(text)}), nil)
	Read([]*Host{h})
	h.text("/etc/rc.conf")
	src := sourceOf([]*Host{h})
	for line := 1; line <= 3; line++ {
		r := h.place(h.text("/etc/rc.conf").Range(0, 1))
		r.Start.Line = line
		got, ok := src.Excerpt(r)
		if !ok || strings.Contains(got.Text, "Sosecret") {
			t.Errorf("line %d: %q %v", line, got.Text, ok)
		}
	}
}
