package schema

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/zclconf/go-cty/cty"
)

// kind is a type of blocks that expressions can refer to. All blocks of one
// kind are values of one type, every attribute present and null where it was
// not stated, so that they can stand in lists, maps and conditionals.
type kind struct {
	name string
	spec *blockSpec
	// extra lists what can be read beside the attributes.
	extra func() map[string]cty.Type
	// read returns the values of extra for one block.
	read func(b blocker) map[string]cty.Value

	once sync.Once
	typ  cty.Type
}

var (
	kindTable map[string]*kind
	kindOnce  sync.Once
)

// kinds returns the kinds by name. The table is made on first use, since
// reading a node's value needs it again.
func kinds() map[string]*kind {
	kindOnce.Do(func() { kindTable = makeKinds() })
	return kindTable
}

func makeKinds() map[string]*kind {
	ks := []*kind{
		newKind[Network]("network", nil, nil),
		newKind[Node]("node", nodeTypes, readNode),
		newKind[VIP]("vip", func() map[string]cty.Type { return map[string]cty.Type{"ips": cty.List(cty.String)} }, readVIP),
		newKind[HAST]("hast", func() map[string]cty.Type { return map[string]cty.Type{"device": cty.String} }, readHAST),
		newKind[Zpool]("zpool", nil, nil),
		newKind[UFS]("ufs", nil, nil),
		newKind[PFSync]("pfsync", nil, nil),
		newKind[Failover]("failover", nil, nil),
	}
	m := map[string]*kind{}
	for _, k := range ks {
		m[k.name] = k
	}
	return m
}

func nodeTypes() map[string]cty.Type {
	return map[string]cty.Type{"fqdn": cty.String, "interface": cty.Map(interfaceType())}
}

func interfaceType() cty.Type {
	types := specOf(reflect.TypeFor[Interface]()).attrTypes()
	types["name"], types["ips"] = cty.String, cty.List(cty.String)
	return cty.Object(types)
}

func newKind[T any](name string, extra func() map[string]cty.Type, read func(blocker) map[string]cty.Value) *kind {
	return &kind{name: name, spec: specOf(reflect.TypeFor[T]()), extra: extra, read: read}
}

func kindNamed(name string) *kind { return kinds()[name] }

// valueType is the one type of all blocks of the kind.
func (k *kind) valueType() cty.Type {
	k.once.Do(func() {
		types := k.spec.attrTypes()
		if k.extra != nil {
			maps.Copy(types, k.extra())
		}
		types["name"] = cty.String
		types[blockKey] = blockCapsule
		k.typ = cty.Object(types)
	})
	return k.typ
}

// valueOf is the value of one decoded block of the kind.
func (k *kind) valueOf(b blocker) cty.Value {
	base := b.base()
	if base.cached != cty.NilVal {
		return base.cached
	}
	k.valueType()
	values := k.spec.attrValues(b)
	values["name"] = cty.StringVal(base.Name)
	if k.read != nil {
		maps.Copy(values, k.read(b))
	}
	values[blockKey] = capsule(b)
	v := cty.ObjectVal(values)
	if settled(b) {
		base.cached = v
	}
	return v
}

// settled reports whether b and all that it refers to are decoded, so that its
// value will not change any more.
func settled(b blocker) bool {
	return b.base().state == decoded && !slices.ContainsFunc(refs(b), func(r blocker) bool { return !settled(r) })
}

// refs lists the blocks whose values are part of the value of b. There are no
// circles: a network refers to nothing, and members are names.
func refs(b blocker) []blocker {
	var rs []blocker
	switch b := b.(type) {
	case *Node:
		for _, i := range b.Interfaces {
			rs = addRef(rs, i.Network.Value)
		}
	case *VIP:
		rs = addRef(rs, b.Network.Value)
	case *HAST:
		rs = addRef(rs, b.Network.Value)
	case *PFSync:
		rs = addRef(rs, b.Network.Value)
	case *UFS:
		rs = addRef(rs, b.HAST.Value)
	case *Zpool:
		for _, h := range b.HAST.Items {
			rs = addRef(rs, h.Value)
		}
	case *Failover:
		rs = addRef(rs, b.VIP.Value)
		for _, v := range b.VIPs.Items {
			rs = addRef(rs, v.Value)
		}
	}
	return rs
}

func addRef[T any, P interface {
	*T
	blocker
}](rs []blocker, p P) []blocker {
	if p == nil {
		return rs
	}
	return append(rs, p)
}

func capsule(b any) cty.Value { return cty.CapsuleVal(blockCapsule, &blockBox{b}) }

// bareRef is a value that says no more than which block it is. A static
// reference needs nothing else, and does not wait for the block to be decoded.
func bareRef(b any) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{blockKey: capsule(b)})
}

func (n *Network) value() cty.Value { return kindNamed("network").valueOf(n) }
func (v *VIP) value() cty.Value     { return kindNamed("vip").valueOf(v) }
func (h *HAST) value() cty.Value    { return kindNamed("hast").valueOf(h) }

func readVIP(b blocker) map[string]cty.Value {
	v := b.(*VIP)
	m := map[string]cty.Value{"ips": ipList(v.Addresses)}
	if len(v.Members) > 0 {
		names := make([]cty.Value, len(v.Members))
		for i, r := range v.Members {
			names[i] = cty.StringVal(r.Node.Name)
		}
		m["nodes"] = cty.ListVal(names)
	}
	return m
}

func readHAST(b blocker) map[string]cty.Value {
	h := b.(*HAST)
	return map[string]cty.Value{
		"name":   cty.StringVal(h.providerName()),
		"device": cty.StringVal(HASTDevices + h.providerName()),
	}
}

func readNode(b blocker) map[string]cty.Value {
	n := b.(*Node)
	spec := specOf(reflect.TypeFor[Interface]())
	ifs := map[string]cty.Value{}
	for _, i := range n.Interfaces {
		values := spec.attrValues(i)
		values["name"] = cty.StringVal(i.Name)
		values["ips"] = ipList(i.Addresses)
		ifs[i.Name] = cty.ObjectVal(values)
	}
	m := map[string]cty.Value{
		"fqdn":      cty.StringVal(n.FQDN),
		"hostname":  cty.StringVal(n.FQDN),
		"freebsd":   cty.StringVal(n.Release.String()),
		"interface": cty.MapValEmpty(interfaceType()),
	}
	if len(ifs) > 0 {
		m["interface"] = cty.MapVal(ifs)
	}
	return m
}

func ipList(l List[Address]) cty.Value {
	if len(l.Items) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	vs := make([]cty.Value, len(l.Items))
	for i, a := range l.Items {
		vs[i] = cty.StringVal(a.Value.Addr.String())
	}
	return cty.ListVal(vs)
}
