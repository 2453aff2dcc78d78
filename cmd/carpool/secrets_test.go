package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// theSecret is in every description of TestSecrets. It is made of characters
// that every grammar carries and that no encoding changes.
const theSecret = "Gelato3Secret"

// variants break a description in places next to or inside a secret.
var variants = []struct{ name, old, new string }{
	{"as it is", "", ""},
	{"vhid wrong", "vhid      = 1", "vhid      = 1000"},
	{"literal", "var.carp_password", `"` + theSecret + `"`},
	{"literal too long", "var.carp_password", `"` + theSecret + strings.Repeat("x", 40) + `"`},
	{"literal with bad characters", "var.carp_password", `"` + theSecret + `-a-'$(x)"`},
	{"literal of the wrong type", "var.carp_password", `["` + theSecret + `"]`},
	{"does not parse", "var.carp_password", `"` + theSecret + `" "`},
	{"unclosed", "var.carp_password", `"` + theSecret},
	{"in single quotes", "var.carp_password", "'" + theSecret + "'"},
	{"without quotes", "var.carp_password", theSecret},
	{"under another name", "password  = var.carp_password", `auth_pass = "` + theSecret + `"`},
	{"default in single quotes", "sensitive = true", "sensitive = true\n  default = {\n    web = '" + theSecret + "'\n  }"},
	{"default beside a mistake", "sensitive = true", "default = \"" + theSecret + "\"\n  sensitive = true\n}\nvip \"x\" {\n  password = \"unclosed"},
	{"concatenated", "var.carp_password", `"${var.carp_password}` + strings.Repeat("y", 40) + `"`},
	{"in a name", `services = [`, `services = [var.carp_password, `},
	{"in an address", `"10.0.0.3/24"`, "var.carp_password"},
	{"in a number", "vhid      = 1", "vhid      = var.carp_password"},
	{"in a key", `cluster "site" {`, `cluster "site" {` + "\n  rc = { (var.carp_password) = 1 }\n"},
	{"in rc", `cluster "site" {`, `cluster "site" {` + "\n  rc = { x_flags = var.carp_password }\n"},
	{"in sysctl", `cluster "site" {`, `cluster "site" {` + "\n  sysctl = { \"net.inet.tcp.x\" = var.carp_password }\n"},
	{"in loader", `cluster "site" {`, `cluster "site" {` + "\n  loader = { x_load = var.carp_password }\n"},
	{"in rc under a name of the base system", `cluster "site" {`, `cluster "site" {` + "\n  rc = { ifconfig_wlan0 = var.carp_password, ipv6_x = var.carp_password }\n"},
	{"in vars", `cluster "site" {`, `cluster "site" {` + "\n  vars = { a = var.carp_password, b = [\"x${var.carp_password}\"], c = { (nonsensitive(\"d\")) = var.carp_password } }\n"},
	{"as default", "sensitive = true", "sensitive = true\n  default = [\"" + theSecret + "\"]"},
	{"failed validation", "sensitive = true", "sensitive = true\n  validation {\n    condition = length(var.carp_password) > 99\n    error_message = \"no ${var.carp_password}\"\n  }"},
	{"differs on one node", "  prefer ", "  on \"beta\" { password = \"" + theSecret + "B\" }\n  prefer "},
	{"as an index", "network.sync\n", "network[var.carp_password]\n"},
	{"in a function", `domain  = "example.org"`, `domain  = tonumber(var.carp_password)`},
	{"in a condition", `domain  = "example.org"`, `domain  = var.carp_password ? "a" : "b"`},
	{"in a for_each", `zpool "tank" {`, "dynamic \"zpool\" {\n  for_each = [var.carp_password]\n  labels = [zpool.value]\n  content {}\n}\nzpool \"tank\" {"},
}

// TestSecrets runs every command on descriptions that hold a secret, sound and
// broken, and looks for it in all that they print, in every format.
func TestSecrets(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := strings.Replace(string(startingDescription), v.old, v.new, 1)
			if v.old != "" && text == string(startingDescription) {
				t.Fatalf("nothing to replace: %q", v.old)
			}
			vars := filepath.Join(dir, "site.vars.hcl")
			write(t, filepath.Join(dir, "main.hcl"), text)
			write(t, vars, `carp_password = "`+theSecret+`"`+"\n")
			for _, format := range formatNames() {
				hidesSecret(t, []string{"validate", dir, "--format", format, "-v", "-var-file", vars})
				hidesSecret(t, []string{"validate", dir, "--format", format, "-v"})
			}
			for _, args := range secretCommands(dir) {
				hidesSecret(t, append(args, "-v", "-var-file", vars))
				hidesSecret(t, append(args, "--format", "json", "-var", "carp_password=Another"))
			}
		})
	}
}

