package trace

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"carpool/importer/tree"
	"carpool/schema"
)

var (
	release9  = schema.Release{Major: 9, Minor: 3}
	release13 = schema.Release{Major: 13, Minor: 2}
)

func lines(commands []Command, stages ...string) string {
	var b strings.Builder
	for _, c := range commands {
		if len(stages) == 0 || strings.Contains(strings.Join(stages, " "), c.Stage) {
			b.WriteString(c.String() + "\n")
		}
	}
	return b.String()
}

// TestNetif compares with what network.subr, rc.d/netif and rc.d/bridge of each release did with the same
// rc.conf and an ifconfig that records its arguments.
func TestNetif(t *testing.T) {
	files, _ := filepath.Glob("testdata/netif/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		host := tree.Memory(map[string][]byte{"/etc/rc.conf": archive.Files[0].Data})
		for _, want := range archive.Files[1:] {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+want.Name, func(t *testing.T) {
				release, err := schema.ParseRelease(want.Name)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := Boot(host, release, Options{})
				if d := cmp.Diff(string(want.Data), lines(got, "netif", "bridge")); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

var host = map[string][]byte{
	"/boot/loader.conf": []byte("carp_load=\"YES\"\nzfs_load=\"NO\"\n"),
	"/etc/sysctl.conf":  []byte("net.inet.carp.preempt=1\nkern.x=2\n"),
	"/etc/hast.conf":    []byte(""),
	"/etc/rc.conf": []byte("ifconfig_em0=\"inet 10.0.0.1/24\"\nkld_list=\"carp aesni.ko\"\nzfs_enable=YES\nhastd_enable=YES\n" +
		"gateway_enable=YES\npfsync_enable=YES\npfsync_syncdev=em1\npfsync_syncpeer=10.1.0.2\n"),
	"/etc/rc.conf.d/netif": []byte("ifconfig_em0_alias0=\"inet vhid 1 pass x 10.0.0.3/32\"\n"),
	"/etc/start_if.em0":    []byte("ifconfig em0 media auto\nsysctl net.x=1 >/dev/null\nlogger starting\n"),
}

func TestBootOrder(t *testing.T) {
	const want = `load carp
sysctl net.inet.carp.preempt=1
sysctl kern.x=2
kldload zfs
kldload aesni
ifconfig lo0 up
ifconfig lo0 inet 127.0.0.1/8 alias
ifconfig em0 media auto
sysctl net.x=1
ifconfig em0 inet 10.0.0.1/24
ifconfig em0 up
ifconfig em0 inet vhid 1 pass x 10.0.0.3/32 alias
kldload pf
kldload pfsync
ifconfig pfsync0 syncpeer 10.1.0.2 syncdev em1 up
sysctl net.inet.ip.forwarding=1
kldload geom_gate
sysctl net.inet.carp.preempt=1
sysctl kern.x=2
`
	got, diags := Boot(tree.Memory(host), release13, Options{})
	if d := cmp.Diff(want, lines(got)); d != "" || len(diags) != 1 { // logger was not run
		t.Error(d, diags)
	}
	for _, c := range got {
		if c.Args[0] == "ifconfig" && c.Args[1] == "em0" && c.Range.Filename == "" {
			t.Errorf("%s: no place", c)
		}
	}
}

// TestCarpLate: with the module from kld_list the variables of carp do not exist at first.
func TestCarpLate(t *testing.T) {
	files := map[string][]byte{
		"/etc/rc.conf":     []byte("kld_list=carp\nifconfig_em0=\"up\"\nifconfig_em0_alias0=\"inet vhid 1 10.0.0.3/32\"\n"),
		"/etc/sysctl.conf": []byte("net.inet.carp.preempt=1\n"),
	}
	got, diags := Boot(tree.Memory(files), release13, Options{})
	const want = "kldload carp\nsysctl net.inet.carp.preempt=1\n"
	if d := cmp.Diff(want, lines(got, "sysctl", "kld", "sysctl_lastload")); d != "" || diags != nil {
		t.Error(d, diags)
	}
	files["/etc/rc.conf"] = []byte("ifconfig_em0=\"up\"\nifconfig_em0_alias0=\"inet vhid 1 10.0.0.3/32\"\n")
	_, diags = Boot(tree.Memory(files), release13, Options{})
	if len(diags) != 1 || diags[0].Summary != "No carp module" || diags[0].Subject.Start.Line != 2 {
		t.Error(diags)
	}
}

func TestCarpInterfacesOn10(t *testing.T) {
	host := tree.Memory(map[string][]byte{"/etc/rc.conf": []byte("cloned_interfaces=carp0\nifconfig_carp0=\"vhid 1 10.0.0.3/24\"\n")})
	got, _ := Boot(host, release9, Options{})
	if !strings.Contains(lines(got), "ifconfig carp0 vhid 1 10.0.0.3/24\n") {
		t.Error(lines(got))
	}
	got, diags := Boot(host, release13, Options{})
	if strings.Contains(lines(got), "vhid") || len(diags) != 1 {
		t.Error(lines(got), diags)
	}
}

func TestBrokenRcConf(t *testing.T) {
	host := tree.Memory(map[string][]byte{
		"/boot/loader.conf": []byte("carp_load=YES\n"), "/etc/rc.conf": []byte("ifconfig_em0=\"up\"\nhostname=\"x\n")})
	got, diags := Boot(host, release13, Options{})
	if lines(got) != "load carp\n" || !diags.HasErrors() {
		t.Error(lines(got), diags)
	}
}

func TestEvent(t *testing.T) {
	files := map[string][]byte{"/usr/local/etc/devd/x.conf": []byte(
		"notify 30 { match \"system\" \"CARP\"; match \"subsystem\" \"1@em0\"; action \"/x $type $subsystem &\"; };\n")}
	run, diags := Event(tree.Memory(files), release13, "CARP", "1@em0", "MASTER")
	if run == nil || diags != nil || run.Commands[0] != "/x $'MASTER' $'1@em0' &" {
		t.Error(run, diags)
	}
	if run, _ := Event(tree.Memory(files), release13, "CARP", "2@em0", "MASTER"); run != nil {
		t.Error(run)
	}
	files["/etc/rc.conf"] = []byte("devd_enable=NO\n")
	if run, _ := Event(tree.Memory(files), release13, "CARP", "1@em0", "MASTER"); run != nil {
		t.Error(run)
	}
}

func TestHostile(t *testing.T) {
	tests := map[string]string{
		"ranges of ranges": "ifconfig_em0=up\nifconfig_em0_alias0=\"inet 1-255.1-255.1-255.1-255/24\"",
		"huge range":       "ifconfig_em0=up\nnetif_ipexpand_max=999999999\nifconfig_em0_alias0=\"inet 1-999999999.0.0.1/24\"",
		"vlans in vlans":   "vlans_em0=\"em0 em0\"\nifconfig_em0=up",
		"many clones":      "cloned_interfaces=\"" + strings.Repeat("lagg0 ", 10000) + "\"",
		"many aliases":     "ifconfig_em0=up\n" + strings.Repeat("ifconfig_em0_aliases=\"$ifconfig_em0_aliases inet 10.0.0.1/32\"\n", 2000),
		"hyphens":          "ifconfig_em0=up\nifconfig_em0_aliases=\"" + strings.Repeat("inet a-b ", 5000) + "\"",
		"eval bomb":        "ifconfig_em0='up; f() { f; f; }; f'",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			Boot(tree.Memory(map[string][]byte{"/etc/rc.conf": []byte(src)}), release13, Options{})
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzBoot(f *testing.F) {
	f.Add([]byte("ifconfig_em0=\"inet 10.0.0.1/24\"\nifconfig_em0_alias0=\"inet 10.0.0.2-5/32\"\nvlans_em0=\"5 x\"\ncloned_interfaces=\"lagg0 epair0\"\n"))
	f.Add([]byte("ifconfig_em0_ipv6=\"inet6 ::1\"\nifconfig_em0_alias0=\"inet6 2001:db8::a-c/64\"\nifconfig_em0_name=x\ngif_interfaces=gif0\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		host := tree.Memory(map[string][]byte{"/etc/rc.conf": src})
		for _, r := range []schema.Release{release9, release13} {
			Boot(host, r, Options{})
		}
	})
}

// TestPublished boots every published setup on every release: none may end in silence.
func TestPublished(t *testing.T) {
	files, _ := filepath.Glob("../testdata/corpus/*/expect/*/rc.conf")
	for _, file := range files {
		host, err := tree.Open(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		defer host.Close()
		src, err := host.ReadFile("rc.conf")
		if err != nil {
			t.Fatal(err)
		}
		for _, release := range []schema.Release{{Major: 8}, release9, {Major: 10, Minor: 4}, {Major: 12, Minor: 1}, release13, {Major: 15}} {
			got, diags := Boot(tree.Memory(map[string][]byte{"/etc/rc.conf": src}), release, Options{})
			if len(got) == 0 && !diags.HasErrors() {
				t.Errorf("%s on %s: nothing", file, release)
			}
		}
	}
}
