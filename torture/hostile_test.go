package torture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carpool/generator"
)

// hostileParts are what hostile strings are made of. Each that is a command
// makes a file when it runs, and needs no program for it.
var hostileParts = []string{
	"$(>PWNED)", "`>PWNED`", "\n>PWNED\n", ";>PWNED;", "&>PWNED&", "|>PWNED|", "||>PWNED", "'", "\"", "\\", "\\\\", "\\\n", "\r\n", "\n",
	"';>PWNED;'", "\";>PWNED;\"", "'$(>PWNED)'", "${x:=$(>PWNED)}", "$((x=1))", "${HOME}", "$HOME", "$", "~", "~root", "*", "?", "[a-z]", "{a,b}",
	"<PWNED", ">PWNED", ">>PWNED", "#", " #", "!", "!!", "%", "%s%n", "%%", "=", "(", ")", "()", "{", "}", "};>PWNED;{", "EOF\n>PWNED\nEOF\n",
	"ä", "日本", "\u202e", "\u200b", "\u2028", "\u00a0", "\u0000", "\u0007", "\u001b[2J", "\u001b]0;x\u0007", "\u007f", "\u0085", "\t", " ",
	"a", "x=1", "-n", "--", "word", "0", "../", "/", "NUL", "{{", "{%", "${#x}", "vhid 1 pass x",
}

func hostileText(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(4) {
		b.WriteString(hostileParts[random.IntN(len(hostileParts))])
	}
	return b.String()
}

// hclText writes s as a literal of HCL.
func hclText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '$' || r == '%':
			b.WriteString(string(r))
			if strings.Contains(s, string(r)+"{") {
				b.WriteString("${\"\"}") // so that no template begins behind it
			}
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "\""
}

// slot is one place of a description that takes text of the author.
type slot struct {
	name string
	set  func(d *site, s string)
	// intact is the file in which the value has to come back, "" if what
	// becomes of it is more than the value.
	intact string
}

// site is a description with something of the author in every slot.
type site struct {
	rcKey, rc, sysctlKey, sysctl, loaderKey, loader             string
	password, service, mail, hook, fence, check                 string
	option, description, hostname, local, exec, mount, fsOption string
	node, vip, failover, domain                                 string
	output                                                      string // the body of the block
}

var slots = []slot{
	{"rc", func(d *site, s string) { d.rc = s }, "rc.conf"},
	{"rc key", func(d *site, s string) { d.rcKey = s }, ""},
	{"sysctl", func(d *site, s string) { d.sysctl = s }, ""},
	{"sysctl key", func(d *site, s string) { d.sysctlKey = s }, ""},
	{"loader", func(d *site, s string) { d.loader = s }, ""},
	{"loader key", func(d *site, s string) { d.loaderKey = s }, ""},
	{"password", func(d *site, s string) { d.password = s }, "rc.conf"},
	{"services", func(d *site, s string) { d.service = s }, "carp-hast-switch.conf"},
	{"mail", func(d *site, s string) { d.mail = s }, "carp-hast-switch.conf"},
	{"hook", func(d *site, s string) { d.hook = s }, "carp-hast-switch.conf"},
	{"fence", func(d *site, s string) { d.fence = s }, "carp-hast-switch.conf"},
	{"check", func(d *site, s string) { d.check = s }, "carp-hast-switch.conf"},
	{"options", func(d *site, s string) { d.option = s }, ""},
	{"description", func(d *site, s string) { d.description = s }, ""},
	{"hostname", func(d *site, s string) { d.hostname = s }, ""},
	{"local", func(d *site, s string) { d.local = s }, ""},
	{"exec", func(d *site, s string) { d.exec = s }, ""},
	{"mount point", func(d *site, s string) { d.mount = s }, ""},
	{"mount options", func(d *site, s string) { d.fsOption = s }, ""},
	{"node", func(d *site, s string) { d.node = s }, ""},
	{"vip", func(d *site, s string) { d.vip = s }, ""},
	{"failover", func(d *site, s string) { d.failover = s }, ""},
	{"domain", func(d *site, s string) { d.domain = s }, ""},
	{"script_dir", func(d *site, s string) { d.output = "script_dir = " + hclText(s) }, ""},
}

// text writes the description out.
func (d *site) text() []byte {
	q := hclText
	return fmt.Appendf(nil, `cluster "c" {
  freebsd = "14.2"
  domain  = %s
  rc      = { %s = %s }
  sysctl  = { %s = %s }
  loader  = { %s = %s }
}
network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}
network "sync" { prefixes = ["172.16.0.0/24"] }
node %s {
  hostname    = %s
  description = %s
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
    options   = [%s]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1/24"]
  }
}
node "other" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2/24"]
  }
}
vip %s {
  network   = network.lan
  vhid      = 1
  password  = %s
  addresses = ["10.0.0.3/24"]
  prefer    = [node[%s], node.other]
}
hast "h" {
  network = network.sync
  local   = %s
  exec    = %s
  on %s {}
  on "other" {}
}
ufs %s {
  hast    = hast.h
  options = [%s]
}
failover %s {
  vip      = vip[%s]
  storage  = [ufs[%s]]
  services = [%s]
  mail     = [%s]
  alone    = "fence"
  fence    = %s
  hooks {
    after_master = %s
    check        = %s
  }
}
output {
  %s
}
`, q(d.domain), q(d.rcKey), q(d.rc), q(d.sysctlKey), q(d.sysctl), q(d.loaderKey), q(d.loader),
		q(d.node), q(d.hostname), q(d.description), q(d.option), q(d.vip), q(d.password), q(d.node), q(d.local), q(d.exec), q(d.node),
		q(d.mount), q(d.fsOption), q(d.failover), q(d.vip), q(d.mount), q(d.service), q(d.mail), q(d.fence), q(d.hook), q(d.check), d.output)
}

