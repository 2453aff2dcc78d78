package generator

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestYAML(t *testing.T) {
	got, err := YAML(object{
		"text": "web", "path": "/export/a", "empty": "", "no": "no", "Y": "y", "port": "1:30", "release": "14.2", "value": "=",
		"quote": "a\"\\b", "lines": "a\nb", "odd": "é\u2028\x7f😀", "template": unsafe("{{ x }}"), "hash": "a #b",
		"number": json.Number("12345678901234567890"), "count": 3, "on": true, "nothing": nil,
		"none": object{}, "nobody": []string{},
		"list": []any{"a", []any{"b", object{"c": 1, "d": []string{"e"}}}, object{}},
		"maps": []object{{"a": 1, "b": object{"c": 2}}, {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `"Y": "y"
count: 3
empty: ""
hash: "a #b"
lines: "a\nb"
list:
  - a
  - - b
    - c: 1
      d:
        - e
  - {}
maps:
  - a: 1
    b:
      c: 2
  - {}
"no": "no"
nobody: []
none: {}
nothing: null
number: 12345678901234567890
odd: "\u00e9\u2028\x7f\U0001f600"
"on": true
path: /export/a
port: "1:30"
quote: "a\"\\b"
release: "14.2"
template: !unsafe "{{ x }}"
text: web
value: "="
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	if _, err := YAML(object{"x": struct{}{}}); err == nil {
		t.Error("a struct was printed")
	}
}
