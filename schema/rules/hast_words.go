package rules

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// hastKeywords are reserved everywhere in hast.conf (sbin/hastd/token.l).
var hastKeywords = words(`control pidfile listen replication checksum compression timeout exec metaflush
	resource name local remote source on off fullsync memsync async none crc32 sha256 hole lzf`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// hastWordFault says why hast.conf cannot hold s as one word, or "". The file
// has neither quotes nor escapes, and its lexer echoes what it does not know
// and goes on (sbin/hastd/token.l).
func hastWordFault(s string) string {
	if s == "" {
		return "it is empty"
	}
	for _, r := range s {
		if !letterOrDigit(r) && !strings.ContainsRune("._/:[]-", r) {
			return fmt.Sprintf("hast.conf cannot hold %q", r)
		}
	}
	switch {
	case hastKeywords[s]:
		return fmt.Sprintf("%q is a keyword of hast.conf", s)
	case strings.Trim(s, "0123456789") == "":
		return fmt.Sprintf("hastd reads %q as a number", s)
	}
	return ""
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// hastPathFault says why hastd cannot use s as a path of a file or device.
func hastPathFault(s string) string {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "it is not an absolute path"
	case len(s) > 1023:
		return "hastd takes at most 1023 bytes"
	case strings.HasSuffix(s, "/"):
		return "it names a directory"
	}
	return hastWordFault(s)
}

// programFault says why s cannot be run as a program of the operator.
func programFault(s string) string {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "it is not an absolute path"
	case strings.HasSuffix(s, "/"):
		return "it names a directory"
	case strings.ContainsFunc(s, blank):
		return "it holds white space, and arguments are not possible"
	}
	return ""
}

// blank reports whether r ends a word, or has no place in a line of text.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// under reports whether file lies in dir or is dir itself.
func under(file, dir string) bool {
	file, dir = path.Clean(file), path.Clean(dir)
	return file == dir || dir == "/" || strings.HasPrefix(file, dir+"/")
}

// once remembers what was reported, where one place serves several blocks.
type once map[any]bool

func (o once) first(key any) bool {
	if o[key] {
		return false
	}
	o[key] = true
	return true
}

// site is a range in the text as one block of it sees it: blocks that a
// dynamic block produced share their ranges.
type site struct {
	at     hcl.Range
	object string
}

// hostnameAt is where the text says how the node is called.
func hostnameAt(n *schema.Node) hcl.Range {
	if n.Hostname.Stated {
		return n.Hostname.Range
	}
	return n.NameRange
}

// later returns the one of two copies that departs from the block in what
// stated looks at, and the other one; without such a departure the second.
func later(h *schema.HAST, stated func(*schema.HASTOn) bool) (at, other *schema.Copy) {
	a, b := h.Members[0], h.Members[1]
	if b.On != nil && stated(b.On) {
		return b, a
	}
	if a.On != nil && stated(a.On) {
		return a, b
	}
	return b, a
}

// movedBy maps each resource to the first failover that moves it.
func (p *Pass) movedBy() map[*schema.HAST]*schema.Failover {
	m := map[*schema.HAST]*schema.Failover{}
	for _, f := range p.Failovers {
		for _, h := range f.HASTs {
			if m[h] == nil {
				m[h] = f
			}
		}
	}
	return m
}

// replicators calls use once for every node that keeps a copy of a resource.
func (p *Pass) replicators(use func(*schema.Copy)) {
	seen := map[*schema.Node]bool{}
	for _, h := range p.HASTs {
		for _, c := range h.Members {
			if !seen[c.Node] {
				seen[c.Node] = true
				use(c)
			}
		}
	}
}
