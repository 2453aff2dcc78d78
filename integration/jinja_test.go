//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// pair is a template, the file that it has to become, and what it is given.
type pair struct {
	Template string                     `json:"template"`
	Plain    string                     `json:"plain"`
	Values   map[string]json.RawMessage `json:"values"`
}

// descriptions are all examples, and one with everything that is hard.
func descriptions(t *testing.T) []string {
	t.Helper()
	dirs := []string{filepath.Join(root, "integration/testdata/odd")}
	found, err := filepath.Glob(filepath.Join(root, "examples/*/*.hcl*"))
	if err != nil || len(found) == 0 {
		t.Fatal("no examples: ", err)
	}
	for _, f := range found {
		if d := filepath.Dir(f); dirs[len(dirs)-1] != d {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

// pairs renders every description both ways: the templates without values, as
// a pipeline does.
func pairs(t *testing.T) []pair {
	t.Helper()
	var all []pair
	for _, d := range descriptions(t) {
		name, work := filepath.Base(d), t.TempDir()
		common := []string{"render", d, "--quiet"}
		if name == "fleet" { // hundreds of hosts that are alike
			common = append(common, "--host", "pair000a", "--host", "pair000b")
		}
		values, given := valuesOf(t, d)
		do(t, work, carpool, append(common, "--secrets", "jinja", "-o", "jinja")...)
		do(t, work, carpool, append(append(common, "-o", "plain"), given...)...)
		for file := range tree(t, filepath.Join(work, "plain"), "") {
			if file != "manifest.json" {
				all = append(all, pair{filepath.Join(work, "jinja", file), filepath.Join(work, "plain", file), values})
			}
		}
	}
	return all
}

// valuesOf returns the values of an example's secrets, and the arguments that
// give them to carpool.
func valuesOf(t *testing.T, dir string) (map[string]json.RawMessage, []string) {
	t.Helper()
	file := filepath.Join(dir, "example.vars.hcl")
	if _, err := os.Stat(file); err == nil {
		return varFile(t, file), []string{"-var-file", file}
	}
	values := map[string]json.RawMessage{"carp_password": json.RawMessage(`"Integration1"`)}
	if !strings.Contains(read(t, filepath.Join(dir, "cluster.hcl")), `variable "carp_password"`) {
		return values, nil
	}
	return values, []string{"-var", "carp_password=Integration1"}
}

// TestJinja: with the real values a template becomes, byte for byte, the file
// that is rendered with them: in Jinja2, in Salt and in Ansible.
func TestJinja(t *testing.T) {
	t.Parallel()
	all := pairs(t)
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(root, "integration/testdata/jinja.py")
	for _, run := range []struct {
		name, python string
		args         []string
		times        int
	}{
		{"Jinja2", ansible + "/python", []string{script}, 16},
		{"Salt", salt + "/python", []string{script, "salt"}, 2},
	} {
		c := command(t.TempDir(), run.python, run.args...)
		c.Stdin = strings.NewReader(string(input))
		out, err := c.CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if last := lines[len(lines)-1]; err != nil || last != strconv.Itoa(run.times*len(all)) {
			t.Errorf("%s: %v, %d files: %s", run.name, err, len(all), out)
		}
	}
	work := t.TempDir()
	write(t, filepath.Join(work, "pairs.json"), string(input), 0o600)
	write(t, filepath.Join(work, "all.yml"), `
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    # From a file, since Ansible takes what comes from -e for templates.
    pairs: "{{ lookup('ansible.builtin.file', 'pairs.json') | from_json }}"
  tasks:
    - ansible.builtin.set_fact:
        differ: >-
          {%- set differ = [] -%}
          {%- for p in pairs if lookup('ansible.builtin.template', p.template, template_vars=p['values']) != lookup('ansible.builtin.file', p.plain, rstrip=false) -%}
          {%- set _ = differ.append(p.template) -%}
          {%- endfor -%}
          {{ differ }}
    - ansible.builtin.assert:
        that: differ == [] and pairs | length == `+strconv.Itoa(len(all))+`
`, 0o644)
	do(t, work, ansible+"/ansible-playbook", "-i", "localhost,", "all.yml")
}

// TestYAML: what carpool prints as YAML is, to PyYAML, what it prints as JSON.
func TestYAML(t *testing.T) {
	t.Parallel()
	odd := filepath.Join(root, "integration/testdata/odd")
	script := `
import json, subprocess, sys, yaml
def carpool(*args):
    return subprocess.run([sys.argv[1], *args, "--quiet"], check=True, capture_output=True, text=True).stdout
host = json.loads(carpool("inventory", sys.argv[2], "--host", "a"))
for loader in (yaml.SafeLoader, yaml.CSafeLoader):
    assert yaml.load(carpool("inventory", sys.argv[2], "--host", "a", "--yaml"), loader) == host
    pillar = yaml.load(carpool("pillar", sys.argv[2], "--minion", "a"), loader)
    facts = pillar.pop("carpool")
    assert pillar == {k: v for k, v in host.items() if not k.startswith("carpool_")}, pillar
    assert {"carpool_" + k: v for k, v in facts.items()} == {k: v for k, v in host.items() if k.startswith("carpool_")}, facts
assert pillar["no"] == "no" and pillar["port"] == "1:30" and pillar["big"] == 12345678901234567890 and "token" not in pillar
print("equal")
`
	if out := do(t, t.TempDir(), salt+"/python", "-c", script, carpool, odd); out != "equal\n" {
		t.Error(out)
	}
}
