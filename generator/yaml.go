package generator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// YAML prints maps, lists and scalars for PyYAML, which is what Ansible and
// Salt read with. It decides itself what is quoted, as what YAML 1.1 takes for
// something else than text (no, 1:30, 0x1f, =) differs from library to library
// and the others here write some of it bare.
func YAML(v any) ([]byte, error) {
	var b bytes.Buffer
	err := writeYAML(&b, v, "", false)
	return b.Bytes(), err
}

// writeYAML prints v below indent; nested says that a key or dash stands
// before it on the line.
func writeYAML(b *bytes.Buffer, v any, indent string, nested bool) error {
	switch v := v.(type) {
	case map[string]any:
		return writeMap(b, v, indent, nested)
	case map[string]map[string]any:
		m := object{}
		for k, e := range v {
			m[k] = e
		}
		return writeMap(b, m, indent, nested)
	case []any:
		return writeList(b, v, indent)
	case []string:
		return writeList(b, v, indent)
	case []map[string]any:
		return writeList(b, v, indent)
	}
	text, err := scalar(v)
	b.WriteString(pad(nested) + text + "\n")
	return err
}

func pad(nested bool) string {
	if nested {
		return " "
	}
	return ""
}

func writeMap(b *bytes.Buffer, m map[string]any, indent string, nested bool) error {
	if len(m) == 0 {
		b.WriteString(pad(nested) + "{}\n")
		return nil
	}
	if nested {
		b.WriteString("\n")
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		b.WriteString(indent + quoteYAML(k) + ":")
		if err := writeYAML(b, m[k], indent+"  ", true); err != nil {
			return err
		}
	}
	return nil
}

func writeList[T any](b *bytes.Buffer, l []T, indent string) error {
	if len(l) == 0 {
		b.WriteString(" []\n")
		return nil
	}
	b.WriteString("\n")
	for _, e := range l {
		var item bytes.Buffer
		if err := writeYAML(&item, e, indent+"  ", true); err != nil {
			return err
		}
		// A map begins on the line of its dash.
		text := strings.TrimPrefix(item.String(), "\n"+indent+"  ")
		b.WriteString(indent + "- " + strings.TrimPrefix(text, " "))
	}
	return nil
}

func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case string:
		return quoteYAML(v), nil
	case unsafe:
		return "!unsafe " + strconv.QuoteToASCII(string(v)), nil
	case json.Number:
		return v.String(), nil
	case bool, int:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("YAML of %T", v)
}

var (
	// plainWord is text that no version of YAML reads as anything else, but
	// for the words below.
	plainWord = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_/.-]*$`)
	yamlWord  = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
)

// quoteYAML writes text bare where that is safe. Go's quoting is YAML's for
// double quotes: every escape of the one is one of the other.
func quoteYAML(s string) string {
	if plainWord.MatchString(s) && !yamlWord.MatchString(s) {
		return s
	}
	return strconv.QuoteToASCII(s)
}
