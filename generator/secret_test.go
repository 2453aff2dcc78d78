package generator

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"carpool/schema"
)

const secretive = `
cluster "c" { freebsd = "14.2" }
variable "pw" {
  type      = string
  sensitive = true
}
variable "keys" {
  type      = map(string)
  sensitive = true
}
network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}
node "a" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1"]
  }
  rc     = { flags = "-k ${"$"}{#x} {{ }} {% %}", key = var.keys["rc"] }
  sysctl = { "kern.x" = var.keys["sysctl"] }
  loader = { y = var.keys["loader"] }
}
node "b" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2"]
  }
}
vip "v" {
  network   = network.lan
  vhid      = 1
  password  = var.pw
  addresses = ["10.0.0.3"]
}
failover "f" {
  vip      = vip.v
  services = ["nginx"]
}
`

func secretCluster(t *testing.T) *schema.Cluster {
	t.Helper()
	src, diags := schema.Parse(map[string][]byte{"c.hcl": []byte(secretive)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := schema.Decode(src, schema.Inputs{Vars: []schema.VarArg{{Text: "pw=pwSECRET"},
		{Text: `keys={ rc = "rcSECRET", sysctl = "sysctlSECRET", loader = "loaderSECRET" }`}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

func renderSecrets(t *testing.T, mode SecretMode) []File {
	t.Helper()
	files, err := Render(secretCluster(t), Options{Secrets: mode})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSecretFiles holds that exactly the files with a secret are kept from
// other readers.
func TestSecretFiles(t *testing.T) {
	for _, f := range renderSecrets(t, Embed) {
		if has := strings.Contains(string(f.Data), "SECRET"); has != f.Secret || has != (f.Mode == 0o600) {
			t.Errorf("%s/%s: holds a secret: %v, secret: %v, mode %o", f.Node, f.Path, has, f.Secret, f.Mode)
		}
	}
	for _, f := range renderSecrets(t, Redact) {
		if strings.Contains(string(f.Data), "SECRET") {
			t.Errorf("%s/%s holds a secret", f.Node, f.Path)
		}
		if redacted := strings.Contains(string(f.Data), "REDACTED"); redacted != (f.Content == Redacted) {
			t.Errorf("%s/%s is called %q", f.Node, f.Path, f.Content)
		}
	}
}

// TestSecretElsewhere: a template of the operator may print any part of the
// model. Where that is a secret, the file is one too, and diff covers it.
func TestSecretElsewhere(t *testing.T) {
	over := fstest.MapFS{"usr/local/etc/devd/devd.conf.tmpl": {Data: []byte("{{range .Sysctl}}{{.Value | upper}}{{.Value}}\n{{end}}")}}
	files, err := Render(secretCluster(t), Options{Templates: over})
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, f := range files {
		if !strings.Contains(string(f.Data), "sysctlSECRET") || strings.HasSuffix(f.Path, "sysctl.conf") {
			continue
		}
		seen = true
		if !f.Secret || f.Mode != 0o600 {
			t.Errorf("%s/%s: secret: %v, mode %o", f.Node, f.Path, f.Secret, f.Mode)
		}
		if shown := f.covered(); shown == "" || strings.Contains(shown, "sysctlSECRET") {
			t.Errorf("%s/%s is shown as %q", f.Node, f.Path, shown)
		}
	}
	if !seen {
		t.Error("the template was not used")
	}
}

// TestJinjaChanged: a template of the operator that makes something of a
// secret cannot be written with its name.
func TestJinjaChanged(t *testing.T) {
	over := fstest.MapFS{"etc/rc.conf.tmpl": {Data: []byte("{{range .RC.Sections}}{{range .Lines}}{{.Name}}={{.Value | lower | rc}}\n{{end}}{{end}}")}}
	if _, err := Render(secretCluster(t), Options{Secrets: Jinja, Templates: over}); err == nil {
		t.Error("a changed secret was rendered")
	}
}

// TestJinja fills the templates in as Jinja2 does with expressions, the only
// construct in them, and compares with the files themselves.
func TestJinja(t *testing.T) {
	values := strings.NewReplacer(
		`{{ pw }}`, "pwSECRET", `{{ keys["rc"]`+rcFilters+` }}`, "rcSECRET", `{{ keys["sysctl"] }}`, "sysctlSECRET", `{{ keys["loader"] }}`, "loaderSECRET",
		`{{ "{{" }}`, "{{", `{{ "{%" }}`, "{%", `{{ "{#" }}`, "{#", `{{ "{" }}`, "{", `{{ "\n" }}`, "\n")
	plain, templates := renderSecrets(t, Embed), renderSecrets(t, Jinja)
	for i, f := range templates {
		if strings.Contains(string(f.Data), "SECRET") {
			t.Errorf("%s/%s holds a secret", f.Node, f.Path)
		}
		if got := values.Replace(string(f.Data)); got != string(plain[i].Data) {
			t.Errorf("%s/%s comes back as\n%s\nwant\n%s", f.Node, f.Path, got, plain[i].Data)
		}
		if f.Content != Template || plain[i].Content != Final {
			t.Errorf("%s/%s: a template is called %q, a file %q", f.Node, f.Path, f.Content, plain[i].Content)
		}
		if f.Path == "etc/rc.conf" && f.Node == "a" && !slices.Equal(f.Variables, []string{"keys", "pw"}) {
			t.Errorf("%s/%s reads %v", f.Node, f.Path, f.Variables)
		}
	}
}
