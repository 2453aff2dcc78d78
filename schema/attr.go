package schema

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Attr is one attribute of a block: its value, where it stands, and whether
// the author stated it at all. An attribute that carpool derived has Stated
// false and the range of the block it belongs to.
type Attr[T any] struct {
	Value  T
	Range  hcl.Range
	Stated bool
	Secret Secrecy
}

// Secrecy says whether a value may be shown.
type Secrecy struct {
	Secret  bool   // must reach no output but the files that need it
	Unknown bool   // the variable behind it has no value here
	Origin  string // the variable it is, unchanged: `carp_password`, `passwords["web"]`; "" if computed or literal
}

// String keeps a secret out of every message that prints an attribute.
func (a Attr[T]) String() string {
	if a.Secret.Secret {
		return "(secret)"
	}
	return fmt.Sprint(a.Value)
}

// Or returns a if it was stated, else b.
func (a Attr[T]) Or(b Attr[T]) Attr[T] {
	if a.Stated {
		return a
	}
	return b
}

// derived makes an attribute that nobody stated; at is what it follows from.
func derived[T any](v T, at hcl.Range) Attr[T] { return Attr[T]{Value: v, Range: at} }

// List is an attribute with several values, each with a place of its own where
// the author wrote the list out.
type List[T any] struct {
	Items  []Attr[T]
	Range  hcl.Range
	Stated bool
}

// Values returns the bare values.
func (l List[T]) Values() []T {
	vs := make([]T, len(l.Items))
	for i, it := range l.Items {
		vs[i] = it.Value
	}
	return vs
}

// Or returns l if it was stated, else m.
func (l List[T]) Or(m List[T]) List[T] {
	if l.Stated {
		return l
	}
	return m
}

// field is what the decoder needs of Attr and List.
type field interface {
	// decode reads expr. The decoder has already dealt with null.
	decode(d *decoder, f *fieldSpec, expr hcl.Expression)
	// value is the attribute as an expression elsewhere sees it.
	value() cty.Value
	// ctyType is the type of value, whether stated or not.
	ctyType() cty.Type
	stated() bool
	// refers reports whether values are references to blocks.
	refers() bool
}

func (a *Attr[T]) stated() bool { return a.Stated }
func (l *List[T]) stated() bool { return l.Stated }
func (l *List[T]) empty() bool  { return len(l.Items) == 0 }
func (a *Attr[T]) refers() bool { return isRef[T]() }
func (l *List[T]) refers() bool { return isRef[T]() }

func isRef[T any]() bool {
	t := reflect.TypeFor[T]()
	return t.Kind() == reflect.Pointer || t == reflect.TypeFor[Storage]()
}

func (a *Attr[T]) decode(d *decoder, f *fieldSpec, expr hcl.Expression) {
	v, ok := d.eval(f, expr)
	if !ok || v.IsNull() {
		return
	}
	a.assign(d, f, v, expr.Range())
	if f.secret && a.Secret.Secret {
		a.Secret.Origin = d.originOf(d.ctx, expr, nil, v)
	}
}

func (a *Attr[T]) assign(d *decoder, f *fieldSpec, v cty.Value, at hcl.Range) {
	v, secrecy := unmarkRef(v)
	a.Range, a.Stated, a.Secret = at, true, secrecy
	// A list or map of blocks is as secret as the passwords in it; what is
	// wrong is that it is no reference.
	if secrecy.Secret && !f.secret && (!isRef[T]() || v.Type().IsPrimitiveType()) {
		d.report(Finding{
			Code: LangSecret,
			Help: fmt.Sprintf("keep the secret out of %s, or lift the mark on purpose with nonsensitive()", f.name),
		}, at, fmt.Sprintf("%s may not be a secret", f.name),
			"The value comes from a sensitive variable, and this attribute reaches files and reports that everybody may read.")
		return
	}
	if f.secret {
		a.Secret.Secret = true
	}
	if !v.IsKnown() {
		a.Secret.Unknown = true
		return
	}
	if err := setValue(&a.Value, v, f); err != nil {
		d.valueError(f, err, at)
	}
}