func harmless() site {
	return site{
		rcKey: "word", rc: "x", sysctlKey: "kern.x", sysctl: "1", loaderKey: "kern.y", loader: "1",
		password: "Secret", service: "nginx", mail: "root", hook: "/bin/true", fence: "/bin/fence", check: "/bin/check",
		option: "up", description: "d", hostname: "n.example.org", local: "/dev/ada1", exec: "/bin/exec", mount: "/export", fsOption: "noatime",
		node: "n", vip: "v", failover: "f", domain: "example.org", output: `script_dir = "/usr/local/scripts"`,
	}
}

// TestHarmless: what the hostile descriptions are made from is accepted, so
// that it is the hostile text that is refused.
func TestHarmless(t *testing.T) {
	d := harmless()
	if files := made(t, d.text()); len(files) < 20 {
		t.Fatalf("%d files", len(files))
	}
}

// TestHostile puts hostile text into every place of a description in turn, and
// lets a real sh read what is made of it: nothing is run, and what is accepted
// comes back as it was.
func TestHostile(t *testing.T) {
	random := rand.New(rand.NewPCG(6, uint64(rounds(0))))
	accepted := map[string]int{}
	var batch []hostileCase
	tried := 0
	for i := range max(rounds(0), 100) {
		for _, s := range slots {
			text := hostileText(random)
			if i < len(hostileParts) {
				text = hostileParts[i] // each by itself
			}
			d := harmless()
			s.set(&d, text)
			tried++
			files := made(t, d.text())
			if files == nil {
				continue
			}
			accepted[s.name]++
			batch = append(batch, hostileCase{s, text, files})
		}
		if len(batch) > 200 {
			runBatch(t, batch)
			batch = nil
		}
	}
	runBatch(t, batch)
	t.Logf("%d descriptions; accepted: %v", tried, accepted)
	for _, s := range []string{"rc", "description"} {
		if accepted[s] == 0 {
			t.Errorf("nothing was accepted in %s: the test says nothing of it", s)
		}
	}
}

type hostileCase struct {
	slot  slot
	text  string
	files []generator.File
}

var assigned = regexp.MustCompile(`(?m)^([A-Za-z_][A-Za-z0-9_]*)=`)

// runBatch lets one sh source the files of many descriptions, each in a shell
// of its own, and print every variable.
func runBatch(t *testing.T, batch []hostileCase) {
	t.Helper()
	dir := t.TempDir()
	var script strings.Builder
	script.WriteString("PATH=/nonexistent\n")
	type wanted struct {
		c    hostileCase
		file string
	}
	var order []wanted
	for i, c := range batch {
		for k, f := range c.files {
			base := filepath.Base(f.Path)
			if f.Static || base != "rc.conf" && base != "carp-hast-switch.conf" || strings.Contains(f.Path, "devd") {
				continue
			}
			name := fmt.Sprintf("%d.%d", i, k)
			if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&script, "( set -f; . ./%s\n", name)
			for _, m := range assigned.FindAllSubmatch(f.Data, -1) {
				fmt.Fprintf(&script, "printf '%%s\\001' \"$%s\"\n", m[1])
			}
			script.WriteString(")\nprintf '\\002'\n")
			order = append(order, wanted{c, base})
		}
	}
	cmd := exec.Command("sh")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script.String())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil || said.Len() > 0 {
		t.Fatalf("sh: %v\n%s", err, said.String())
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(order) {
		t.Fatalf("%d files were sourced, and there are %d now: %v, %v", len(order), len(entries), entries, err)
	}
	values := strings.Split(out.String(), "\x02")
	if len(values) != len(order)+1 {
		t.Fatalf("%d files gave %d answers", len(order), len(values)-1)
	}
	for i, w := range order {
		if w.c.slot.intact == w.file && !strings.Contains(values[i], w.c.text) {
			t.Errorf("%s: %q did not come back from %s:\n%q", w.c.slot.name, w.c.text, w.file, values[i])
		}
	}
}

// TestNames: what a description names its hosts and files never leads out of
// the target.
func TestNames(t *testing.T) {
	base := t.TempDir()
	names := []string{"..", ".", "../x", "a/b", "/etc", "a\u0000b", strings.Repeat("a", 300), strings.Repeat("ä", 150), "a．．b", "．．", "a∕b", "a\u202eb", "CON", "-rf", "~", "$HOME", "a b", "a\nb", "manifest.json", ".carpool"}
	paths := append([]string{"/../x", "/a/../../x", "/etc/../../../x", "//x", "/etc//rc.conf", "/etc/./rc.conf", "x", "/", "/" + strings.Repeat("a/", 3000) + "x", "/manifest.json"}, names...)
	for _, n := range names {
		d := harmless()
		d.node = n
		published(t, base, d)
	}
	for _, p := range paths {
		for _, attr := range []string{"rc_conf", "sysctl_conf", "loader_conf", "devd_conf", "hast_conf", "script_dir"} {
			d := harmless()
			d.output = attr + " = " + hclText(p)
			published(t, base, d)
		}
	}
}

// published renders a description with the binary; nothing may appear beside
// the target.
func published(t *testing.T, base string, d site) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.hcl")
	if err := os.WriteFile(file, d.text(), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(base, "out")
	said, err := carpool(t, "render", file, "-o", out)
	if strings.Contains(said, "internal error") || strings.Contains(said, "panic") {
		t.Fatalf("%s\n%s", d.text(), said)
	}
	if err != nil {
		return
	}
	manifest(t, out)
	alone(t, out)
}
