package generator

import (
	"strings"
	"testing"

	"carpool/schema"
)

// TestBlockOrder holds that no file follows the order in which blocks were
// written: neither of the nodes nor of the on blocks of a resource.
func TestBlockOrder(t *testing.T) {
	head := `
cluster "c" { freebsd = "14.2" }
network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}
network "sync" { prefixes = ["172.16.0.0/24"] }
vip "v" {
  network   = network.lan
  vhid      = 1
  addresses = ["10.0.0.3"]
  on "a" { advskew = 10 }
  on "b" { advskew = 100 }
}
failover "f" {
  vip     = vip.v
  storage = [hast.named, hast.derived]
}
hast "derived" {
  network = network.sync
  local   = "/dev/ada2"
}
`
	node := func(name, number string) string {
		return `
node "` + name + `" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.` + number + `"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.` + number + `"]
  }
}
`
	}
	named := func(on ...string) string {
		return "hast \"named\" {\n  network = network.sync\n" + strings.Join(on, "\n") + "\n}\n"
	}
	onA, onB := `on "a" { local = "/dev/ada1" }`, `on "b" { local = "/dev/da1" }`
	want := renderText(t, head+node("a", "1")+node("b", "2")+named(onA, onB))
	got := renderText(t, head+node("b", "2")+node("a", "1")+named(onB, onA))
	if len(want) == 0 || len(got) != len(want) {
		t.Fatalf("%d files, want %d", len(got), len(want))
	}
	for path, data := range want {
		if got[path] != data {
			t.Errorf("%s follows the order of blocks:\n%s", path, got[path])
		}
	}
}

// TestListenWithoutSource holds that hastd of FreeBSD 8 listens where the peer
// connects to: its hast.conf has no source that the remote would have to be.
func TestListenWithoutSource(t *testing.T) {
	node := func(name, number string) string {
		return `
node "` + name + `" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.` + number + `"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.` + number + `"]
  }
}
`
	}
	files := renderText(t, `
cluster "c" { freebsd = "8.1" }
network "lan" { prefixes = ["10.0.0.0/24"] }
network "sync" { prefixes = ["172.16.0.0/24"] }
hast "r" {
  network = network.sync
  local   = "/dev/ada1"
  on "a" { remote = "10.0.0.2" }
  on "b" { remote = "10.0.0.1" }
}
`+node("a", "1")+node("b", "2"))
	for name, want := range map[string]string{"a": "10.0.0.1", "b": "10.0.0.2"} {
		conf := files[name+"/etc/hast.conf"]
		if !strings.Contains(conf, "\nlisten tcp4://"+want+"\n") || strings.Count(conf, "listen") != 1 {
			t.Errorf("hastd of %s does not listen on %s alone:\n%s", name, want, conf)
		}
	}
}

func renderText(t *testing.T, text string) map[string]string {
	t.Helper()
	src, diags := schema.Parse(map[string][]byte{"c.hcl": []byte(text)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := schema.Decode(src, schema.Inputs{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	files, err := Render(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.Node+"/"+f.Path] = string(f.Data)
	}
	return out
}
