package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const yamlDescription = `
cluster "c" {
  freebsd = "14.2"
  rc      = { pw = var.pw, web = var.keys["web"], n = var.n, yes = var.list[1] }
}
variable "pw" { type = string }
variable "keys" { type = map(string) }
variable "n" { type = number }
variable "list" { type = list(bool) }
node "a" {}
`

func decodeYAML(t *testing.T, name, text string) (map[string]string, string) {
	t.Helper()
	src, diags := Parse(map[string][]byte{"c.hcl": []byte(yamlDescription)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := Decode(src, Inputs{Vars: []VarArg{{Text: name, File: true, Data: []byte(text)}}})
	said := ""
	for _, d := range diags {
		said += d.Summary + "; " + d.Detail + "\n"
		if d.Subject.Start.Line < 1 || d.Subject.Filename == "" {
			t.Errorf("%s has no place: %v", d.Summary, d.Subject)
		}
	}
	if c == nil {
		return nil, said
	}
	got := map[string]string{}
	for _, it := range c.RC.Items {
		got[it.Key] = it.Value.Value
	}
	return got, said
}

// TestYAMLVarFile: what Ansible and Salt keep their values in gives variables
// theirs; other names in it are other programs'.
func TestYAMLVarFile(t *testing.T) {
	const text = `---
# a comment
unrelated: {a: &x [1, *x0]}
pw: "no 'yes'"
keys:
  web: Gelato-3
  other: |
    two
    lines
n: 42
list: [false, true]
`
	for _, name := range []string{"v.yml", "v.yaml", "v.yml.age"} {
		got, said := decodeYAML(t, name, strings.Replace(text, "*x0", "2", 1))
		want := map[string]string{"pw": "no 'yes'", "web": "Gelato-3", "n": "42", "yes": "true"}
		if d := cmp.Diff(want, got); d != "" || said != "" {
			t.Errorf("%s: %s%s", name, d, said)
		}
	}
}

// TestYAMLRefused: what reads differently in different YAML, or not at all, is
// refused, and never quoted.
func TestYAMLRefused(t *testing.T) {
	const rest = "\nkeys: {web: a}\nn: 1\nlist: [true, true]\n"
	for text, want := range map[string]string{
		"pw: 0123":                           "reads differently",
		"pw: 1_0":                            "reads differently",
		"pw: 1:30":                           "reads differently",
		"pw: 0x1f":                           "reads differently",
		"pw: 1e3":                            "reads differently",
		"pw: 1.50":                           "reads differently",
		"pw: yes":                            "reads differently",
		"pw: Off":                            "reads differently",
		"pw: True":                           "reads differently",
		"pw: =":                              "reads differently",
		"pw: 2024-01-01":                     "reads differently",
		"pw: !vault |\n  $ANSIBLE_VAULT;1.1": "encrypted in place",
		"pw: &a x":                           "anchors",
		"pw: x\npw: y":                       "is there twice",
		"pw: {a: b, a: c}":                   "a key is there twice",
		"pw: {a: b}":                         "wrong type",
		"pw: Gelato *Gelato\n  : [":          "the file is no YAML",
		"pw: *Gelato":                        "the file is no YAML",
	} {
		_, said := decodeYAML(t, "v.yml", text+rest)
		if !strings.Contains(said, want) || strings.Contains(said, "Gelato") {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
	}
	if _, said := decodeYAML(t, "v.yml", "- a\n"); !strings.Contains(said, "a var-file is a map") {
		t.Error(said)
	}
	if _, said := decodeYAML(t, "v.yml", ""); !strings.Contains(said, "has no value") {
		t.Error(said)
	}
	for _, plain := range []string{"pw: Gelato3", "pw: a:b", "pw: 1234abcd", "pw: 2001:db8::1", "pw: 1.2.3", "pw: 12ab%", "pw: 10.0.0.3/24"} {
		if _, said := decodeYAML(t, "v.yml", plain+rest); said != "" {
			t.Errorf("%q: %s", plain, said)
		}
	}
}
