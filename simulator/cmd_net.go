//go:build linux

package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const lanIface, repIface = "em0", "em1"

// iface is the name of the interface that shows a vhid: the LAN's, or carpN before FreeBSD 10.
func (w *World) iface(n int) string {
	if w.Release < 10 {
		return "carp" + strconv.Itoa(n)
	}
	return lanIface
}

// ifconfig(8): prints one interface, or changes advskew or state of a vhid.
func ifconfig(c *call) {
	h := c.h
	a := c.args
	if len(a) == 0 || a[0] == "-a" {
		for _, i := range h.interfaces() {
			c.showInterface(i)
		}
		c.exit(0)
		return
	}
	name := a[0]
	if !contains(h.interfaces(), name) {
		c.fail(1, "ifconfig: interface %s does not exist", name)
		return
	}
	a = a[1:]
	if len(a) > 0 && (a[0] == "inet" || a[0] == "inet6") {
		a = a[1:]
	}
	if len(a) == 0 {
		c.showInterface(name)
		c.exit(0)
		return
	}
	var v *vhid
	if h.w.Release < 10 {
		for _, x := range h.vhids {
			if x.iface == name {
				v = x
			}
		}
	}
	for i := 0; i < len(a); i++ {
		val := ""
		if i+1 < len(a) {
			val = a[i+1]
		}
		n, _ := strconv.Atoi(val)
		switch a[i] {
		case "vhid":
			if v = h.vhid(n); v == nil {
				// It is a write: an empty vhid comes into being and stays INIT.
				c.w.violate(h, "simulator", "ifconfig creates vhid %d", n)
				c.exit(0)
				return
			}
			i++
		case "advskew":
			switch {
			case v == nil:
				c.fail(1, "ifconfig: advskew requires vhid")
				return
			case n < 0 || n > 254 || val == "":
				c.fail(1, "ifconfig: SIOCSVH: Invalid argument")
				return
			}
			v.setAdvskew(n)
			i++
		case "vrrpprio":
			switch {
			case h.w.Release < 15:
				c.fail(1, "ifconfig: vrrpprio: bad value")
				return
			case v == nil || v.prio == 0:
				c.fail(1, "ifconfig: SIOCSVH: Invalid argument")
				return
			case n != 0: // 0 is "unchanged" (ip_carp.c of 15)
				v.setPrio(n)
			}
			i++
		case "state":
			if v == nil {
				c.fail(1, "ifconfig: state requires vhid")
				return
			}
			v.force(strings.ToUpper(val))
			i++
		case "up", "down":
		default:
			c.fail(1, "ifconfig: %s: bad value", a[i])
			return
		}
	}
	c.exit(0)
}

func contains(l []string, s string) bool {
	for _, x := range l {
		if x == s {
			return true
		}
	}
	return false
}

func (h *Host) interfaces() []string {
	l := []string{lanIface, repIface, "lo0"}
	for _, v := range h.vhids {
		if !contains(l, v.iface) {
			l = append(l, v.iface)
		}
	}
	return l
}

func (c *call) showInterface(name string) {
	h := c.h
	switch {
	case strings.HasPrefix(name, "carp"):
		c.printf("%s: flags=49<UP,LOOPBACK,RUNNING> metric 0 mtu 1500\n", name)
		for _, v := range h.vhids {
			if v.iface == name {
				c.printf("\tinet %s netmask 0xffffffff\n\tcarp: %s vhid %d advbase %d advskew %d\n", v.addr, v.state, v.id, v.advbase, v.advskew)
			}
		}
		return
	case name == "lo0":
		c.printf("lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384\n\tinet 127.0.0.1 netmask 0xff000000\n")
		return
	}
	c.printf("%s: flags=8963<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500\n", name)
	c.printf("\tether 52:54:00:00:00:0%d\n\tinet %s netmask 0xffffff00 broadcast 10.0.0.255\n", h.idx+1, h.ip(name == repIface))
	status := "active"
	if name == lanIface {
		for _, v := range h.vhids {
			if v.iface == name {
				c.printf("\tinet %s netmask 0xffffffff broadcast %s vhid %d\n", v.addr, v.addr, v.id)
			}
		}
		for _, v := range h.vhids {
			if v.iface == name && v.prio > 0 {
				c.printf("\tvrrp: %s vrid %d prio %d interval 100\n", v.state, v.id, v.prio)
			} else if v.iface == name {
				c.printf("\tcarp: %s vhid %d advbase %d advskew %d\n", v.state, v.id, v.advbase, v.advskew)
				if c.w.Release >= 14 {
					c.printf("\t      peer 224.0.0.18 peer6 ff02::12\n")
				}
			}
		}
		if h.NoCarrier {
			status = "no carrier"
		}
	}
	c.printf("\tmedia: Ethernet autoselect (1000baseT <full-duplex>)\n\tstatus: %s\n", status)
}

