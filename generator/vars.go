package generator

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
)

// quoteVars quotes a record of the settings of the switch: one assignment of sh
// for every field that a tag `sh:"NAME"` names, in the order of the fields, each
// on a line of its own, the last one without a line break. The variables are
// called PREFIX_NAME, or NAME without a prefix.
//
// text/template would look each field up by its name and call a function for
// it, for a hundred fields of a host.
func quoteVars(prefix string, record reflect.Value) (string, error) {
	if prefix != "" {
		if !wordOf(prefix, "_") || prefix[0] <= '9' { // digits are below letters
			return "", errors.New("not a variable name")
		}
		prefix += "_"
	}
	v := reflect.Indirect(record)
	if v.Kind() != reflect.Struct {
		return "", fmt.Errorf("%s is no record", record.Type())
	}
	fields := varsOf(v.Type())
	b := make([]byte, 0, 40*len(fields))
	for i, f := range fields {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, prefix...)
		b = append(b, f.name...)
		b = append(b, '=')
		var err error
		if b, err = appendVar(b, v.FieldByIndex(f.index)); err != nil {
			return "", fmt.Errorf("%s%s: %w", prefix, f.name, err)
		}
	}
	return string(b), nil
}

func appendVar(b []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool:
		b = strconv.AppendBool(append(b, '\''), v.Bool())
	case reflect.Int:
		b = strconv.AppendInt(append(b, '\''), v.Int(), 10)
	case reflect.String:
		return appendSh(b, v.String())
	default:
		return b, fmt.Errorf("%s is no kind that sh has", v.Type())
	}
	return append(b, '\''), nil
}

// varField is a field that is a variable of sh.
type varField struct {
	index []int
	name  string
}

var varFields sync.Map // reflect.Type -> []varField

// varsOf lists the variables of a record; those of a record in it stand in its
// place.
func varsOf(t reflect.Type) []varField {
	if known, ok := varFields.Load(t); ok {
		return known.([]varField)
	}
	var fields []varField
	for f := range t.Fields() {
		if name, ok := f.Tag.Lookup("sh"); ok {
			fields = append(fields, varField{f.Index, name})
		} else if f.Type.Kind() == reflect.Struct {
			for _, in := range varsOf(f.Type) {
				fields = append(fields, varField{slices.Concat(f.Index, in.index), in.name})
			}
		}
	}
	varFields.Store(t, fields)
	return fields
}
