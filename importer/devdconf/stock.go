package devdconf

import "carpool/schema"

// stock stands for FreeBSD's own devd.conf: its folders, and the only two of its rules that
// concern the events of network interfaces (sbin/devd/devd.conf, 9.3 to 15).
func stock(release schema.Release) *File {
	dhclient := "service dhclient quietstart $subsystem"
	if !release.AtLeast(11, 0) {
		dhclient = "/etc/rc.d/dhclient quietstart $subsystem"
	}
	wlan := "!(usbus|wlan)[0-9]+"
	if !release.AtLeast(11, 0) {
		wlan = "!usbus[0-9]+"
	}
	return &File{Name: "", Statements: []Statement{
		&Option{Keyword: "directory", Value: Value{Text: "/etc/devd"}},
		&Option{Keyword: "directory", Value: Value{Text: "/usr/local/etc/devd"}},
		stockRule("/etc/pccard_ether $subsystem start",
			match("system", "IFNET"), match("subsystem", wlan), match("type", "ATTACH")),
		stockRule(dhclient,
			match("system", "IFNET"), match("type", "LINK_UP"),
			Clause{Keyword: "media-type", Value: Value{Text: "ethernet"}}),
	}}
}

func stockRule(action string, conditions ...Clause) *Rule {
	return &Rule{Class: "notify", Clauses: append(conditions, Clause{Keyword: "action", Value: Value{Text: action}})}
}

func match(variable, expression string) Clause {
	return Clause{Keyword: "match", Variable: Value{Text: variable}, Value: Value{Text: expression}}
}
