//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saltBench lays examples/salt out as a minion without a master has it.
func saltBench(t *testing.T) *bench {
	b := newBench(t)
	copyDir(t, filepath.Join(root, "examples/salt"), b.dir)
	owner, group := me(t)
	replace(t, b.path("pillar/carpool_secrets.sls"), "ReplaceThisOne", password)
	replace(t, b.path("pillar/top.sls"), "- carpool_secrets", "- carpool_secrets\n    - trial")
	write(t, b.path("pillar/trial.sls"), `
carpool_deploy:
  root: `+b.path("hosts/skunk1")+`
  run: [`+b.path("run.sh")+`, skunk1]
  owner: `+owner+`
  group: `+group+`
`, 0o644)
	b.minion("skunk1.example.org")
	return b
}

// minion says who this minion is.
func (b *bench) minion(id string) {
	b.Helper()
	write(b.T, b.path("conf/minion"), `
id: `+id+`
root_dir: `+b.path("minion")+`
file_client: local
gpg_keydir: `+b.path("gpg")+`
file_roots: {base: [`+b.path("states")+`]}
pillar_roots: {base: [`+b.path("pillar")+`]}
ext_pillar:
  - cmd_yaml: `+carpool+` pillar `+b.path("site")+` --quiet --minion='%s'
`, 0o644)
}

func (b *bench) saltArgs(args []string) []string {
	return append([]string{"--local", "--config-dir", b.path("conf"), "--no-color"}, args...)
}

func (b *bench) salt(args ...string) string {
	b.Helper()
	out := do(b.T, b.dir, salt+"/salt-call", b.saltArgs(append(args, "--retcode-passthrough"))...)
	secretIn(b.T, out, password)
	return out
}

func (b *bench) refusedSalt(says string) {
	b.Helper()
	out := refused(b.T, b.dir, salt+"/salt-call", b.saltArgs([]string{"state.apply", "--retcode-passthrough"})...)
	secretIn(b.T, out, password)
	if !strings.Contains(out, says) {
		b.Errorf("Salt does not say %q:\n%s", says, out)
	}
}

func TestSaltDeploy(t *testing.T) {
	t.Parallel()
	b := saltBench(t)
	b.render("states/carpool/tree")

	// A trial changes nothing, the first run everything, the second nothing.
	out := b.salt("state.apply", "test=True")
	if files := tree(t, b.path("hosts"), ""); len(files) != 0 || !strings.Contains(out, "etc/rc.conf is set to be changed") {
		t.Errorf("test=True wrote %v:\n%s", files, out)
	}
	b.salt("state.apply")
	b.wants("skunk1")
	if out := b.salt("state.apply"); strings.Contains(out, "changed=") || !strings.Contains(out, "Failed:     0") {
		t.Errorf("the second run changed something:\n%s", out)
	}
	if ran := b.ran(); ran != "" {
		t.Errorf("was run: %s", ran)
	}

	// The address is given away before anything is written; refused, nothing is.
	replace(t, b.path("site/cluster.hcl"), `["mountd", "nfsd"]`, `["mountd", "nfsd", "lockd"]`)
	b.render("states/carpool/tree")
	before := tree(t, b.path("hosts"), "")
	if out := b.salt("state.apply", "test=True"); !strings.Contains(out, "carpool gives away files") || !strings.Contains(out, "+") || b.ran() != "" {
		t.Errorf("test=True does not tell what would be done:\n%s", out)
	}
	write(t, b.path("refuse"), "", 0o644)
	b.refusedSalt("carpool gives away files")
	if d := cmp.Diff(before, tree(t, b.path("hosts"), "")); d != "" {
		t.Errorf("refused, and yet: %s", d)
	}
	b.ran()
	if err := os.Remove(b.path("refuse")); err != nil {
		t.Fatal(err)
	}
	b.salt("state.apply")
	if got, want := b.ran(), "skunk1 /usr/local/scripts/carp-hast-switch give files\nskunk1 service carp_hast_switch start\n"; got != want {
		t.Errorf("was run:\n%swant:\n%s", got, want)
	}
	b.wants("skunk1")

	// What cannot be deployed is said before anything is touched.
	replace(t, b.path("pillar/carpool_secrets.sls"), "carp_password", "another")
	b.refusedSalt("pillar carpool_secrets has no value for carp_password")
	do(t, b.dir, carpool, "render", "site", "-o", "states/carpool/tree", "--secrets", "redact", "--quiet")
	b.refusedSalt("was rendered with --secrets redact")
	b.wants("skunk1")
}

// TestPillar: a minion that carpool does not know gets nothing, and no state.
func TestPillar(t *testing.T) {
	t.Parallel()
	b := saltBench(t)
	b.render("states/carpool/tree")
	// Salt prints stars for the values of a pillar; TestSaltDeploy uses them.
	if out := b.salt("pillar.get", "carpool:hast"); !strings.Contains(out, "device:") {
		t.Error(out)
	}
	b.minion("stranger")
	if out := b.salt("pillar.get", "carpool"); strings.TrimSpace(out) != "local:" {
		t.Error(out)
	}
	if out := refused(t, b.dir, salt+"/salt-call", b.saltArgs([]string{"state.apply", "--retcode-passthrough"})...); !strings.Contains(out, "No Top file or master_tops data matches found") {
		t.Error(out)
	}
}
