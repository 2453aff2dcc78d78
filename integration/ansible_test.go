//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ansibleBench lays examples/ansible out beside the description, with hosts
// that are folders and a real vault.
func ansibleBench(t *testing.T) *bench {
	b := newBench(t)
	copyDir(t, filepath.Join(root, "examples/ansible"), b.dir)
	if err := os.Chmod(b.path("inventory"), 0o755); err != nil {
		t.Fatal(err)
	}
	owner, group := me(t)
	write(t, b.path("group_vars/carpool/trial.yml"), `
ansible_connection: local
ansible_python_interpreter: "{{ ansible_playbook_python }}"
carpool_root: "{{ playbook_dir }}/hosts/{{ inventory_hostname }}"
carpool_run: ["{{ playbook_dir }}/run.sh", "{{ inventory_hostname }}"]
carpool_owner: `+owner+`
carpool_group: `+group+`
carpool_tries: 2
carpool_delay: 0
`, 0o644)
	write(t, b.path("password"), "open sesame\n", 0o600)
	write(t, b.path("group_vars/carpool/vault.yml"), strings.ReplaceAll(read(t, b.path("vault.example.yml")), "ReplaceThisOne", password), 0o600)
	do(t, b.dir, ansible+"/ansible-vault", "encrypt", "--vault-password-file", "password", "group_vars/carpool/vault.yml")
	return b
}

func (b *bench) playbook(args ...string) string {
	b.Helper()
	out := do(b.T, b.dir, ansible+"/ansible-playbook", append([]string{"site.yml", "--vault-password-file", "password"}, args...)...)
	secretIn(b.T, out, password)
	return out
}

// refusedPlaybook runs the playbook, which has to fail and say so.
func (b *bench) refusedPlaybook(says string, args ...string) {
	b.Helper()
	out := refused(b.T, b.dir, ansible+"/ansible-playbook", append([]string{"site.yml", "--vault-password-file", "password"}, args...)...)
	secretIn(b.T, out, password)
	if !strings.Contains(strings.Join(strings.Fields(out), " "), says) {
		b.Errorf("the playbook does not say %q:\n%s", says, out)
	}
}

// unchanged holds that a run has changed nothing on both hosts.
func (b *bench) unchanged(out string) {
	b.Helper()
	if strings.Count(out, "changed=0 ") != 2 || strings.Contains(out, "changed: [") {
		b.Errorf("something was changed:\n%s", out)
	}
}

func TestAnsibleDeploy(t *testing.T) {
	t.Parallel()
	b := ansibleBench(t)
	b.render("tree")

	// The first deployment writes everything, starts nothing, and a check
	// before it nothing at all.
	out := b.playbook("--check", "--diff")
	if files := tree(t, b.path("hosts"), ""); len(files) != 0 {
		t.Errorf("--check wrote %v", files)
	}
	if !strings.Contains(out, "+resource shared {") || !strings.Contains(out, "changed: [skunk2] => (item=etc/hast.conf)") {
		t.Errorf("--check --diff shows no change:\n%s", out)
	}
	if out := b.playbook("--diff"); !strings.Contains(out, "skunk1 is new: nothing was started") {
		t.Errorf("nothing is said of a new host:\n%s", out)
	}
	b.wants("skunk1")
	b.wants("skunk2")
	if ran := b.ran(); ran != "" {
		t.Errorf("was run on a new host: %s", ran)
	}
	b.unchanged(b.playbook("--diff"))

	// A change: the one that stands by first, the other gives away before
	// anything is written. A file that is not made any more goes.
	replace(t, b.path("site/cluster.hcl"), `["mountd", "nfsd"]`, `["mountd", "nfsd", "lockd"]`)
	replace(t, b.path("site/cluster.hcl"), `cluster "skunk" {`, "cluster \"skunk\" {\n  rc = { sshd_enable = true }")
	b.render("tree")
	write(t, b.path("hosts/skunk2/etc/old.conf"), "old\n", 0o644)
	replace(t, b.path("hosts/skunk2/var/db/carpool/files.json"), `"etc/hast.conf"`, `"etc/hast.conf", "etc/old.conf"`)
	before := tree(t, b.path("hosts"), "")
	out = b.playbook("--check", "--diff")
	if d := cmp.Diff(before, tree(t, b.path("hosts"), "")); d != "" || b.ran() != "" {
		t.Errorf("--check changed something: %s", d)
	}
	if !strings.Contains(out, "would give away files; would run: service carp_hast_switch start") || strings.Contains(out, "sshd_enable") {
		t.Errorf("--check says too little or too much:\n%s", out)
	}
	out = b.playbook("--diff")
	if got, want := b.ran(), `skunk2 service carp_hast_switch start
skunk1 /usr/local/scripts/carp-hast-switch give files
skunk1 service carp_hast_switch start
`; got != want {
		t.Errorf("was run:\n%swant:\n%s", got, want)
	}
	if !strings.Contains(out, "skunk1 uses these files from its next boot on: etc/rc.conf") {
		t.Errorf("nothing is said of the boot:\n%s", out)
	}
	b.wants("skunk1")
	b.wants("skunk2")
	b.backedUp()
	b.unchanged(b.playbook("--diff"))

	b.deployFails()
}

