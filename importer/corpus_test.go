package importer

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carpool/importer/tree"
	"carpool/schema"
)

// places are where the files of the corpus lie on a host.
var places = map[string]string{
	"rc.conf": "/etc/rc.conf", "hast.conf": "/etc/hast.conf", "sysctl.conf": "/etc/sysctl.conf",
	"loader.conf": "/boot/loader.conf", "devd.conf": "/etc/devd/published.conf",
}

// corpusHosts reads one published setup. What was published as ifconfig
// commands becomes rc.conf, first command first.
func corpusHosts(t *testing.T, setup, release string) []*Host {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata/corpus", setup, "expect", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no hosts in ", setup)
	}
	var stated *schema.Release
	if release != "" {
		r, err := schema.ParseRelease(release)
		if err != nil {
			t.Fatal(err)
		}
		stated = &r
	}
	var hosts []*Host
	for _, dir := range dirs {
		files := map[string][]byte{}
		names, _ := os.ReadDir(dir)
		for _, n := range names {
			data, err := os.ReadFile(filepath.Join(dir, n.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if to := places[n.Name()]; to != "" {
				files[to] = data
			}
			if n.Name() == "ifconfig.txt" {
				files["/etc/rc.conf"] = []byte(rcOf(string(data)))
			}
		}
		hosts = append(hosts, NewHost(filepath.Base(dir), filepath.Base(dir), tree.Memory(files), stated))
	}
	return hosts
}

// rcOf writes arguments of ifconfig as rc.conf has them.
func rcOf(commands string) string {
	var b strings.Builder
	count := map[string]int{}
	for _, l := range strings.Split(commands, "\n") {
		f := strings.Fields(l)
		if len(f) < 2 || strings.HasPrefix(l, "#") {
			continue
		}
		name := "ifconfig_" + schema.InterfaceVariable(f[0])
		if n := count[f[0]]; n > 0 {
			name += fmt.Sprintf("_alias%d", n-1)
		}
		count[f[0]]++
		words := strings.TrimSuffix(strings.Join(f[1:], " "), " alias")
		if f[1] == "inet6" && count[f[0]] == 1 {
			name += "_ipv6"
		}
		fmt.Fprintf(&b, "%s=%q\n", name, words)
	}
	return b.String()
}

// parts are setups of several tests that were published together.
var parts = map[string][]string{
	"10-fbsd-test-basic-v4v6": {"basic_v4_", "basic_v6_", "demotion_", "nd6_"},
	"11-fbsd-test-unicast":    {"uni_v4_", "uni_v6_"},
}

// auditSetup returns the codes found in a setup.
func auditSetup(t *testing.T, setup string) map[string]bool {
	codes := map[string]bool{}
	prefixes := parts[setup]
	if prefixes == nil {
		prefixes = []string{""}
	}
	for _, prefix := range prefixes {
		hosts := slices.DeleteFunc(corpusHosts(t, setup, ""), func(h *Host) bool { return !strings.HasPrefix(h.Name, prefix) })
		for _, d := range Read(hosts).Audit() {
			codes[schema.FindingOf(d).Code] = true
		}
	}
	return codes
}

// TestCorpus holds docs/corpus.md against the setups: every published mistake
// has a row, and what the row says is found is found.
func TestCorpus(t *testing.T) {
	doc, err := os.ReadFile("../docs/corpus.md")
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ setup, mistake string }
	rows := map[row]string{}
	for line := range strings.Lines(string(doc)) {
		if f := strings.Split(line, "|"); len(f) == 7 {
			rows[row{strings.TrimSpace(f[1]), strings.TrimSpace(f[2])}] = strings.TrimSpace(f[4])
		}
	}
	dirs, _ := filepath.Glob("testdata/corpus/*")
	for _, dir := range dirs {
		setup := filepath.Base(dir)
		t.Run(setup, func(t *testing.T) {
			found := auditSetup(t, setup)
			faults := knownFaults(t, dir)
			for _, mistake := range faults {
				code, ok := rows[row{setup, mistake}]
				switch {
				case !ok:
					t.Errorf("docs/corpus.md has no row for %s", mistake)
				case code != "—" && !found[code]:
					t.Errorf("%s: no %s in %v", mistake, code, found)
				}
			}
			if _, ok := rows[row{setup, "none"}]; len(faults) == 0 && !ok {
				t.Error("docs/corpus.md does not mention the setup")
			}
		})
	}
}

func knownFaults(t *testing.T, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Faults []struct{ Code string } `json:"fault_codes"`
	}
	if err := json.Unmarshal(data, &facts); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, f := range facts.Faults {
		codes = append(codes, f.Code)
	}
	return codes
}
