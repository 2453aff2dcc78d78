package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"carpool/schema"
)

// Secret is a password that the description refers to as a variable.
type Secret struct{ Name, Value string }

// Description is a cluster written in carpool's language.
type Description struct {
	HCL     []byte
	Secrets []Secret
}

// VarFile holds the values of the secrets, as --var-file takes them.
func (d *Description) VarFile() []byte {
	f := hclwrite.NewEmptyFile()
	for _, s := range d.Secrets {
		f.Body().SetAttributeValue(s.Name, cty.StringVal(s.Value))
	}
	return f.Bytes()
}

// writer collects a description.
type writer struct {
	*Cluster
	body    *hclwrite.Body
	secrets []Secret
	release schema.Release
	domain  string
	said    blocks // once for all nodes
}

// Describe writes the cluster as a description: what all nodes share is said
// once, what one of them does otherwise in its on block.
func (c *Cluster) Describe(name string) *Description {
	head, rest := hclwrite.NewEmptyFile(), hclwrite.NewEmptyFile()
	w := &writer{Cluster: c, body: head.Body()}
	w.comment("Written by carpool import from the files of " + w.hostList() + ".")
	w.comment("Read it, and let carpool validate judge it, before you render from it.")
	w.cluster(name)
	w.body = rest.Body()
	if len(w.said.output) > 0 {
		w.body.AppendNewline()
		w.commonBlocks(w.body, blocks{output: w.said.output}, false)
	}
	for _, n := range c.Networks {
		w.network(n)
	}
	for _, n := range c.Nodes {
		w.node(n)
	}
	for _, v := range c.VIPs {
		w.vip(v)
	}
	for _, h := range c.HASTs {
		w.hast(h)
	}
	w.moves()
	for _, p := range c.PFSyncs {
		w.pfsync(p)
	}
	w.devd()
	w.body = head.Body()
	for _, s := range w.secrets {
		b := w.block("variable", s.Name)
		w.expr(b, "type", "string")
		b.SetAttributeValue("sensitive", cty.True)
	}
	text := emptyBlock.ReplaceAll(append(head.Bytes(), rest.Bytes()...), []byte("$1 {}"))
	return &Description{HCL: hclwrite.Format(text), Secrets: w.secrets}
}

// emptyBlock is a block with nothing in it.
var emptyBlock = regexp.MustCompile(`(?m)^([ \t]*[a-z_]+(?: "[^"\n]*")*) \{\n[ \t]*\}$`)

// moves writes the failovers that were rendered for the hosts, and what they
// move.
func (w *writer) moves() {
	written := map[string]bool{}
	for _, g := range w.groups {
		w.storageBlocks(g, written)
		w.failover(g)
	}
}

// devd writes the rules that the hosts have beside FreeBSD's and carpool's own.
func (w *writer) devd() {
	rules, left := w.devdRules()
	if len(rules) > 0 {
		w.body.AppendNewline()
		w.comment("Rules of devd that the hosts have. The programs that they run stay on the hosts as they are.")
	}
	for i, r := range rules {
		if i > 0 {
			w.body.AppendNewline()
		}
		w.devdBlock(r)
	}
	for _, place := range left {
		w.body.AppendNewline()
		w.comment("A rule of devd has no form in this language and is left out: " + place + ".")
	}
	w.propose(rules)
}

func (w *writer) hostList() string {
	var names []string
	for _, h := range w.Hosts {
		names = append(names, h.Name)
	}
	if len(names) > 4 {
		names = append(names[:4], fmt.Sprintf("%d more", len(names)-4))
	}
	return strings.Join(names, ", ")
}

func (w *writer) comment(text string) { commentIn(w.body, text) }

func commentIn(b *hclwrite.Body, text string) {
	b.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte(strings.TrimRight("# "+text, " ") + "\n")}})
}

func (w *writer) block(kind, label string) *hclwrite.Body {
	w.body.AppendNewline()
	return w.body.AppendNewBlock(kind, []string{label}).Body()
}

// gap parts blocks from what stands before them.
func gap(b *hclwrite.Body) {
	if len(b.Attributes()) > 0 || len(b.Blocks()) > 0 {
		b.AppendNewline()
	}
}

