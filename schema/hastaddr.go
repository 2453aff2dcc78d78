package schema

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// HASTAddress writes an address as hast.conf takes it; port 0 is the default.
// With a port, an IPv6 address needs brackets, and without one it must have
// none (sbin/hastd/proto_tcp.c tcp_addr, 13.2).
func HASTAddress(a netip.Addr, port int) string {
	scheme := "tcp4://"
	if a.Is6() {
		scheme = "tcp6://"
	}
	if port == 0 {
		return scheme + a.String()
	}
	return scheme + netip.AddrPortFrom(a, uint16(port)).String()
}

// HASTEndpoint is an argument of listen, remote or source taken apart.
type HASTEndpoint struct {
	Family int // 4, 6, or 0 if the text leaves it open
	Host   string
	Port   int // 0 if the text has none; hastd then takes HASTPort
}

// hastSchemes are the prefixes that hastd takes, in any case, with the family
// that each asks for.
var hastSchemes = []struct {
	prefix string
	family int
}{{"tcp4://", 4}, {"tcp6://", 6}, {"tcp://", 0}}

// SplitHASTAddress splits an address as hastd does when it uses it
// (sbin/hastd/proto_tcp.c tcp_addr, 13.2). Whether Host is an address or a
// name is not looked at. The error is that of a port which is none.
func SplitHASTAddress(s string) (HASTEndpoint, error) {
	e := HASTEndpoint{Host: s}
	for _, scheme := range hastSchemes {
		if n := len(scheme.prefix); len(s) >= n && strings.EqualFold(s[:n], scheme.prefix) {
			e.Family, e.Host = scheme.family, s[n:]
			break
		}
	}
	colon := strings.LastIndexByte(e.Host, ':')
	if colon < 0 || strings.Count(e.Host, ":") > 1 && e.Host[0] != '[' {
		return e, nil
	}
	port, err := strconv.ParseUint(e.Host[colon+1:], 10, 16)
	if err != nil || port == 0 {
		return e, fmt.Errorf("hastd takes %q after the last colon of %q as a port", e.Host[colon+1:], s)
	}
	e.Host, e.Port = e.Host[:colon], int(port)
	if strings.HasPrefix(e.Host, "[") && strings.HasSuffix(e.Host, "]") {
		e.Host = e.Host[1 : len(e.Host)-1]
	}
	return e, nil
}

// ParseHASTAddress reads an address of hast.conf that is written in numbers.
// The port is 0 if none is given. The error says what hastd would make of the
// text.
func ParseHASTAddress(s string) (a netip.Addr, port int, err error) {
	e, err := SplitHASTAddress(s)
	if err != nil {
		return a, 0, err
	}
	a, err = netip.ParseAddr(e.Host)
	switch {
	case err == nil:
		return a, e.Port, nil
	case strings.Count(e.Host, ":") > 1:
		return a, e.Port, fmt.Errorf("%q is no address for hastd", s)
	}
	return a, e.Port, fmt.Errorf("%q is no numeric address; hastd would look the name up at every connection", s)
}
