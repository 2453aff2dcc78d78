package generator

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"carpool/internal/parallel"
)

// ManifestName is the file that lists a tree.
const ManifestName = "manifest.json"

// manifestVersion changes when a reader of the old form would misread the new.
const manifestVersion = 1

// Manifest lists every file of a tree.
type Manifest struct {
	FormatVersion int     `json:"format_version"`
	Files         []Entry `json:"files"`
}

// Entry is one file of a tree.
type Entry struct {
	Node     string  `json:"node"`
	Path     string  `json:"path"` // relative to the host's root
	Mode     string  `json:"mode"` // octal, as install(1) takes it
	Owner    string  `json:"owner"`
	Group    string  `json:"group"`
	SHA256   string  `json:"sha256"` // of the file in the tree
	Secret   bool    `json:"secret"`
	Content  Content `json:"content"`
	OnChange string  `json:"on_change"`
	// Variables are those that a template reads: who deploys it needs their
	// values.
	Variables []string `json:"variables,omitempty"`
}

// tree is what is to be published, sorted by name.
type tree struct {
	names []string // paths below the target
	files []treeFile
}

type treeFile struct {
	data []byte
	mode uint32
}

// find returns where the file is in the tree.
func (t *tree) find(name string) (int, bool) { return slices.BinarySearch(t.names, name) }

// manifest is the manifest of the tree, which lies in it.
func (t *tree) manifest() []byte {
	i, _ := t.find(ManifestName)
	return t.files[i].data
}

// makeTree lays files out and adds the manifest; kept are entries of hosts
// that were not rendered this time.
func makeTree(files []File, kept []Entry) (*tree, error) {
	type named struct {
		name string
		treeFile
	}
	all := make([]named, 0, len(files)+1)
	for _, f := range files {
		name := f.Node + "/" + f.Path
		if path.Clean(name) != name || !inside(f) {
			return nil, fmt.Errorf("%q is no path below the target", name)
		}
		all = append(all, named{name, treeFile{f.Data, f.Mode}})
	}
	m := Manifest{FormatVersion: manifestVersion, Files: slices.Concat(kept, entriesOf(files))}
	slices.SortFunc(m.Files, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Path, b.Path))
	})
	all = append(all, named{ManifestName, treeFile{m.encode(), 0o644}})
	slices.SortFunc(all, func(a, b named) int { return strings.Compare(a.name, b.name) })
	t := &tree{names: make([]string, len(all)), files: make([]treeFile, len(all))}
	for i, f := range all {
		if i > 0 && all[i-1].name == f.name {
			return nil, fmt.Errorf("two files would be written to %s", f.name)
		}
		t.names[i], t.files[i] = f.name, f.treeFile
	}
	return t, nil
}

// inside reports whether the file lies in a folder of its node.
func inside(f File) bool {
	return filepath.IsLocal(f.Path) && filepath.IsLocal(f.Node) && !strings.Contains(f.Node, "/") &&
		f.Node != ManifestName && !strings.ContainsRune(f.Node+f.Path, 0)
}

// entriesOf describes files. A static one is the same on thousands of hosts and
// is digested once.
func entriesOf(files []File) []Entry {
	static := map[*byte]string{}
	for _, f := range files {
		if f.Static && len(f.Data) > 0 && static[&f.Data[0]] == "" {
			static[&f.Data[0]] = digest(f.Data)
		}
	}
	entries := make([]Entry, len(files))
	parallel.Do(len(files), func(i int) {
		f, sum := files[i], ""
		if f.Static && len(f.Data) > 0 {
			sum = static[&f.Data[0]]
		} else {
			sum = digest(f.Data)
		}
		entries[i] = Entry{
			Node: f.Node, Path: f.Path, Mode: fmt.Sprintf("%04o", f.Mode), Owner: Owner, Group: Group,
			SHA256: sum, Secret: f.Secret, Content: f.Content, OnChange: f.OnChange, Variables: f.Variables,
		}
	})
	return entries
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// encode writes the manifest as package json does with an indent of two
// spaces, which a test compares. That package goes over the text three times
// and takes as long for a fleet as rendering it.
func (m *Manifest) encode() []byte {
	b := make([]byte, 0, 300*len(m.Files)+100)
	b = fmt.Appendf(b, "{\n  \"format_version\": %d,\n  \"files\": [", m.FormatVersion)
	for i, e := range m.Files {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n    {"...)
		b = appendField(b, "node", e.Node, ',')
		b = appendField(b, "path", e.Path, ',')
		b = appendField(b, "mode", e.Mode, ',')
		b = appendField(b, "owner", e.Owner, ',')
		b = appendField(b, "group", e.Group, ',')
		b = appendField(b, "sha256", e.SHA256, ',')
		b = fmt.Appendf(b, "\n      \"secret\": %t,", e.Secret)
		b = appendField(b, "content", string(e.Content), ',')
		b = appendField(b, "on_change", e.OnChange, ',')
		b = appendList(b, "variables", e.Variables)
		b = append(b[:len(b)-1], "\n    }"...) // without the last comma
	}
	if len(m.Files) > 0 {
		b = append(b, "\n  "...)
	}
	return append(b, "]\n}\n"...)
}

func appendField(b []byte, key, value string, end byte) []byte {
	b = append(b, "\n      \""...)
	b = append(b, key...)
	b = append(b, "\": "...)
	b = appendJSON(b, value)
	return append(b, end)
}

// appendList appends a list of strings, or nothing for an empty one.
func appendList(b []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, "\n      \""...)
	b = append(b, key...)
	b = append(b, "\": ["...)
	for _, v := range values {
		b = append(b, "\n        "...)
		b = appendJSON(b, v)
		b = append(b, ',')
	}
	return append(b[:len(b)-1], "\n      ],"...)
}

// appendJSON appends a JSON string.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			var quoted bytes.Buffer
			e := json.NewEncoder(&quoted)
			e.SetEscapeHTML(false)
			e.Encode(s) // a string can always be encoded
			return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