// secretCommands are the command lines whose output may hold no secret.
func secretCommands(dir string) [][]string {
	return [][]string{
		{"render", dir, "-o", filepath.Join(dir, "out")},
		{"render", dir, "-o", filepath.Join(dir, "out"), "--check"},
		{"render", dir, "-o", filepath.Join(dir, "review.tar"), "--secrets", "redact"},
		{"render", dir, "-o", "-", "--secrets", "redact"},
		{"diff", dir, filepath.Join(dir, "out")},
		{"diff", dir, filepath.Join(dir, "out"), "--secrets", "redact"},
		{"render", dir, "-o", "-", "--secrets", "jinja"},
		{"show", dir},
		{"graph", dir},
		{"graph", dir, "--as", "dot"},
		{"graph", dir, "--as", "mermaid"},
		{"bootstrap", dir},
		{"inventory", dir},
		{"inventory", dir, "--yaml"},
		{"pillar", dir, "--minion", "alpha"},
		{"fmt", "--diff", dir},
		{"fmt", "--check", dir},
	}
}

func hidesSecret(t *testing.T, args []string) {
	t.Helper()
	var out, err bytes.Buffer
	code := run(args, streams{in: strings.NewReader(""), out: stream{Writer: &out}, err: stream{Writer: &err}})
	for name, text := range map[string]string{"stdout": out.String(), "stderr": err.String()} {
		if i := strings.Index(text, theSecret); i >= 0 {
			t.Errorf("%v: %s holds the secret:\n%s", args, name, text[max(0, i-300):min(len(text), i+100)])
		}
	}
	if strings.Contains(out.String()+err.String(), "internal error") {
		t.Errorf("%v: exit %d\n%s", args, code, err.String())
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestOldSecrets: a diff shows neither a secret that the description has no
// more, nor one that had to be quoted; the file of either is its owner's alone.
func TestOldSecrets(t *testing.T) {
	const password = "  password  = var.carp_password\n"
	with := string(startingDescription)
	without := strings.Replace(with, password, "", 1)
	inRC := strings.Replace(without, `cluster "site" {`, "cluster \"site\" {\n  rc = { x_flags = var.carp_password }\n", 1)
	tests := []struct{ name, secret, before, after string }{
		{"dropped", theSecret, with, without},
		{"quoted", theSecret + "\"$x\\`", inRC, inRC},
		{"quoted and dropped", theSecret + "\"$x\\`", inRC, without},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			site, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
			write(t, filepath.Join(site, "main.hcl"), test.before)
			hidesSecret(t, []string{"render", site, "-o", out, "-var", "carp_password=" + test.secret})
			info, err := os.Stat(filepath.Join(out, "alpha", "etc", "rc.conf"))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("rc.conf: %v, %v", info, err)
			}
			write(t, filepath.Join(site, "main.hcl"), test.after)
			hidesSecret(t, []string{"diff", site, out, "-var", "carp_password=Another"})
		})
	}
}

// TestSecretsInJSON looks for secrets of descriptions in JSON syntax, whose
// lines say less about what is on them.
func TestSecretsInJSON(t *testing.T) {
	for name, text := range map[string]string{
		"default of the wrong type": `{"variable": {"p": {"sensitive": true, "type": "number",
			"default": "` + theSecret + `"}}}`,
		"default beside a mistake": `{"variable": {"p": {"default": ["` + theSecret + `"], "sensitive": true, "typ": "any"}}}`,
		"password on its line": `[{"vip": [{"v": [{"password":
			"` + theSecret + ` $"
			, "network": "${network.lan}", "vhid": 9, "addresses": ["10.0.0.9"]}]}]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "main.hcl"), string(startingDescription))
			write(t, filepath.Join(dir, "more.hcl.json"), text)
			for _, format := range formatNames() {
				hidesSecret(t, []string{"validate", dir, "--format", format, "-v"})
			}
		})
	}
}
