package golden

import (
	"os/exec"
	"strings"
	"testing"

	"carpool/generator"
	"carpool/importer/devdconf"
	"carpool/importer/hastconf"
	"carpool/schema"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

// rendered is one file of one node of an example.
type rendered struct {
	node *schema.Node
	file generator.File
}

// eachFile renders every example and calls f for the files at path.
func eachFile(t *testing.T, path func(*schema.Node) string, f func(t *testing.T, r rendered)) {
	t.Helper()
	for _, name := range examples(t) {
		c := load(t, name)
		files, err := generator.Render(c, generator.Options{Hosts: tooLarge[name]})
		if err != nil {
			t.Fatal(err)
		}
		nodes := map[string]*schema.Node{}
		for _, n := range c.Nodes {
			nodes[n.Name] = n
		}
		for _, file := range files {
			if n := nodes[file.Node]; "/"+file.Path == path(n) {
				t.Run(name+"/"+file.Node, func(t *testing.T) { f(t, rendered{n, file}) })
			}
		}
	}
}

// TestHASTConf reads every rendered hast.conf as hastd of its host does: each
// resource names the host, its peer is where remote points, and accepts it.
func TestHASTConf(t *testing.T) {
	eachFile(t, func(n *schema.Node) string { return n.Out.HASTConf.Value }, func(t *testing.T, r rendered) {
		f, diags := hastconf.Parse("hast.conf", r.file.Data)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		conf, diags := f.ForHost(hastconf.Host{Name: r.node.FQDN}, r.node.Release)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		if len(conf.Resources) == 0 {
			t.Error("no resource")
		}
		for _, res := range conf.Resources {
			remote, err := schema.SplitHASTAddress(res.Remote.Text)
			if err != nil || remote.Host == "" {
				t.Errorf("%s: remote %q: %v", res.Name.Text, res.Remote.Text, err)
			}
			if !strings.HasPrefix(res.Local.Text, "/") {
				t.Errorf("%s: local %q", res.Name.Text, res.Local.Text)
			}
		}
	})
}

// TestDevdConf reads every rendered devd file as devd of its release does: a
// change of role of a trigger runs the switch once, with the words it takes.
func TestDevdConf(t *testing.T) {
	eachFile(t, func(n *schema.Node) string { return n.Out.DevdConf.Value }, func(t *testing.T, r rendered) {
		f, diags := devdconf.Parse("devd.conf", r.file.Data)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		conf, diags := devdconf.New(r.node.Release, f)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		script := r.node.Out.ScriptDir.Value + "/carp-hast-switch"
		for _, e := range events(r) {
			run := conf.Match(devdconf.Notify(e.system, e.subsystem, e.typ))
			if run == nil {
				t.Errorf("nothing runs for %+v", e)
				continue
			}
			if len(run.Commands) != 1 || len(run.Shadowed) > 0 {
				t.Errorf("%+v runs %q and hides %d rules", e, run.Commands, len(run.Shadowed))
			}
			// As /bin/sh -c takes it apart; $'…' of devd 12 and later is a
			// word that dash lacks, so bash stands in for FreeBSD's sh.
			if got := words(t, run.Commands[0]); got != script+" "+e.words {
				t.Errorf("%+v runs %q", e, got)
			}
		}
	})
}

type event struct{ system, subsystem, typ, words string }

// events lists what the kernel of the node's release posts for the subsystems
// that the file names.
func events(r rendered) []event {
	var out []event
	system := ""
	for _, l := range strings.Split(string(r.file.Data), "\n") {
		if s, ok := strings.CutPrefix(strings.TrimSpace(l), `match "system" "`); ok {
			system = strings.TrimSuffix(s, `";`)
		}
		if system == "IFNET" && !r.node.Release.Has(schema.CARPInterface) {
			continue // a rule of the author's own
		}
		sub, ok := strings.CutPrefix(strings.TrimSpace(l), `match "subsystem" "`)
		if !ok {
			continue
		}
		sub = strings.ReplaceAll(strings.TrimSuffix(sub, `";`), `\`, "")
		if r.node.Release.Has(schema.CARPInterface) {
			out = append(out, event{"IFNET", sub, "LINK_UP", "master"}, event{"IFNET", sub, "LINK_DOWN", "slave"})
			continue
		}
		for _, typ := range []string{"MASTER", "BACKUP", "INIT"} {
			out = append(out, event{"CARP", sub, typ, typ + " " + sub})
		}
	}
	return out
}

func words(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("bash", "-c", "printf '%s ' "+command).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestShell holds that everything sh reads parses as POSIX sh, and that rc.conf
// gives each variable the value that stands in it.
func TestShell(t *testing.T) {
	for _, name := range examples(t) {
		files, err := generator.Render(load(t, name), generator.Options{Hosts: tooLarge[name]})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasPrefix(f.Path, "usr/local/") && !strings.Contains(f.Path, "rc.conf") || strings.HasSuffix(f.Path, "devd.conf") || strings.Contains(f.Path, "/devd/") {
				continue
			}
			if _, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(string(f.Data)), f.Path); err != nil {
				t.Errorf("%s/%s: %v", name, f.Path, err)
			}
			if strings.Contains(f.Path, "rc.conf") {
				t.Run(name+"/"+f.Node, func(t *testing.T) { readBack(t, string(f.Data)) })
			}
		}
	}
}

// readBack sources rc.conf with a real sh that has no other commands, and
// compares what the variables hold with the text between the quotes.
func readBack(t *testing.T, text string) {
	want := map[string]string{}
	script := "PATH=/nonexistent\n" + text
	for _, l := range strings.Split(text, "\n") {
		name, value, ok := strings.Cut(l, `="`)
		if !ok || strings.HasPrefix(l, "#") || strings.HasPrefix(value, "${") {
			continue
		}
		want[name] = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`").Replace(strings.TrimSuffix(value, `"`))
		script += "printf '%s=%s\\n' " + name + " \"$" + name + "\"\n"
	}
	out, err := exec.Command("sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := map[string]string{}
	for _, l := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		name, value, _ := strings.Cut(l, "=")
		got[name] = value
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