func (l *List[T]) decode(d *decoder, f *fieldSpec, expr hcl.Expression) {
	l.Range = expr.Range()
	if items, diags := hcl.ExprList(expr); !diags.HasErrors() {
		l.Stated = true
		l.Items = make([]Attr[T], 0, len(items))
		for _, it := range items {
			v, ok := d.eval(f, it)
			if ok {
				l.add(d, f, v, it.Range())
			}
		}
		return
	}
	v, ok := d.eval(f, expr)
	if !ok || v.IsNull() {
		return
	}
	l.Stated = true
	if isBlock(v) || !v.IsKnown() || !v.CanIterateElements() {
		l.scalar(d, f, v)
		return
	}
	v, marks := v.Unmark()
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		l.add(d, f, e.WithMarks(marks), l.Range)
	}
}

// scalar reports a single value where a list was expected.
func (l *List[T]) scalar(d *decoder, f *fieldSpec, v cty.Value) {
	help := fmt.Sprintf("write a list: %s = [ … ]", f.name)
	if bare, s := unmark(v); !s.Secret && bare.IsKnown() && bare.Type() == cty.String {
		help = fmt.Sprintf("write a list: %s = [%q]", f.name, bare.AsString())
	}
	d.report(Finding{Code: LangValue, Help: help}, l.Range,
		fmt.Sprintf("%s is a list", f.name), fmt.Sprintf("It has %s instead.", kindOf(v)))
}

func (l *List[T]) add(d *decoder, f *fieldSpec, v cty.Value, at hcl.Range) {
	if v.IsNull() {
		d.report(Finding{Code: LangValue, Help: "leave the element out"}, at,
			fmt.Sprintf("an element of %s is null", f.name), "A list has only elements with a value.")
		return
	}
	var a Attr[T]
	n := len(d.diags)
	a.assign(d, f, v, at)
	if len(d.diags) == n {
		l.Items = append(l.Items, a)
	}
}

func (a *Attr[T]) ctyType() cty.Type { return typeOf(&a.Value) }

func (a *Attr[T]) value() cty.Value {
	t := a.ctyType()
	switch {
	case !a.Stated:
		return cty.NullVal(t)
	case a.Secret.Unknown:
		return cty.UnknownVal(t).Mark(secretMark{a.Secret.Origin})
	case a.Secret.Secret:
		return toCty(&a.Value).Mark(secretMark{a.Secret.Origin})
	}
	return toCty(&a.Value)
}

func (l *List[T]) ctyType() cty.Type { return cty.List(typeOf(new(T))) }

func (l *List[T]) value() cty.Value {
	if !l.Stated {
		return cty.NullVal(l.ctyType())
	}
	if len(l.Items) == 0 {
		return cty.ListValEmpty(typeOf(new(T)))
	}
	vs := make([]cty.Value, len(l.Items))
	for i := range l.Items {
		vs[i] = l.Items[i].value()
	}
	return cty.ListVal(vs)
}

// Address is an IP address with the length of its network. An address written
// without a length gets that of the longest matching prefix of its network;
// Prefix is then invalid until the block is resolved.
type Address struct {
	Addr   netip.Addr
	Prefix netip.Prefix // Addr with a length, not masked
	Length bool         // the author stated the length
}

// String prints the address as ifconfig takes it.
func (a Address) String() string {
	if a.Prefix.IsValid() {
		return a.Prefix.String()
	}
	return a.Addr.String()
}

// valueErr is a conversion error with advice.
type valueErr struct{ msg, help string }

func (e *valueErr) Error() string { return e.msg }