// sysctl(8) for the few variables a failover script needs.
func sysctl(c *call) {
	h := c.h
	opt, words, good := c.options("fB")
	if !good {
		return
	}
	code := 0
	for _, word := range words {
		name, val, set := strings.Cut(word, "=")
		n, _ := strconv.Atoi(val)
		var get func() string
		var put func()
		carp := "net.inet.carp."
		switch {
		case name == carp+"preempt":
			get, put = func() string { return strconv.Itoa(h.Preempt) }, func() { h.Preempt = n }
		case name == carp+"log":
			get, put = func() string { return strconv.Itoa(h.carpLog) }, func() { h.carpLog = n }
		case name == carp+"allow":
			get, put = func() string { return btoa(h.Allow) }, func() { h.setAllow(n != 0) }
		case name == carp+"demotion" && c.w.Release >= 10:
			get, put = func() string { return strconv.Itoa(h.Demotion) }, func() { h.demote(n) }
		case name == "kern.boottime":
			get = func() string { return fmt.Sprintf("{ sec = %d, usec = 0 }", epoch+h.bootID) }
		case name == "kern.hostname":
			get = func() string { return h.Name }
		case name == "kern.osreldate":
			get = func() string { return strconv.Itoa(c.w.Release*100000 + 2000) }
		default:
			if !has(opt, 'i') {
				c.errorf("sysctl: unknown oid '%s'", name)
				code = 1
			}
			continue
		}
		if set && put == nil {
			c.errorf("sysctl: oid '%s' is read only", name)
			code = 1
			continue
		}
		old := get()
		if set {
			put()
		}
		switch {
		case has(opt, 'q') && set:
		case set && has(opt, 'n'):
			c.printf("%s -> %s\n", old, get())
		case set:
			c.printf("%s: %s -> %s\n", name, old, get())
		case has(opt, 'n'):
			c.printf("%s\n", old)
		default:
			c.printf("%s: %s\n", name, old)
		}
	}
	c.exit(code)
}

func btoa(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// setAllow: from 11.3 on, 0 parks every vhid in INIT; before, it only means deafness.
func (h *Host) setAllow(v bool) {
	if h.Allow == v {
		return
	}
	h.Allow = v
	h.w.note(h, "net.inet.carp.allow=%v", v)
	for _, x := range h.vhids {
		x.link("carp allowed")
	}
}

// ping(8) of FreeBSD: -c count, -W milliseconds to wait for a reply, -t seconds for the whole run; exit 0
// answered, 2 not, other codes = could not send.
func ping(c *call) {
	opt, words, good := c.options("cWtiIsSmwlpP")
	if !good {
		return
	}
	if len(words) != 1 {
		c.fail(64, "usage: ping host")
		return
	}
	addr := words[0]
	yes, refused := c.h.reaches(addr)
	switch {
	case refused:
		c.later(50*time.Millisecond, func() { c.fail(2, "ping: sendto: Host is down") })
	case yes:
		c.later(2*time.Millisecond, func() {
			c.printf("PING %s (%s): 56 data bytes\n\n--- %s ping statistics ---\n", addr, addr, addr)
			c.printf("1 packets transmitted, 1 packets received, 0.0%% packet loss\n")
			c.exit(0)
		})
	default:
		number := func(l byte, def float64) float64 {
			if has(opt, l) {
				def, _ = strconv.ParseFloat(opt[l][0], 64)
			}
			return def
		}
		// The last packet leaves after (count-1)·interval and is then waited for.
		secs := (number('c', 1e6)-1)*number('i', 1) + number('W', 10000)/1000
		wait := time.Duration(min(secs, number('t', 1e6)) * float64(time.Second))
		c.later(wait, func() {
			c.printf("PING %s (%s): 56 data bytes\n\n--- %s ping statistics ---\n", addr, addr, addr)
			c.printf("1 packets transmitted, 0 packets received, 100.0%% packet loss\n")
			c.exit(2)
		})
	}
}

// route(8): add and delete of reject routes.
func route(c *call) {
	var verb, dst string
	reject := false
	for i := 0; i < len(c.args); i++ {
		switch a := c.args[i]; a {
		case "-q", "-n", "-host", "-inet", "-inet6", "-6", "-4":
		case "-reject", "-blackhole":
			reject = true
		case "add", "delete", "del", "get", "show":
			verb = a
		default:
			if dst == "" {
				dst = a
			}
		}
	}
	h := c.h
	switch verb {
	case "add":
		if !reject {
			c.w.violate(h, "simulator", "route add without reject: %s", c.line())
		}
		if h.reject[dst] {
			c.fail(1, "add host %s: gateway 127.0.0.1: route already in table", dst)
			return
		}
		h.reject[dst] = true
		h.w.note(h, "reject route to %s", dst)
		h.w.netChanged()
	case "delete", "del":
		if !h.reject[dst] {
			c.fail(1, "delete host %s fib 0: not in table", dst)
			return
		}
		delete(h.reject, dst)
		h.w.note(h, "reject route to %s deleted", dst)
		h.w.netChanged()
	case "get", "show":
		if ok, _ := h.reaches(dst); !ok && !h.reject[dst] && dst == "" {
			c.fail(1, "route: route has not been found")
			return
		}
		c.printf("   route to: %s\ndestination: %s\n", dst, dst)
		if h.reject[dst] {
			c.printf("    gateway: 127.0.0.1\n        fib: 0\n  interface: lo0\n      flags: <UP,GATEWAY,HOST,REJECT,DONE,STATIC>\n")
		} else {
			c.printf("        fib: 0\n  interface: %s\n      flags: <UP,DONE,PINNED>\n", lanIface)
		}
	}
	c.exit(0)
}
