package schema

import (
	"bytes"
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
)

// jsonSecretRanges is secretRanges for JSON syntax, whose bodies show no
// attributes before they are decoded. What follows a mistake is not read: the
// lines of a file that does not parse are covered by their look.
func jsonSecretRanges(data []byte) []hcl.Range {
	s := jsonSecrets{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	s.value(nil)
	return s.found
}

type jsonSecrets struct {
	data  []byte
	dec   *json.Decoder
	found []hcl.Range
}

// value reads one value, whose names from the root on are path. False means
// that the text ended.
func (s *jsonSecrets) value(path []string) bool {
	tok, err := s.dec.Token()
	if err != nil {
		return false
	}
	switch tok {
	case json.Delim('{'):
		return s.object(path)
	case json.Delim('['):
		for s.dec.More() {
			if !s.value(path) { // blocks may be in lists, which name nothing
				return false
			}
		}
		_, err = s.dec.Token()
	}
	return err == nil
}

func (s *jsonSecrets) object(path []string) bool {
	inVariable := len(path) == 2 && path[0] == "variable"
	sensitive := false
	var defaults []hcl.Range
	defer func() {
		if sensitive {
			s.found = append(s.found, defaults...)
		}
	}()
	for s.dec.More() {
		tok, err := s.dec.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			return false
		}
		start := s.dec.InputOffset()
		whole := s.value(append(path[:len(path):len(path)], name))
		raw := s.data[start:s.dec.InputOffset()]
		skip := len(raw) - len(bytes.TrimLeft(raw, ": \t\r\n"))
		r := hcl.Range{Start: hcl.Pos{Byte: int(start) + skip}, End: hcl.Pos{Byte: int(s.dec.InputOffset())}}
		switch {
		case passwordLike(name):
			s.found = append(s.found, r)
		case inVariable && name == "default":
			defaults = append(defaults, r)
		case inVariable && name == "sensitive":
			sensitive = string(raw[skip:]) != "false"
		}
		if !whole {
			return false
		}
	}
	_, err := s.dec.Token()
	return err == nil
}
