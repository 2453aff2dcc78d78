package golden

import (
	"slices"
	"strings"
	"testing"

	"carpool/generator"
)

// TestPublished holds the cluster of the article to the letter: a new golden
// tree must not change these lines.
func TestPublished(t *testing.T) {
	files, err := generator.Render(load(t, "skunk8"), generator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, f := range files {
		text[f.Node+"/"+f.Path] = string(f.Data)
	}
	rule := func(typ, word string) string {
		return "notify 30 {\n\tmatch \"system\" \"IFNET\";\n\tmatch \"subsystem\" \"carp0\";\n\tmatch \"type\" \"" + typ +
			"\";\n\taction \"/usr/local/scripts/carp-hast-switch " + word + "\";\n};\n"
	}
	for node, skew := range map[string]string{"skunk1": "10", "skunk2": "20"} {
		rc := strings.Split(text[node+"/etc/rc.conf"], "\n")
		for _, line := range []string{
			`cloned_interfaces="carp0"`,
			`ifconfig_carp0="vhid 1 pass FeedLucasGelato advskew ` + skew + ` 10.0.0.3 netmask 255.255.255.0"`,
		} {
			if !slices.Contains(rc, line) {
				t.Errorf("rc.conf of %s has no line %s", node, line)
			}
		}
		devd := text[node+"/usr/local/etc/devd/devd.conf"]
		for _, want := range []string{rule("LINK_UP", "master"), rule("LINK_DOWN", "slave")} {
			if !strings.Contains(devd, want) {
				t.Errorf("devd.conf of %s lacks\n%s", node, want)
			}
		}
		if n := strings.Count(devd, "notify"); n != 2 {
			t.Errorf("devd.conf of %s has %d rules", node, n)
		}
		if sysctl := strings.Split(text[node+"/etc/sysctl.conf"], "\n"); !slices.Contains(sysctl, "net.inet.carp.preempt=1") {
			t.Errorf("sysctl.conf of %s does not preempt", node)
		}
		if loader := text[node+"/boot/loader.conf"]; !strings.Contains(loader, "device carp") || !strings.Contains(loader, `if_carp_load="YES"`) {
			t.Errorf("loader.conf of %s does not say what the kernel needs", node)
		}
	}
}
