package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// keyLength is how many bytes of a password count: CARP_KEY_LEN less the NUL
// that ifconfig's strlcpy writes (sys/netinet/ip_carp.h).
const keyLength = 19

// key is what of a password counts, or who provides it if it is not known
// here; ok is false if nothing can be said.
func key(a schema.Attr[string]) (k string, ok bool) {
	if a.Secret.Unknown {
		return "var " + a.Secret.Origin, a.Secret.Origin != ""
	}
	return "is " + a.Value[:min(len(a.Value), keyLength)], true
}

// bothTold reports whether two passwords are both known, or both unknown
// with their variables named.
func bothTold(a, b schema.Attr[string]) bool {
	_, aok := key(a)
	_, bok := key(b)
	return aok && bok && a.Secret.Unknown == b.Secret.Unknown
}

// passwords calls f for each member whose password stands against that of the
// member the others are measured by.
func passwords(p *Pass, f func(v *schema.VIP, norm, c claim)) {
	for _, v := range p.VIPs {
		cs := claimsOf(v, func(m *schema.Member) (claim, bool) {
			k, ok := key(m.Password)
			return claim{value: k, at: m.Password.Range}, ok && m.Password.Stated && isCARP(m)
		})
		if len(cs) == 0 {
			continue
		}
		norm, _ := measure(cs)
		for _, c := range cs {
			if bothTold(norm.member.Password, c.member.Password) {
				f(v, norm, c)
			}
		}
	}
}

var carp010 = &Rule{
	Code:     "CARP010",
	Severity: schema.Error,
	Summary:  "the password of one vip differs between nodes",
	Effect:   "Each node throws away the other's advertisements as forged, logs nothing at the default level, and becomes MASTER: one MAC address on two ports of the switch (carp(4); sys/netinet/ip_carp.c carp_hmac_verify).",
	Check: func(p *Pass) {
		passwords(p, func(v *schema.VIP, norm, c claim) {
			if c.value == norm.value {
				return
			}
			p.Report(Report{
				At: c.at, Object: v.Object(),
				Message: fmt.Sprintf("the password of %s on %s is not that of %s", v.Address(), c.member.Node.Address(), norm.member.Node.Address()),
				Help:    "state the password once, in the vip, and take it out of the on blocks",
				Related: Also(norm.at, "the password of %s is here", norm.member.Node.Address()),
			})
		})
	},
}

var carp011 = &Rule{
	Code:     "CARP011",
	Severity: schema.Error,
	Summary:  "a vip has a password on some of its nodes only",
	Effect:   "A node without a password signs with twenty zero bytes. The others throw its advertisements away, it throws away theirs, and all are MASTER (sys/netinet/ip_carp.c carp_hmac_prepare).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			i := slices.IndexFunc(v.Members, func(m *schema.Member) bool { return m.Password.Stated && isCARP(m) })
			if i < 0 {
				continue
			}
			with := v.Members[i]
			for _, m := range v.Members {
				if m.Password.Stated || !isCARP(m) {
					continue
				}
				p.Report(Report{
					At: m.At, Object: v.Object(),
					Message: fmt.Sprintf("%s has no password on %s, but one on %s", v.Address(), m.Node.Address(), with.Node.Address()),
					Help:    "state the password once, in the vip, for all its nodes",
					Related: Also(with.Password.Range, "%s has one here", with.Node.Address()),
				})
			}
		}
	},
}

// eachPassword calls f once for every place that states a password that can be
// looked at, with the members it is for.
func eachPassword(p *Pass, f func(v *schema.VIP, a schema.Attr[string], ms []*schema.Member)) {
	for _, v := range p.VIPs {
		at := map[hcl.Range][]*schema.Member{}
		for _, m := range v.Members {
			if m.Password.Stated && !m.Password.Secret.Unknown && isCARP(m) {
				at[m.Password.Range] = append(at[m.Password.Range], m)
			}
		}
		for _, m := range v.Members {
			if ms := at[m.Password.Range]; len(ms) > 0 && ms[0] == m {
				f(v, m.Password, ms)
			}
		}
	}
}

