package schema

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const origins = `
cluster "c" { freebsd = "14.2" }
variable "pw" {
  type      = string
  sensitive = true
}
variable "keys" {
  type      = map(string)
  sensitive = true
}
variable "shaped" {
  type      = object({ a = string, list = list(string) })
  sensitive = true
}
variable "open" { default = "web" }
locals {
  alias  = var.pw
  table  = { web = { pw = var.pw, other = "x${var.pw}" }, list = [var.keys["a"], upper(var.pw)] }
  merged = merge({ a = var.pw }, { b = upper(var.pw) })
  looped = { for k in ["a", "b"] : k => var.pw }
}
network "lan" {
  prefixes = ["10.0.0.0/24"]
}
node "a" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1"]
  }
}
node "b" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2"]
  }
}
dynamic "vip" {
  for_each = { one = { pw = var.pw }, two = { pw = lower(var.pw) } }
  labels   = [vip.key]
  content {
    network   = network.lan
    vhid      = vip.key == "one" ? 8 : 9
    addresses = ["10.0.0.9"]
    password  = vip.value.pw
  }
}
vip "v" {
  network   = network.lan
  vhid      = 1
  addresses = ["10.0.0.3"]
  password  = EXPR
}
`

// origins of passwords: with a value of every variable, and without any.
var originCases = []struct{ expr, valued, unvalued string }{
	{`var.pw`, "pw", "pw"},
	{`(var.pw)`, "pw", "pw"},
	{`"${var.pw}"`, "pw", "pw"},
	{`var.keys["web"]`, `keys["web"]`, `keys["web"]`},
	{`var.keys.web`, `keys["web"]`, `keys["web"]`},
	{`var.keys[var.open]`, `keys["web"]`, `keys["web"]`},
	{`var.shaped.list[0]`, `shaped["list"][0]`, `shaped["list"][0]`},
	{`local.alias`, "pw", "pw"},
	{`local.table.web.pw`, "pw", "pw"},
	{`local.table[var.open].pw`, "pw", "pw"},
	{`local.table.list[0]`, `keys["a"]`, `keys["a"]`},
	{`var.open == "web" ? var.pw : var.keys["b"]`, "pw", "pw"},
	{`vip.one.password`, "pw", "pw"},
	{`{ x = var.pw }.x`, "pw", "pw"},
	{`[var.keys["b"]][0]`, `keys["b"]`, `keys["b"]`},
	{`local.merged.a`, "pw", ""},
	{`local.looped.a`, "pw", ""},
	{`lookup(var.keys, "web", "z")`, `keys["web"]`, ""},
	{`sensitive("x")`, "", ""},
	{`"literal"`, "", ""},
	{`"x${var.pw}"`, "", ""},
	{`"${var.pw}${var.keys["a"]}"`, "", ""},
	{`upper(var.pw)`, "", ""},
	{`local.table.web.other`, "", ""},
	{`local.table.list[1]`, "", ""},
	{`local.merged.b`, "", ""},
	{`vip.two.password`, "", ""},
	{`var.pw == "LOUD" ? var.pw : var.keys["b"]`, "", ""},
}

// TestOrigin: a secret is called by the variable it is only where nothing is
// made of it, even if that would change nothing today.
func TestOrigin(t *testing.T) {
	values := Inputs{Vars: []VarArg{{Text: "pw=loud"}, {Text: `keys={ a = "1", b = "2", web = "3" }`}, {Text: `shaped={ a = "4", list = ["5"] }`}}}
	for _, test := range originCases {
		for _, in := range []Inputs{values, {}} {
			c := decodeText(t, test.expr, in)
			want := test.valued
			if in.Vars == nil {
				want = test.unvalued
			}
			for _, v := range c.VIPs {
				if v.Name == "v" && v.Password.Secret.Origin != want {
					t.Errorf("%s (values: %v) is %q, want %q", test.expr, in.Vars != nil, v.Password.Secret.Origin, want)
				}
			}
		}
	}
}

func decodeText(t *testing.T, expr string, in Inputs) *Cluster {
	t.Helper()
	src, diags := Parse(map[string][]byte{"c.hcl": []byte(strings.Replace(origins, "EXPR", expr, 1))})
	if !diags.HasErrors() {
		c, more := Decode(src, in)
		if !more.HasErrors() {
			return c
		}
		diags = more
	}
	t.Fatalf("%s: %v", expr, diags)
	return nil
}

// TestOriginOfSettings: the maps rc, sysctl and loader, written out and computed, and JSON.
func TestOriginOfSettings(t *testing.T) {
	for text, want := range map[string]string{
		`rc = { a_flags = var.pw }`:                        "pw",
		`rc = { a_flags = var.keys["x"] }`:                 `keys["x"]`,
		`rc = { for k in ["a_flags"] : k => var.pw }`:      "pw",
		`rc = merge({ a_flags = var.pw }, {})`:             "pw",
		`rc = { a_flags = [var.pw] }`:                      "",
		`rc = { a_flags = "-p ${var.pw}" }`:                "",
		`loader = { "a.b" = var.pw }`:                      "pw",
		`sysctl = local.settings`:                          "pw",
		`sysctl = { for k, v in local.settings : k => v }`: "pw",
	} {
		src, diags := Parse(map[string][]byte{"c.hcl": []byte(`
cluster "c" { freebsd = "14.2" }
variable "pw" {
  type      = string
  sensitive = true
}
variable "keys" {
  type      = map(string)
  sensitive = true
}
locals { settings = { "kern.a" = var.pw } }
node "a" { ` + text + ` }
`)})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		c, diags := Decode(src, Inputs{Vars: []VarArg{{Text: "pw=x"}, {Text: `keys={ x = "y" }`}}})
		if diags.HasErrors() {
			t.Fatal(text, diags)
		}
		n := c.Nodes[0]
		all := slices.Concat(n.RC.Items, n.Sysctl.Items, n.Loader.Items)
		if len(all) != 1 || !all[0].Value.Secret.Secret || all[0].Value.Secret.Origin != want {
			t.Errorf("%s: %+v, want %q", text, all, want)
		}
	}
	src, diags := Parse(map[string][]byte{"c.hcl.json": []byte(`{
  "cluster": {"c": {"freebsd": "14.2", "rc": {"a": "${var.keys[\"x\"]}", "b": "-${var.keys.x}", "c": "${local.l}"}}},
  "locals": {"l": "${var.keys.y}"},
  "variable": {"keys": {"type": "map(string)", "sensitive": true}}}`)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := Decode(src, Inputs{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := map[string]string{}
	for _, it := range c.RC.Items {
		got[it.Key] = it.Value.Secret.Origin
	}
	if d := cmp.Diff(map[string]string{"a": `keys["x"]`, "b": "", "c": `keys["y"]`}, got); d != "" {
		t.Error(d)
	}
}
