package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carpool/schema"
)

// vips compares the groups of both sides: those of one interface and vhid,
// and of the rest those with an address in common.
func (x *comparison) vips() {
	before, after := x.before.groupsOfBoot(), slices.Clone(x.after.groupsOfBoot())
	take := func(same func(*vhid) bool) *vhid {
		i := slices.IndexFunc(after, same)
		if i < 0 {
			return nil
		}
		v := after[i]
		after = slices.Delete(after, i, i+1)
		return v
	}
	var rest []*vhid
	for _, b := range before {
		if a := take(func(a *vhid) bool { return a.iface == b.iface && a.number.text == b.number.text }); a != nil {
			x.vip(b, a)
		} else {
			rest = append(rest, b)
		}
	}
	for _, b := range rest {
		if a := take(func(a *vhid) bool {
			return slices.ContainsFunc(a.hosts(), func(s string) bool { return slices.Contains(b.hosts(), s) })
		}); a != nil {
			x.vip(b, a)
		} else {
			x.add(VIPGone, x.vipName(b), b.where())
		}
	}
	for _, a := range after {
		x.add(VIPNew, x.vipName(a), a.where())
	}
}

// groupsOfBoot are the groups, the boot being read if it was not yet.
func (h *Host) groupsOfBoot() []*vhid {
	h.bootOnce()
	return h.vhids()
}

// hosts lists the addresses without their lengths, sorted.
func (v *vhid) hosts() []string {
	var list []string
	for _, a := range v.addrs {
		if s := a.prefix.Addr().String(); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

// prefixes lists the addresses with their lengths, sorted.
func (v *vhid) prefixes() []string {
	var list []string
	for _, a := range v.addrs {
		if s := a.prefix.String(); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

func (v *vhid) where() string {
	addresses := strings.Join(v.prefixes(), ", ")
	if addresses == "" {
		addresses = "no address"
	}
	return fmt.Sprintf("vhid %s on %s: %s", v.number.text, v.iface, addresses)
}

// passBytes is how much of a password counts (sys/netinet/ip_carp.h
// CARP_KEY_LEN, one byte of which ends it).
const passBytes = 19

// key is what of the password counts.
func (v *vhid) key() string {
	s := v.params["pass"].text
	return s[:min(len(s), passBytes)]
}

// or is the value of a word, or what FreeBSD takes without it.
func (v *vhid) or(word, missing string) string {
	p, ok := v.params[word]
	if !ok {
		return missing
	}
	if n, err := strconv.Atoi(p.text); err == nil {
		return strconv.Itoa(n)
	}
	return p.text
}

// electionWords decide who is MASTER, with what counts where they are not
// written (sys/netinet/ip_carp.c carp_alloc).
var electionWords = []struct{ word, missing string }{
	{"advbase", "1"}, {"advskew", "0"}, {"vrrpprio", "100"}, {"vrrpinterval", "100"},
}

func (x *comparison) vip(b, a *vhid) {
	name := x.vipName(a)
	parts := func(code EffectCode, detail string) {
		x.auth[name] = append(x.auth[name], x.add(code, name, detail))
	}
	if b.number.text != a.number.text {
		parts(VIPVHID, became("vhid", b.number.text, a.number.text))
	}
	if b.key() != a.key() {
		parts(VIPPassword, "")
	}
	if d := listed(b.hosts(), a.hosts()); d != "" {
		parts(VIPAddresses, d)
	} else if d := listed(b.prefixes(), a.prefixes()); d != "" {
		x.add(VIPMask, name, d)
	}
	if p, q := b.or("carpver", "2"), a.or("carpver", "2"); p != q {
		parts(VIPProtocol, became("carpver", p, q))
	}
	if b.iface != a.iface {
		x.add(VIPInterface, name, becameValue(b.iface, a.iface))
	}
	x.words(VIPPeer, name, b, a, []string{"peer", "peer6"})
	x.election(name, b, a)
}

func (x *comparison) words(code EffectCode, name string, b, a *vhid, words []string) {
	var changes []string
	for _, w := range words {
		if p, q := b.or(w, ""), a.or(w, ""); p != q {
			changes = append(changes, became(w, p, q))
		}
	}
	if len(changes) > 0 {
		x.add(code, name, strings.Join(changes, ", "))
	}
}

func (x *comparison) election(name string, b, a *vhid) {
	var changes []string
	for _, w := range electionWords {
		if p, q := b.or(w.word, w.missing), a.or(w.word, w.missing); p != q {
			changes = append(changes, became(w.word, p, q))
		}
	}
	if len(changes) > 0 {
		x.add(VIPElection, name, strings.Join(changes, ", "))
	}
}

// vipName is what the description calls the group, else its number.
func (x *comparison) vipName(v *vhid) string {
	number, _ := strconv.Atoi(v.number.text)
	for _, s := range x.cluster.VIPs {
		for _, m := range s.Members {
			if m.Node.Name == x.name && m.VHID.Value == number && (m.Interface.Name == v.iface || isCarp(v.iface)) {
				return "vip " + s.Name
			}
		}
	}
	for _, s := range x.cluster.VIPs {
		for _, m := range s.Members {
			if m.Node.Name == x.name && slices.ContainsFunc(m.Addresses.Items, func(a schema.Attr[schema.Address]) bool {
				return slices.Contains(v.hosts(), a.Value.Addr.String())
			}) {
				return "vip " + s.Name
			}
		}
	}
	return fmt.Sprintf("vhid %s of %s", v.number.text, v.iface)
}