var carp012 = &Rule{
	Code:     "CARP012",
	Severity: schema.Error,
	Summary:  "a password is longer than 19 bytes",
	Effect:   "ifconfig cuts it after 19 bytes without a word; what follows protects nothing, and changing it changes nothing (sbin/ifconfig/carp.c setcarp_passwd; sys/netinet/ip_carp.h CARP_KEY_LEN).",
	Check: func(p *Pass) {
		eachPassword(p, func(v *schema.VIP, a schema.Attr[string], _ []*schema.Member) {
			if len(a.Value) > keyLength {
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("the password of %s has %d bytes; only the first %d count", v.Address(), len(a.Value), keyLength),
					Help:    "choose a password of 1 to 19 bytes",
				})
			}
		})
	},
}

var (
	unsafePassword = regexp.MustCompile(`[^A-Za-z0-9_.:,@%+=/-]`)
	rangePassword  = regexp.MustCompile(`[0-9a-fA-F]-`)
	familyWords    = []string{"inet", "inet6", "link", "ether"}
	// Words that network.subr ifconfig_getargs takes out of ifconfig_IF.
	pseudoWords = []string{"auto", "dhcp", "hostap", "ipv6", "noauto", "nosyncdhcp", "syncdhcp", "wpa"}
)

// carried says why rc cannot carry a password to ifconfig on these nodes, or "".
func carried(s string, ms []*schema.Member) string {
	old := slices.ContainsFunc(ms, func(m *schema.Member) bool { return preCARP(m.Node) })
	switch {
	case s == "":
		return "is empty"
	case unsafePassword.MatchString(s):
		return "has a character that rc.conf cannot carry to ifconfig"
	case slices.Contains(familyWords, s):
		return "is a word that begins a new address in rc.conf"
	case old && strings.Contains(s, "-"):
		return "has a hyphen, which FreeBSD 9 and older take for a range of addresses"
	case old && slices.Contains(pseudoWords, strings.ToLower(s)):
		return "is a word that rc takes out of ifconfig's arguments"
	case rangePassword.MatchString(s):
		return "has a hyphen after a hexadecimal digit, which rc takes for a range of addresses"
	}
	return ""
}

var carp013 = &Rule{
	Code:     "CARP013",
	Severity: schema.Error,
	Summary:  "a password holds what rc.conf cannot carry",
	Effect:   "rc splits and evaluates the value again, differently for the last address of an interface than for the others: the address is silently not configured, the password differs, or a part of it runs as a command (network.subr ifalias_af_common_handler, ifalias_expand_addr).",
	Check: func(p *Pass) {
		eachPassword(p, func(v *schema.VIP, a schema.Attr[string], ms []*schema.Member) {
			if why := carried(a.Value, ms); why != "" {
				p.Report(Report{
					At: a.Range, Object: v.Object(),
					Message: fmt.Sprintf("the password of %s %s", v.Address(), why),
					Help:    "use 1 to 19 of the characters A-Z a-z 0-9 _ . : , @ % + = / and none of the words inet, inet6, link, ether",
				})
			}
		})
	},
}

var carp014 = &Rule{
	Code:     "CARP014",
	Severity: schema.Warning,
	Summary:  "two passwords of one vip differ only where it does not count",
	Effect:   "ifconfig cuts both after 19 bytes, so the nodes understand each other; whoever changed the rest believes in a new password that is the old one (sbin/ifconfig/carp.c setcarp_passwd).",
	Check: func(p *Pass) {
		passwords(p, func(v *schema.VIP, norm, c claim) {
			if c.value != norm.value || c.member.Password.Value == norm.member.Password.Value {
				return
			}
			p.Report(Report{
				At: c.at, Object: v.Object(),
				Message: fmt.Sprintf("the passwords of %s on %s and %s differ only after byte 19", v.Address(), norm.member.Node.Address(), c.member.Node.Address()),
				Help:    "state one password of at most 19 bytes, in the vip",
				Related: Also(norm.at, "the other one is here"),
			})
		})
	},
}
