package devdconf

import (
	"path"
	"slices"
	"strings"
)

// ownFiles are the files that FreeBSD installs in /etc/devd (sbin/devd/Makefile, 9.3 to
// 2026).
var ownFiles = strings.Fields("apple.conf asus.conf autofs.conf bluetooth.conf devmatch.conf dhclient.conf hyperv.conf " +
	"moused.conf nvmf.conf power_profile.conf snd.conf syscons.conf uath.conf ulpt.conf usb.conf zfs.conf")

// ownActions begin the actions of FreeBSD's own /etc/devd.conf (etc/devd.conf 9.3 and 10.4,
// sbin/devd/devd.conf 12.1 to 2026).
var ownActions = []string{
	"/etc/pccard_ether ", "/etc/rc.d/dhclient quietstart ", "service dhclient quietstart ",
	"/etc/rc.d/moused ", "service moused ", "/etc/rc.d/bluetooth ", "service bluetooth ",
	"/etc/rc.d/syscons setkeyboard ", "service syscons setkeyboard ", "/etc/rc.d/power_profile $notify", "service power_profile $notify",
	"/etc/rc.suspend acpi ", "/etc/rc.resume acpi ", "/etc/acpi_ac ", "/usr/sbin/automount -c", "/sbin/init q",
	"logger -p kern.emerg WARNING: system temperature", "logger -p kern.emerg 'WARNING: system temperature",
	"logger Unknown ", "logger $comm $core", "logger -p kern.warn 'ZFS: ", "logger -p kern.err 'ZFS: ",
	"kldload if_deqna", "kldload -n if_deqna",
}

// Stock reports whether a rule is FreeBSD's own, which every host has anyway.
func (r *Rule) Stock() bool {
	name := r.Heading.Filename
	switch {
	case name == "":
		return true
	case path.Dir(name) == "/etc/devd":
		return slices.Contains(ownFiles, path.Base(name))
	case name != MainFile:
		return false
	}
	return !slices.ContainsFunc(r.Clauses, func(c Clause) bool {
		return c.Keyword == "action" && !slices.ContainsFunc(ownActions, func(a string) bool { return strings.HasPrefix(c.Value.Text, a) })
	})
}

// Actions lists the commands of a rule as the file has them.
func (r *Rule) Actions() []string {
	var list []string
	for _, c := range r.Clauses {
		if c.Keyword == "action" {
			list = append(list, c.Value.Text)
		}
	}
	return list
}

// Inline returns the clauses of a rule with the variables of options sections put in, so
// that they mean the same in another file.
func (c *Config) Inline(r *Rule) []Clause {
	d := dialectOf(c.Release)
	list := slices.Clone(r.Clauses)
	for i, clause := range list {
		if !strings.Contains(clause.Value.Text, "$") {
			continue
		}
		if clause.Keyword == "action" {
			list[i].Value.Text = c.inlineAction(d, clause.Value.Text)
			continue
		}
		list[i].Value.Text = d.expand(clause.Value.Text, func(name string) string { return c.vars[name] }, false)
	}
	return list
}

// inlineAction replaces what options sections set, and leaves the variables of the event.
func (c *Config) inlineAction(d dialect, s string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		n := 0
		for n < len(rest) && isIDByte(rest[n]) {
			n++
		}
		if _, set := c.vars[rest[:n]]; !set || n == 0 || !isLetter(rest[0]) {
			whole := "$" + rest[:n]
			if n == 0 && rest != "" {
				whole, n = "$"+rest[:1], 1 // $$ and $( belong together
			}
			out.WriteString(whole)
			s = rest[n:]
			continue
		}
		var value strings.Builder
		s = d.expandOne(&value, rest, func(name string) string { return c.vars[name] }, true)
		out.WriteString(value.String())
	}
}