// expr sets an attribute to an expression as it is.
func (w *writer) expr(b *hclwrite.Body, name, text string) {
	b.SetAttributeRaw(name, hclwrite.Tokens{{Type: hclsyntax.TokenIdent, Bytes: []byte(text)}})
}

// ref sets an attribute to a reference to a block.
func (w *writer) ref(b *hclwrite.Body, name string, to *schema.Block) { w.expr(b, name, to.Address()) }

func setStrings(b *hclwrite.Body, name string, list []string) {
	vs := make([]cty.Value, len(list))
	for i, s := range list {
		vs[i] = cty.StringVal(s)
	}
	if len(vs) > 0 {
		b.SetAttributeValue(name, cty.ListVal(vs))
	}
}

func setString(b *hclwrite.Body, name, value string) { b.SetAttributeValue(name, cty.StringVal(value)) }
func setInt(b *hclwrite.Body, name string, value int) {
	b.SetAttributeValue(name, cty.NumberIntVal(int64(value)))
}

// cluster writes what all nodes share.
func (w *writer) cluster(name string) {
	count := map[schema.Release]int{}
	domains := map[string]int{}
	for _, n := range w.Nodes {
		count[n.Release]++
		if host, domain, ok := strings.Cut(n.FQDN, "."); ok && n.Hostname.Stated && host == n.Name {
			domains[domain]++
		}
	}
	for _, n := range w.Nodes {
		if count[n.Release] > count[w.release] {
			w.release = n.Release
		}
	}
	for d, k := range domains {
		if k == len(w.Nodes) {
			w.domain = d
		}
	}
	b := w.block("cluster", name)
	for _, h := range w.Hosts {
		if h.Guessed && w.nodes[h].Release == w.release {
			commentIn(b, "The release is a guess, since "+h.Known+": state the one that runs.")
			break
		}
	}
	setString(b, "freebsd", w.release.String())
	if w.domain != "" {
		setString(b, "domain", w.domain)
	}
	w.said = w.sharedBlocks()
	w.commonBlocks(b, blocks{carp: w.said.carp, hastd: w.said.hastd}, true)
	w.maps(b, nil)
}

// network writes a broadcast domain, with its router if all its hosts name
// the same one.
func (w *writer) network(n *schema.Network) {
	b := w.block("network", n.Name)
	var prefixes []string
	for _, p := range n.Prefixes.Values() {
		prefixes = append(prefixes, p.String())
	}
	setStrings(b, "prefixes", prefixes)
	if g := w.gateway(n); g != "" {
		setString(b, "gateway", g)
	}
}

// gateway is the default route of every host on the network, if it is one. A
// switch that knows no witness there has been told of no gateway.
func (w *writer) gateway(n *schema.Network) string {
	found := ""
	for _, g := range w.groups {
		if g.vips[0].Network.Value == n && g.duties[0].get("witness") == "" {
			return ""
		}
	}
	for _, node := range w.Nodes {
		if len(node.On(n)) == 0 {
			continue
		}
		r, ok := node.RC.Get("defaultrouter")
		if !ok || found != "" && found != r.Value.Value {
			return ""
		}
		found = r.Value.Value
	}
	for _, p := range n.Prefixes.Values() {
		if a, err := parseAddr(found); err == nil && p.Contains(a) {
			return found
		}
	}
	return ""
}

var nameForm = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// secret returns the variable that stands for a password.
func (w *writer) secret(name, value string) string {
	i := slices.IndexFunc(w.secrets, func(s Secret) bool { return s.Value == value })
	if i < 0 {
		name = nameForm.ReplaceAllString(name, "_")
		for k := 2; slices.ContainsFunc(w.secrets, func(s Secret) bool { return s.Name == name }); k++ {
			name = fmt.Sprintf("%s_%d", strings.TrimRight(name, "_0123456789"), k)
		}
		w.secrets = append(w.secrets, Secret{name, value})
		i = len(w.secrets) - 1
	}
	return "var." + w.secrets[i].Name
}
