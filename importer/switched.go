package importer

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// startForm finds what a script starts when the host becomes MASTER.
var startForm = regexp.MustCompile(`(?m)^[^#\n]*?(?:\bservice[ \t]+|/rc\.d/)([A-Za-z0-9_]+)[ \t]+(?:one|force|quiet)*(?:start|restart)\b`)

// switched reports services that rc starts and that a script of devd, or the
// switch, starts.
func (c *Cluster) switched() {
	for _, h := range c.Hosts {
		for _, script := range h.scripts() {
			data := h.text(script).Bytes
			seen := map[string]bool{}
			for _, m := range startForm.FindAllSubmatchIndex(data, -1) {
				if name := string(data[m[2]:m[3]]); !seen[name] {
					seen[name] = true
					c.twiceStarted(h, name, path.Base(script), h.place(h.text(script).Range(m[2], m[3])))
				}
			}
		}
		if conf := h.switchConfig(); conf != nil {
			for _, g := range partsOf(conf, conf.Value("groups")) {
				for _, line := range g.lines("services") {
					if words := strings.Fields(line); len(words) == 1 { // more: one of several that it runs, as in "jail www"
						c.twiceStarted(h, words[0], "the switch", h.place(conf.Get(g.id+"_services").Range))
					}
				}
			}
		}
	}
}

// twiceStarted reports a service that rc.conf enables although by starts it, at
// the place there.
func (c *Cluster) twiceStarted(h *Host, name, by string, there hcl.Range) {
	knob := schema.EnableVariable(name)
	if !h.cfg.IsSet(knob) || !h.cfg.Yes(knob) {
		return
	}
	c.report(CodeBoot, schema.Warning, h.place(h.cfg.Get(knob).Range), fmt.Sprintf("%s of %s is started at boot, and by %s", name, h.Name, by),
		fmt.Sprintf("write %s=\"NO\": onestart and onestop work without it", knob), []schema.Related{{Message: by + " starts it here", Range: there}})
}

// scripts are the programs that devd runs for events of CARP and that lie in
// the tree.
func (h *Host) scripts() []string {
	h.loadDevd()
	if h.devd == nil {
		return nil
	}
	var list []string
	for _, r := range h.carpRules() {
		for _, cl := range r.Clauses {
			if cl.Keyword != "action" {
				continue
			}
			for _, w := range strings.Fields(cl.Value.Text) {
				w = strings.Trim(w, `"';`)
				if strings.HasPrefix(w, "/") && !slices.Contains(list, w) && !strings.HasPrefix(w, "/usr/bin/") && h.tree.Exists(w) && !h.tree.IsDir(w) {
					list = append(list, w)
				}
			}
		}
	}
	return list
}

// storage reports what a boot would mount or import of replicated disks.
func (c *Cluster) storage() {
	for _, n := range c.Nodes {
		h := c.hosts[n]
		c.fstab(h)
		for _, cache := range []string{"/etc/zfs/zpool.cache", "/boot/zfs/zpool.cache"} {
			if data, err := h.tree.ReadFile(cache); err == nil && h.cfg.Yes("zfs_enable") && bytes.Contains(data, []byte("/dev/hast/")) {
				at := h.place(hcl.Range{Filename: cache, Start: hcl.InitialPos, End: hcl.InitialPos})
				c.report(CodeStorage, schema.Error, at, fmt.Sprintf("a pool on HAST is in the cache file of %s and is imported at boot", h.Name),
					"import the pool with zpool import -o cachefile=none", nil)
			}
		}
	}
}

func (c *Cluster) fstab(h *Host) {
	h.eachFSTab(func(f []string, at hcl.Range) {
		if !slices.Contains(strings.Split(f[3], ","), "noauto") {
			c.report(CodeStorage, schema.Error, h.place(at), fmt.Sprintf("%s of %s is mounted at boot", f[0], h.Name), "add the option noauto, and let the switch mount it", nil)
		}
	})
}

// eachFSTab calls use for every line of fstab about a resource.
func (h *Host) eachFSTab(use func(fields []string, at hcl.Range)) {
	const name = "/etc/fstab"
	data, err := h.tree.ReadFile(name)
	if err != nil {
		return
	}
	start := 0
	for line := range bytes.Lines(data) {
		if f := strings.Fields(string(line)); len(f) >= 4 && strings.HasPrefix(f[0], schema.HASTDevices) {
			use(f, h.text(name).Range(start, start+len(bytes.TrimRight(line, "\r\n"))))
		}
		start += len(line)
	}
}

// fstabOfHAST lists the lines of fstab about resources.
func (h *Host) fstabOfHAST() [][]string {
	var list [][]string
	h.eachFSTab(func(f []string, _ hcl.Range) { list = append(list, f) })
	return list
}