// backedUp holds that the replaced and the removed files of skunk2 are kept.
func (b *bench) backedUp() {
	b.Helper()
	archives, err := filepath.Glob(b.path("hosts/skunk2/var/backups/carpool/*.tar"))
	if err != nil || len(archives) != 1 {
		b.Fatal(archives, err)
	}
	if got, want := do(b.T, b.dir, "tar", "-tf", archives[0]), "etc/rc.conf\nusr/local/etc/carp-hast-switch.conf\netc/old.conf\n"; got != want {
		b.Errorf("the backup holds %q, want %q", got, want)
	}
	if text := do(b.T, b.dir, "tar", "-xOf", archives[0], "etc/rc.conf"); strings.Contains(text, "sshd_enable") || !strings.Contains(text, password) {
		b.Errorf("the backup holds no old rc.conf:\n%s", text)
	}
}

// deployFails goes through what has to end a run before harm is done.
func (b *bench) deployFails() {
	replace(b.T, b.path("site/cluster.hcl"), `"lockd"]`, `"statd"]`)
	b.render("tree")
	before := tree(b.T, b.path("hosts/skunk2"), "")
	unchanged := func(what string) {
		b.Helper()
		if d := cmp.Diff(before, tree(b.T, b.path("hosts/skunk2"), "")); d != "" {
			b.Errorf("%s, and the host that serves was changed: %s", what, d)
		}
	}

	// skunk2 serves now. skunk1 does not get well: skunk2 is not touched.
	b.serves("skunk2", "waiting")
	b.refusedPlaybook("Wait until the host can take over")
	b.wants("skunk1")
	unchanged("the other host could not take over")
	if ran := b.ran(); strings.Contains(ran, "skunk2") {
		b.Errorf("was run: %s", ran)
	}

	// skunk2 may not give: nothing is written there.
	b.serves("skunk2", "ready")
	write(b.T, b.path("refuse"), "", 0o644)
	b.refusedPlaybook("Give away what the host serves")
	unchanged("giving was refused")

	// Trees that are not to be deployed.
	b.refusedPlaybook("skunk1 read carp_password, and it has no value", "--limit", "skunk1", "-e", "carp_password=")
	replace(b.T, b.path("tree/skunk1/etc/hast.conf"), "shared", "stolen")
	b.refusedPlaybook("was changed since carpool wrote it: etc/hast.conf", "--limit", "skunk1", "--check")
	do(b.T, b.dir, carpool, "render", "site", "-o", "review", "--secrets", "redact", "--quiet")
	b.refusedPlaybook("which is for review only", "--limit", "skunk1", "--check", "-e", "carpool_tree="+b.path("review"))
	unchanged("the tree was none")
}

func TestInventory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	copyDir(t, filepath.Join(root, "examples/ansible"), b.dir)
	if err := os.Chmod(b.path("inventory"), 0o755); err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(root, "integration/testdata/odd")
	write(t, b.path("hosts.yml"), do(t, b.dir, carpool, "inventory", odd, "--yaml", "--quiet"), 0o644)
	ask := func(args ...string) string {
		t.Helper()
		return do(t, b.dir, "env", append([]string{"CARPOOL_PATH=" + odd, ansible + "/ansible-inventory", "-i", "inventory"}, args...)...)
	}
	listed := ask("--list")
	if d := cmp.Diff(do(t, b.dir, ansible+"/ansible-inventory", "-i", "hosts.yml", "--list"), listed); d != "" {
		t.Errorf("program and file differ: %s", d)
	}
	graph := ask("--graph")
	for _, want := range []string{"@carpool:", "@cluster_odd:", "@freebsd_14:\n  |  |--@freebsd_14_2:\n  |  |  |--a\n", "@network_lan:", "@vip_web:\n  |  |--a\n  |  |--b\n"} {
		if !strings.Contains(graph, want) {
			t.Errorf("the graph has no %q:\n%s", want, graph)
		}
	}
	if host := ask("--host", "b"); !strings.Contains(host, `"carpool_node": "b"`) || !strings.Contains(host, `"no": "no"`) {
		t.Error(host)
	}

	// What is wrong with a description reaches whoever runs Ansible.
	replace(t, b.path("site/cluster.hcl"), `vhid      = 1`, `vhid      = 1000`)
	if out := refused(t, b.dir, ansible+"/ansible-playbook", "site.yml"); !strings.Contains(out, "cluster.hcl:") || !strings.Contains(out, "1000") {
		t.Errorf("the finding is not shown:\n%s", out)
	}
}

// TestVault: carpool reads the values from the very vault that Ansible has.
func TestVault(t *testing.T) {
	t.Parallel()
	b := ansibleBench(t)
	vault := b.path("group_vars/carpool/vault.yml")
	if strings.Contains(read(t, vault), password) {
		t.Fatal("the vault is not encrypted")
	}
	do(t, b.dir, carpool, "render", "site", "-o", "out", "-var-file", vault, "--vault-password-file", "password")
	if !strings.Contains(read(t, b.path("out/skunk1/etc/rc.conf")), " pass "+password+" ") {
		t.Error("the value has not arrived")
	}
	do(t, b.dir, "env", "ANSIBLE_VAULT_PASSWORD_FILE=password", carpool, "validate", "site", "-var-file", vault)
	write(t, b.path("wrong"), "no\n", 0o600)
	for _, args := range [][]string{{"--vault-password-file", "wrong"}, {}} {
		out := refused(t, b.dir, carpool, append([]string{"validate", "site", "-var-file", vault}, args...)...)
		secretIn(t, out, password)
		if !strings.Contains(out, "ansible-vault cannot decrypt") {
			t.Error(out)
		}
	}
}
