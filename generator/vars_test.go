package generator

import (
	"reflect"
	"strings"
	"testing"
)

// TestVars holds what the settings of the switch look like: the order of the
// fields, records in their place, everything else left out.
func TestVars(t *testing.T) {
	type waits struct {
		Tick int `sh:"wait_tick"`
	}
	type record struct {
		ID    string
		Name  string `sh:"name"`
		Waits waits
		Lists []string
		On    bool `sh:"on"`
	}
	r := record{"g1", "it's\ntwo", waits{-2}, []string{"x"}, true}
	for prefix, want := range map[string]string{
		"":   "name='it'\\''s\ntwo'\nwait_tick='-2'\non='true'",
		"g1": "g1_name='it'\\''s\ntwo'\ng1_wait_tick='-2'\ng1_on='true'",
	} {
		for _, v := range []any{r, &r} {
			if got, err := quoteVars(prefix, reflect.ValueOf(v)); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	}
}

func TestVarsRefuse(t *testing.T) {
	for want, v := range map[string]any{
		"string is no record": "x",
		"float64 is no kind that sh has": struct {
			F float64 `sh:"f"`
		}{1},
		"g1_f: the value has the control character": struct {
			F string `sh:"f"`
		}{"a\x1bb"},
	} {
		if got, err := quoteVars("g1", reflect.ValueOf(v)); err == nil || !strings.Contains(err.Error(), want) || got != "" {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	for _, prefix := range []string{"1g", "a b", "$x", "x;reboot", "é"} {
		if got, err := quoteVars(prefix, reflect.ValueOf(Switch{})); err == nil {
			t.Errorf("%q is a prefix: %s", prefix, got)
		}
	}
}

// TestSwitchVars holds that no two variables of a record have one name, and
// that nothing of the model is forgotten: a field is a variable, a list, a
// record, an ID, or the host of the heading.
func TestSwitchVars(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Switch](), reflect.TypeFor[SwitchListener](), reflect.TypeFor[SwitchGroup](), reflect.TypeFor[SwitchVIP](),
		reflect.TypeFor[SwitchPath](), reflect.TypeFor[SwitchResource](), reflect.TypeFor[SwitchStorage](),
	} {
		seen := map[string]bool{}
		for _, f := range varsOf(typ) {
			if seen[f.name] || !shellName.MatchString(f.name) {
				t.Errorf("%s: the variable %q is there twice, or is none", typ, f.name)
			}
			seen[f.name] = true
		}
		for f := range typ.Fields() {
			kind := f.Type.Kind()
			if f.Tag.Get("sh") == "" && kind != reflect.Slice && kind != reflect.Struct && f.Name != "ID" && f.Name != "Host" {
				t.Errorf("%s.%s reaches no script", typ, f.Name)
			}
		}
	}
}
