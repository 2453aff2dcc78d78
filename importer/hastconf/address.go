package hastconf

import (
	"fmt"
	"strconv"
	"strings"
)

// DefaultPort is the port of an address that states none.
const DefaultPort = 8457

// Address is an argument of listen, remote or source taken apart.
type Address struct {
	Family int // 4, 6, or 0 if the text leaves it open
	Host   string
	Port   int
}

// ParseAddress splits an address as hastd does when it uses it (tcp_addr() in
// sbin/hastd/proto_tcp.c, 13.2). Whether Host is an address or a name is not looked at.
func ParseAddress(text string) (Address, error) {
	a := Address{Port: DefaultPort, Host: text}
	for prefix, family := range map[string]int{"tcp4://": 4, "tcp6://": 6, "tcp://": 0} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			a.Family, a.Host = family, text[len(prefix):]
		}
	}
	colon := strings.LastIndexByte(a.Host, ':')
	if colon < 0 || strings.Count(a.Host, ":") > 1 && a.Host[0] != '[' {
		return a, nil
	}
	port, err := strconv.ParseUint(a.Host[colon+1:], 10, 16)
	if err != nil || port == 0 {
		return a, fmt.Errorf("%q is not a port; an IPv6 address in brackets needs one, write %q or leave the brackets out",
			a.Host[colon+1:], "[address]:8457")
	}
	a.Host, a.Port = a.Host[:colon], int(port)
	if strings.HasPrefix(a.Host, "[") && strings.HasSuffix(a.Host, "]") {
		a.Host = a.Host[1 : len(a.Host)-1]
	}
	return a, nil
}
