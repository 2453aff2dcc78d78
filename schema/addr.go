package schema

import (
	"errors"
	"math/big"
	"net"
	"net/netip"
)

type bigInt = big.Int

const exact = big.Exact

// Netmask returns the mask of an IPv4 prefix in dotted form.
func Netmask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), 32)).String()
}

func fromInt(i *big.Int, a netip.Addr) (netip.Addr, bool) {
	size := a.BitLen() / 8
	if i.Sign() < 0 || i.BitLen() > a.BitLen() {
		return netip.Addr{}, false
	}
	b := i.FillBytes(make([]byte, size))
	return netip.AddrFromSlice(b)
}

func toInt(a netip.Addr) *big.Int { return new(big.Int).SetBytes(a.AsSlice()) }

// hostNumber returns address n of p; negative n counts from its end.
func hostNumber(p netip.Prefix, n *big.Int) (netip.Addr, error) {
	size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
	n = new(big.Int).Set(n)
	if n.Sign() < 0 {
		n.Add(n, size)
	}
	if n.Sign() < 0 || n.Cmp(size) >= 0 {
		return netip.Addr{}, errors.New("the prefix has no host of this number")
	}
	a, ok := fromInt(n.Add(n, toInt(p.Masked().Addr())), p.Addr())
	if !ok {
		return netip.Addr{}, errors.New("the prefix has no host of this number")
	}
	return a, nil
}

// subnet returns subnet n of p with newbits more bits.
func subnet(p netip.Prefix, newbits, n *big.Int) (netip.Prefix, error) {
	total := p.Addr().BitLen()
	if !newbits.IsInt64() || newbits.Sign() < 0 || newbits.Int64() > int64(total-p.Bits()) {
		return netip.Prefix{}, errors.New("the prefix has not so many bits left")
	}
	nb := int(newbits.Int64())
	if n.Sign() < 0 || n.BitLen() > nb {
		return netip.Prefix{}, errors.New("there is no subnet of this number")
	}
	bits := p.Bits() + nb
	off := new(big.Int).Lsh(n, uint(total-bits))
	a, ok := fromInt(off.Add(off, toInt(p.Masked().Addr())), p.Addr())
	if !ok {
		return netip.Prefix{}, errors.New("there is no subnet of this number")
	}
	return netip.PrefixFrom(a, bits), nil
}

// LengthIn returns the length of the longest prefix of the network that
// contains a, or false if none does.
func (n *Network) LengthIn(a netip.Addr) (int, bool) {
	best := -1
	for _, p := range n.Prefixes.Items {
		if p.Value.Contains(a) && p.Value.Bits() > best {
			best = p.Value.Bits()
		}
	}
	return best, best >= 0
}
