package importer

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// The codes of findings that only hosts' files can have.
const (
	CodeRC       = "HOST001"
	CodeHAST     = "HOST002"
	CodeDevd     = "HOST003"
	CodeValues   = "HOST004"
	CodeAlone    = "HOST010"
	CodeShadowed = "HOST011"
	CodeOldForm  = "HOST012"
	CodeNever    = "HOST013"
	CodeBoot     = "HOST014"
	CodeStorage  = "HOST015"
	CodeNoOwn    = "HOST016"
	CodeUnused   = "HOST017"
	CodeListen   = "HOST018"
	CodeUnheard  = "HOST019"
	CodeRoutes   = "HOST020"
	CodeNoMask   = "HOST021"
	CodeName     = "HOST022"
	CodeCopies   = "HOST023"
	CodeReaction = "HOST024"
	CodeMembers  = "HOST025"
	CodeUcarp    = "HOST026"
	CodeUserCARP = "HOST027"
	CodeLeftOut  = "HOST028"
	CodeHastd    = "HOST029"
	CodeImport   = "HOST030"
)

// Code documents one of them.
type Code struct {
	Code     string
	Severity schema.Severity // the gravest that its findings have
	Summary  string
	Effect   string // what FreeBSD does
	Why      string
}

// Codes lists the codes of this package, sorted.
var Codes = []Code{
	{CodeRC, schema.Error, "rc.conf is read otherwise than it looks", "rc.conf is a program for sh(1); every rc script runs it (rc.conf(5)).",
		"The files of a host are read as sh(1) and network.subr read them. Where they refuse something, or make something else of it than a reader would, the finding has their reason."},
	{CodeHAST, schema.Error, "hast.conf is refused by hastd", "hastd and hastctl refuse the whole file and exit (sbin/hastd/parse.y).",
		"hast.conf is read by the grammar of hastd and then as the host itself reads it, since its name decides which sections are its own."},
	{CodeDevd, schema.Error, "devd reads a rule otherwise than it looks", "devd anchors every expression, and runs the first rule that matches only (devd.conf(5); sbin/devd/devd.cc).",
		"The rules are read as devd of the host's release reads them."},
	{CodeValues, schema.Error, "a line of sysctl.conf or loader.conf is refused", "The line has no effect, or another one (sysctl.conf(5); loader.conf(5)).",
		"Both files look like rc.conf and are not read by a shell: each has rules of its own."},
	{CodeAlone, schema.Error, "a vhid is on one host only", "There is nobody to take the address over (carp(4)).",
		"The files of all hosts were given, and only one of them configures the vhid."},
	{CodeShadowed, schema.Error, "a devd rule never runs, since another one takes its events", "Of all rules that match an event devd runs one: that with the highest priority, of equals the first it read (devd.conf(5)).",
		"Rules that accumulate over the years hide each other."},
	{CodeOldForm, schema.Error, "carpN interfaces on a release that has none", "carpN interfaces ended with FreeBSD 10.0: ifconfig knows no carp to create, and the address is missing (UPDATING 20111215).",
		"Files that were carried over from an older release keep the old form."},
	{CodeNever, schema.Error, "a devd rule waits for an event that never comes", "Up to 9.x a change of role is an event of IFNET about carpN; from 10.0 on it is one of CARP about VHID@INTERFACE (carp(4)).",
		"The rule is never run, and the address moves without what the rule would have done."},
	{CodeBoot, schema.Warning, "a service is started at boot and by the switch", "rc starts it on every node, whoever is MASTER (rc.conf(5)).",
		"What a failover starts and stops has to be off at boot: the node that boots as BACKUP would run it beside the MASTER."},
	{CodeStorage, schema.Error, "replicated storage is mounted or imported at boot", "At boot the device of a resource is not there unless the node is primary: mounting fails, and with both nodes primary both write (fstab(5); hastctl(8)).",
		"Storage on HAST is taken by whoever becomes MASTER, never by a boot."},
	{CodeNoOwn, schema.Warning, "an interface has virtual addresses, but none of its own", "The advertisements then have the virtual address as their source, and a BACKUP has no address on the network at all (sys/netinet/ip_carp.c carp_send_ad_locked).",
		"A node should be reachable, and able to advertise, without the address it shares."},
	{CodeUnused, schema.Warning, "a carpN interface is created and never configured", "It stays in INIT and does nothing (carp(4) 9.3).",
		"Something was forgotten: either the settings or the removal."},
	{CodeListen, schema.Error, "hastd cannot listen on an address", "hastd says \"Unable to listen on address\" and takes no connection there (sbin/hastd/proto_tcp.c).",
		"The address has a form that hastd does not understand."},
	{CodeUnheard, schema.Warning, "devd is off and has rules for CARP", "Without devd nothing runs when an address moves (devd(8)).",
		"The rules are there, the daemon is not."},
	{CodeRoutes, schema.Warning, "the hosts disagree on a route", "After a failover the traffic takes another way, or none (rc.conf(5), static_routes).",
		"What two members of a vip route for their clients should be the same."},
	{CodeNoMask, schema.Error, "an IPv4 address without a mask", "Up to 14.x the address gets the mask of its class, 8, 16 or 24 bits; from 15.0 on ifconfig refuses it (sbin/ifconfig/af_inet.c).",
		"The class of an address says nothing about the network it is in."},
	{CodeName, schema.Warning, "a host name with an underscore", "FreeBSD sets it; resolvers, mail and TLS refuse it (hostname(7)).",
		"hast.conf compares host names, and so do certificates and mail."},
	{CodeCopies, schema.Warning, "the hosts' copies of hast.conf differ", "Each host uses what its own copy says of it: a change that only the other copy has is not in effect (hast.conf(5); sbin/hastd/parse.y).",
		"hast.conf(5) wants one file on all hosts. Two that differ are mostly one change that was carried over to one host only."},
	{CodeReaction, schema.Warning, "the hosts of a vip act differently on a change of role", "devd of each host runs its own rule, or none (devd.conf(5)).",
		"A rule that only one of the hosts has is a failover that works in one direction."},
	{CodeMembers, schema.Warning, "the hosts of a vip differ in a setting that counts after a failover", "The address moves, and what the other host did with it does not (carp(4); inet(4)).",
		"Whoever is MASTER stands in for the others, and has to behave as they would."},
	{CodeUcarp, schema.Error, "settings of ucarp that do not fit together", "ucarp speaks CARP in user space: it hears only whom vhid, password and address agree with, and becomes MASTER without it (ucarp(8)).",
		"ucarp of the ports knows nothing of what is configured on its peer, like CARP of the kernel."},
	{CodeUserCARP, schema.Notice, "an address is shared by ucarp", "The kernel knows nothing of it: no event reaches devd, and the address is added by a script (ucarp(8)).",
		"What ucarp does is compared between the hosts, and not part of a description."},
	{CodeLeftOut, schema.Warning, "an interface is configured that network_interfaces leaves out", "netif configures only the interfaces that network_interfaces and cloned_interfaces list (rc.d/netif; network.subr list_net_interfaces).",
		"The variable was written when the host had other interfaces, or a name was mistyped."},
	{CodeHastd, schema.Warning, "hastd is started with another file or program", "The rc script starts hastd_program with hastd_flags; -c names another file than /etc/hast.conf, -P another one than rc looks into, and -F keeps hastd in the foreground, which holds up the boot (hastd(8); libexec/rc/rc.d/hastd).",
		"carpool reads /etc/hast.conf. What it says of the host is wrong if hastd reads another file."},
	{CodeImport, schema.Error, "an imported description does not say everything", "A boot of the rendered files does something else than a boot of the host's own.",
		"carpool import renders what it wrote and compares the two boots, command by command."},
}

// coded gives the findings of a reader their code. Without one it follows from
// the file they are about.
func coded(code string, diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		if d.Extra != nil {
			continue
		}
		f := schema.Finding{Code: code}
		if code == "" && d.Subject != nil {
			f.Code = codeOfFile(d.Subject.Filename)
		}
		if f.Code == "" {
			f.Code = CodeRC
		}
		if d.Severity == hcl.DiagWarning {
			f.Severity = schema.Warning
		}
		d.Extra = &f
	}
	return diags
}

func codeOfFile(name string) string {
	switch {
	case strings.Contains(name, "loader.conf"), strings.Contains(name, "sysctl.conf"):
		return CodeValues
	case strings.Contains(name, "devd"):
		return CodeDevd
	case strings.Contains(name, "hast.conf"):
		return CodeHAST
	}
	return CodeRC
}

// effectOf is what FreeBSD does, as the catalogue says it.
func effectOf(code string) string {
	for _, c := range Codes {
		if c.Code == code {
			return c.Effect
		}
	}
	return ""
}
