package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPort holds the port against the project and against what portlint asks.
func TestPort(t *testing.T) {
	data, err := os.ReadFile("../port/sysutils/carpool/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	makefile := string(data)
	var names []string
	value := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+)=\t+((?:.*\\\n)*.*)$`).FindAllStringSubmatch(makefile, -1) {
		names = append(names, m[1])
		value[m[1]] = m[2]
	}
	order := []string{"PORTNAME", "DISTVERSION", "CATEGORIES", "MASTER_SITES", "DISTFILES", "MAINTAINER", "COMMENT", "WWW",
		"LICENSE", "LICENSE_FILE", "USES", "EXTRACT_SUFX", "GO_MODULE", "GO_TARGET", "GO_BUILDFLAGS", "CGO_ENABLED", "PLIST_FILES"}
	if !slices.Equal(names, order) {
		t.Errorf("the variables are %q", names)
	}
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"module " + value["GO_MODULE"] + "\n", "\ngo " + strings.TrimSuffix(strings.TrimPrefix(value["USES"], "go:"), ",modules") + "."} {
		if !strings.Contains(string(module), want) {
			t.Errorf("go.mod has no %q", want)
		}
	}
	if c := value["COMMENT"]; len(c) > 70 || strings.HasSuffix(c, ".") || regexp.MustCompile(`(?i)^(a|an|the|carpool) `).MatchString(c) {
		t.Errorf("COMMENT %q", c)
	}
	for _, page := range []string{"1", "5"} {
		if !strings.Contains(value["PLIST_FILES"], "share/man/man"+page+"/carpool."+page+".gz") || !strings.Contains(makefile, "docs/man/carpool."+page+" ") {
			t.Errorf("carpool.%s is not installed", page)
		}
		if _, err := os.Stat("man/carpool." + page); err != nil {
			t.Error(err)
		}
	}
	if !strings.HasSuffix(makefile, "\n.include <bsd.port.mk>\n") || regexp.MustCompile(`(?m)[ \t]+$|^ `).MatchString(makefile) {
		t.Error("the Makefile has trailing or leading space, or does not end with the include")
	}
	description, err := os.ReadFile("../port/sysutils/carpool/pkg-descr")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(description), "\n") {
		if len(line) > 80 {
			t.Errorf("pkg-descr: %q is longer than 80", line)
		}
	}
}