// setValue converts v, known and not null, to what p points to.
func setValue(p any, v cty.Value, f *fieldSpec) error {
	switch p := p.(type) {
	case *string:
		return setString(p, v, f)
	case *int:
		return setInt(p, v)
	case *bool:
		return convertTo(v, cty.Bool, func(v cty.Value) { *p = v.True() })
	case *Release:
		return setRelease(p, v)
	case *netip.Addr:
		return setParsed(p, v, parseAddr)
	case *netip.Prefix:
		return setParsed(p, v, parsePrefix)
	case *Address:
		return setParsed(p, v, parseAddress)
	case **Network:
		return setBlock(p, v, "network")
	case **Node:
		return setBlock(p, v, "node")
	case **VIP:
		return setBlock(p, v, "vip")
	case **HAST:
		return setBlock(p, v, "hast")
	case *Storage:
		return setStorage(p, v)
	}
	panic(fmt.Sprintf("schema: no conversion for %T", p))
}

func setParsed[T any](p *T, v cty.Value, parse func(string) (T, error)) error {
	if v.Type() != cty.String {
		return fmt.Errorf("it has %s where text is needed", kindOf(v))
	}
	t, err := parse(v.AsString())
	if err == nil {
		*p = t
	}
	return err
}

func setString(p *string, v cty.Value, f *fieldSpec) error {
	if err := convertTo(v, cty.String, func(v cty.Value) { *p = v.AsString() }); err != nil {
		return err
	}
	if len(f.oneOf) == 0 {
		return nil
	}
	for _, w := range f.oneOf {
		if *p == w {
			return nil
		}
	}
	return &valueErr{
		fmt.Sprintf("%q is not one of its words", *p),
		didYouMean(*p, f.oneOf, func(s string) string { return fmt.Sprintf("%q", s) },
			"write one of "+strings.Join(f.oneOf, ", ")),
	}
}

func setInt(p *int, v cty.Value) error {
	var err error
	cerr := convertTo(v, cty.Number, func(v cty.Value) {
		n, acc := v.AsBigFloat().Int64()
		if acc != big.Exact || n > 1<<31-1 || n < -1<<31 {
			err = fmt.Errorf("%s is not a whole number that FreeBSD could hold", v.AsBigFloat().Text('g', 12))
			return
		}
		*p = int(n)
	})
	return errors.Join(cerr, err)
}

func setRelease(p *Release, v cty.Value) error {
	if v.Type() == cty.Number {
		text := v.AsBigFloat().Text('f', -1)
		return &valueErr{
			"a release is written as text, since the number 14.10 would be 14.1",
			fmt.Sprintf("write freebsd = %q", text),
		}
	}
	return setParsed(p, v, ParseRelease)
}

func convertTo(v cty.Value, t cty.Type, use func(cty.Value)) error {
	c, err := convert.Convert(v, t)
	if err != nil || c.IsNull() {
		return fmt.Errorf("it has %s where %s is needed", kindOf(v), kindOfType(t))
	}
	use(c)
	return nil
}

func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil && strings.Contains(s, "/"):
		return a, &valueErr{fmt.Sprintf("%q has a length where a bare address is needed", s),
			fmt.Sprintf("write %q", s[:strings.IndexByte(s, '/')])}
	case err != nil:
		return a, fmt.Errorf("%q is not an IP address", s)
	case a.Zone() != "":
		return a, fmt.Errorf("%q has a zone; a description names the interface instead", s)
	case a.Is4In6():
		return a, &valueErr{fmt.Sprintf("%q is an IPv4 address in IPv6 form", s), fmt.Sprintf("write %q", a.Unmap())}
	}
	return a, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, &valueErr{fmt.Sprintf("%q is not a prefix", s), `write ADDRESS/LENGTH, such as "10.0.0.0/24"`}
	case p.Masked() != p:
		return p, &valueErr{fmt.Sprintf("%q has bits set beyond its length", s), fmt.Sprintf("write %q", p.Masked())}
	}
	return p, nil
}

func parseAddress(s string) (Address, error) {
	host, _, length := strings.Cut(s, "/")
	a, err := parseAddr(host)
	if err != nil {
		return Address{}, err
	}
	if !length {
		return Address{Addr: a}, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return Address{}, fmt.Errorf("%q has a length that no %s address can have", s, family(a))
	}
	return Address{Addr: a, Prefix: p, Length: true}, nil
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
