//go:build integration

package integration

import (
	"os"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// password is the secret of the clusters that are deployed here.
const password = "GelatoIntegrated"

// bench is a cluster of two hosts that are folders.
type bench struct {
	*testing.T
	dir string
}

// newBench makes hosts/skunk1, which serves, and hosts/skunk2, and the
// description that they are made from.
func newBench(t *testing.T) *bench {
	b := &bench{t, t.TempDir()}
	copyDir(t, filepath.Join(root, "examples/skunk"), b.path("site"))
	replace(t, b.path("site/cluster.hcl"), "  default   = \"ReplaceThisOne\"\n", "")
	write(t, b.path("run.sh"), read(t, filepath.Join(root, "integration/testdata/run.sh")), 0o755)
	b.serves("skunk1", "ready")
	for _, h := range []string{"skunk1", "skunk2"} {
		if err := os.MkdirAll(b.path("hosts", h), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) path(names ...string) string {
	return filepath.Join(append([]string{b.dir}, names...)...)
}

// serves makes one host serve and the other be in state.
func (b *bench) serves(host, state string) {
	b.Helper()
	for _, h := range []string{"skunk1", "skunk2"} {
		s := state
		if h == host {
			s = "serving"
		}
		write(b.T, b.path("state."+h), `{"format_version":1,"node":"`+h+`","groups":[{"name":"files","state":"`+s+`"}]}`, 0o644)
	}
}

// render writes the templates of the description to where.
func (b *bench) render(where string) {
	b.Helper()
	do(b.T, b.dir, carpool, "render", "site", "-o", where, "--secrets", "jinja", "--quiet")
}

// wants holds that a host has what render writes with the secrets embedded.
func (b *bench) wants(host string) {
	b.Helper()
	do(b.T, b.dir, carpool, "render", "site", "-o", "plain", "--quiet", "-var", "carp_password="+password)
	if d := cmp.Diff(tree(b.T, b.path("plain", host), ""), tree(b.T, b.path("hosts", host), "var")); d != "" {
		b.Errorf("%s differs (-rendered +deployed):\n%s", host, d)
	}
}

// ran returns what was run on the hosts since it was asked last.
func (b *bench) ran() string {
	data, err := os.ReadFile(b.path("log"))
	if err != nil && !os.IsNotExist(err) {
		b.Fatal(err)
	}
	os.Remove(b.path("log"))
	return string(data)
}

// me returns the owner and group of what this process writes.
func me(t *testing.T) (owner, group string) {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return u.Username, g.Name
}
