package generator

import (
	"fmt"

	"carpool/schema"
)

// vhids returns the alias values of the virtual addresses on interface i
// (10.0 and later): vips by vhid, IPv4 before IPv6. Every line repeats all
// CARP words, since the last one wins for the whole vhid.
func (b *builder) vhids(i *schema.Interface) []string {
	if b.unit != nil {
		return nil
	}
	var values []string
	for _, m := range b.vips[b.node] {
		if m.Interface != i {
			continue
		}
		for _, v6 := range []bool{false, true} {
			for _, a := range m.Addresses.Items {
				if a.Value.Addr.Is6() == v6 {
					values = append(values, b.ifconfig(b.vhidWords(m, a.Value, v6)...))
				}
			}
		}
	}
	return values
}

// vhidWords: vhid comes before the other CARP words, or ifconfig refuses them
// (sbin/ifconfig/carp.c setcarp_advskew, 13.2).
func (b *builder) vhidWords(m *schema.Member, a schema.Address, v6 bool) []string {
	family := "inet"
	if v6 {
		family = "inet6"
	}
	words := []string{family, "vhid", fmt.Sprint(m.VHID.Value)}
	if m.Protocol.Value == "vrrp" {
		words = append(words, "carpver", "3", "vrrpprio", fmt.Sprint(m.VRRPPrio.Value))
		if m.VRRPInterval.Stated {
			words = append(words, "vrrpinterval", fmt.Sprint(m.VRRPInterval.Value))
		}
	} else {
		words = append(words, b.carpWords(m)...)
	}
	if m.Mode.Value == "unicast" {
		if m.Peer.Value.IsValid() {
			words = append(words, "peer", m.Peer.Value.String())
		}
		if m.Peer6.Value.IsValid() {
			words = append(words, "peer6", m.Peer6.Value.String())
		}
	}
	return append(words, a.String())
}

func (b *builder) carpWords(m *schema.Member) []string {
	var words []string
	if m.AdvBase.Value != 1 || m.AdvBase.Stated {
		words = append(words, "advbase", fmt.Sprint(m.AdvBase.Value))
	}
	words = append(words, "advskew", fmt.Sprint(m.AdvSkew.Value))
	if m.Password.Stated {
		words = append(words, "pass", b.host.secrets.text(m.Password))
	}
	return words
}

// pseudoInterface writes carpN of 8.x and 9.x: the vhid belongs to the
// interface, so further addresses do not repeat it.
func (b *builder) pseudoInterface(m *schema.Member) []Assignment {
	name := b.carpInterface(m)
	words := []string{"vhid", fmt.Sprint(m.VHID.Value)}
	if m.AdvBase.Value != 1 || m.AdvBase.Stated {
		words = append(words, "advbase", fmt.Sprint(m.AdvBase.Value))
	}
	if m.Password.Stated {
		words = append(words, "pass", b.host.secrets.text(m.Password))
	}
	words = append(words, "advskew", fmt.Sprint(m.AdvSkew.Value))
	var aliases []string
	var lines []Assignment
	first4, first6 := true, true
	for _, v6 := range []bool{false, true} {
		for _, a := range m.Addresses.Items {
			if a.Value.Addr.Is6() != v6 {
				continue
			}
			text := oldForm(a.Value)
			switch {
			case !v6 && first4:
				words, first4 = append(words, text...), false
			case !v6:
				aliases = append(aliases, b.ifconfig(append([]string{"inet"}, text...)...))
			case first6:
				lines, first6 = append(lines, b.ipv6Line(name, append([]string{"inet6"}, text...))), false
			case b.has(schema.RCIPv6):
				aliases = append(aliases, b.ifconfig(append([]string{"inet6"}, text...)...))
			default:
				lines = append(lines, Assignment{Name: fmt.Sprintf("ipv6_ifconfig_%s_alias%d", name, len(lines)-1), Value: b.ifconfig(text...)})
			}
		}
	}
	lines = append([]Assignment{{Name: "ifconfig_" + name, Value: b.ifconfig(words...)}}, lines...)
	for k, v := range aliases {
		lines = append(lines, Assignment{Name: fmt.Sprintf("ifconfig_%s_alias%d", name, k), Value: v})
	}
	return lines
}

// oldForm writes an address with the mask as a word, the form of carp(4) 9.3.
func oldForm(a schema.Address) []string {
	if a.Addr.Is6() {
		return []string{a.Addr.String(), "prefixlen", fmt.Sprint(a.Prefix.Bits())}
	}
	return []string{a.Addr.String(), "netmask", schema.Netmask(a.Prefix)}
}
