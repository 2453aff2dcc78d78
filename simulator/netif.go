//go:build linux

package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// rcAlias is what carpool renders for a virtual address: ifconfig_em0_alias0="inet vhid 1 …" of 10 and later,
// ifconfig_carp0="vhid 1 …" before.
var rcAlias = regexp.MustCompile(`(?m)^ifconfig_([a-z]+[0-9]+)(?:_alias[0-9]+)?="(?:inet6? )?(vhid [^"]*)"`)

// netif is rc.d/netif for the virtual addresses: of rc.conf, or of the groups where a host has none.
func (h *Host) netif() {
	rc := h.config("etc/rc.conf")
	if rc == "" {
		for _, g := range h.w.Groups {
			h.addVHID(g.VHID, 100*h.idx, h.w.iface(g.VHID), "10.0.0."+itoa(100+g.VHID))
		}
		return
	}
	for _, m := range rcAlias.FindAllStringSubmatch(rc, -1) {
		words := strings.Fields(m[2])
		after := func(word string) int {
			for i, w := range words[:len(words)-1] {
				if w == word {
					n, _ := strconv.Atoi(words[i+1])
					return n
				}
			}
			return 0
		}
		addr := words[len(words)-1]
		for i, w := range words {
			if w == "netmask" {
				addr = words[i-1]
			}
		}
		addr, _, _ = strings.Cut(addr, "/")
		if v := h.vhid(after("vhid")); v != nil { // a second address of the group
			v.addr += " " + addr
			continue
		}
		v := h.addVHID(after("vhid"), after("advskew"), m[1], addr)
		v.prio = after("vrrpprio")
	}
}

// config is the text of one of the host's files, "" if it is not there.
func (h *Host) config(path string) string {
	b, _ := os.ReadFile(filepath.Join(h.root, path))
	return string(b)
}

// sysctlSays: rc.d/sysctl read sysctl.conf before netif. A host without that file has preempt all the same.
func (h *Host) preempts() int {
	if text := h.config("etc/sysctl.conf"); text != "" && !strings.Contains(text, "net.inet.carp.preempt=1") {
		return 0
	}
	return 1
}
