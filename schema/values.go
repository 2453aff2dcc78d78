package schema

import (
	"fmt"
	"net/netip"
	"reflect"

	"github.com/zclconf/go-cty/cty"
)

// secretMark marks the leaves of a sensitive value. Origin is the variable, or
// the element of one, that the leaf is; it is lost as soon as an expression
// makes something else of it, since the mark is then one of several or the
// value differs.
type secretMark struct{ origin string }

// unmark strips v of its marks and says what they meant.
func unmark(v cty.Value) (cty.Value, Secrecy) {
	bare, marks := v.UnmarkDeep()
	s := Secrecy{}
	for m := range marks {
		sm, ok := m.(secretMark)
		if !ok {
			continue
		}
		if s.Secret && s.Origin != sm.origin {
			s.Origin = ""
		} else if !s.Secret {
			s.Origin = sm.origin
		}
		s.Secret = true
	}
	return bare, s
}

// unmarkRef is unmark for a value that may be a block. A reference is no secret
// because the block has a password: only what chose the block counts.
func unmarkRef(v cty.Value) (cty.Value, Secrecy) {
	if isBlock(v) {
		return unmarkShallow(v)
	}
	return unmark(v)
}

// blockCapsule carries the block that a value stands for. Marks would do too,
// but a conditional mixes the marks of both its branches.
var blockCapsule = cty.Capsule("block", reflect.TypeFor[blockBox]())

type blockBox struct{ block any }

// blockKey is the attribute with the capsule: no traversal can spell it.
const blockKey = "@block"

// isBlock reports whether v is the value of a block.
func isBlock(v cty.Value) bool {
	t := v.Type()
	return t.IsObjectType() && t.HasAttribute(blockKey)
}

func blockOf(v cty.Value) any {
	if !isBlock(v) {
		return nil
	}
	c := v.GetAttr(blockKey)
	if c.IsNull() || !c.IsKnown() {
		return nil
	}
	return c.EncapsulatedValue().(*blockBox).block
}

func setBlock[T any](p *T, v cty.Value, kind string) error {
	b := blockOf(v)
	if t, ok := b.(T); ok {
		*p = t
		return nil
	}
	return refError(v, b, kind)
}

func refError(v cty.Value, b any, kind string) error {
	switch {
	case b != nil:
		base := b.(blocker).base()
		return &valueErr{fmt.Sprintf("it is %s, which is no %s", base.Address(), kind), fmt.Sprintf("name a %s: %s.NAME", kind, kind)}
	case v.Type() == cty.String:
		return &valueErr{
			fmt.Sprintf("it has text where a reference to a %s block is needed", kind),
			fmt.Sprintf("write %s without quotes", Reference(kind, v.AsString())),
		}
	}
	return &valueErr{fmt.Sprintf("it has %s where a reference to a %s block is needed", kindOf(v), kind), fmt.Sprintf("write %s.NAME", kind)}
}

// Storage is one element of a failover's storage: exactly one field is set.
type Storage struct {
	Zpool *Zpool
	UFS   *UFS
	HAST  *HAST
}

func setStorage(p *Storage, v cty.Value) error {
	switch b := blockOf(v).(type) {
	case *Zpool:
		p.Zpool = b
	case *UFS:
		p.UFS = b
	case *HAST:
		p.HAST = b
	default:
		err := refError(v, blockOf(v), "zpool").(*valueErr)
		err.help = `write zpool.NAME, ufs["/MOUNTPOINT"] or hast.NAME`
		return err
	}
	return nil
}

// typeOf returns the cty type of what p points to.
func typeOf(p any) cty.Type {
	switch p.(type) {
	case *string, *Release, *netip.Addr, *netip.Prefix, *Address:
		return cty.String
	case *int:
		return cty.Number
	case *bool:
		return cty.Bool
	case **Network:
		return kindNamed("network").valueType()
	case **Node:
		return cty.String
	case **VIP:
		return kindNamed("vip").valueType()
	case **HAST:
		return kindNamed("hast").valueType()
	case *Storage:
		return cty.String
	}
	panic(fmt.Sprintf("schema: no type for %T", p))
}

// toCty is the inverse of setValue, for expressions that read other blocks.
// A member node reads as its name: node values hold no vips, so vip values
// can do without node values.
func toCty(p any) cty.Value {
	switch p := p.(type) {
	case *string:
		return cty.StringVal(*p)
	case *Release:
		return cty.StringVal(p.String())
	case *netip.Addr:
		return cty.StringVal(p.String())
	case *netip.Prefix:
		return cty.StringVal(p.String())
	case *Address:
		return cty.StringVal(p.String())
	case *int:
		return cty.NumberIntVal(int64(*p))
	case *bool:
		return cty.BoolVal(*p)
	case **Network:
		return (*p).value()
	case **Node:
		return cty.StringVal((*p).Name)
	case **VIP:
		return (*p).value()
	case **HAST:
		return (*p).value()
	case *Storage:
		return cty.StringVal(p.Address())
	}
	panic(fmt.Sprintf("schema: no value for %T", p))
}

// kindOf words what v is, without its content.
func kindOf(v cty.Value) string {
	if b := blockOf(v); b != nil {
		return "the block " + b.(blocker).base().Address()
	}
	if v.IsNull() {
		return "null"
	}
	return kindOfType(v.Type())
}

func kindOfType(t cty.Type) string {
	switch {
	case t == cty.String:
		return "text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsListType(), t.IsSetType(), t.IsTupleType():
		return "a list"
	case t.IsMapType(), t.IsObjectType():
		return "a map"
	}
	return "a value of unknown type"
}
