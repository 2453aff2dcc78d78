package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
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

// tree is what is to be published: files by path below the target.
type tree map[string]treeFile

type treeFile struct {
	data []byte
	mode uint32
}

// makeTree lays files out and adds the manifest; kept are entries of hosts
// that were not rendered this time.
func makeTree(files []File, kept []Entry) (tree, error) {
	t := tree{}
	m := Manifest{FormatVersion: manifestVersion, Files: slices.Clone(kept)}
	if m.Files == nil {
		m.Files = []Entry{}
	}
	for _, f := range files {
		name := f.Node + "/" + f.Path
		if path.Clean(name) != name || strings.HasPrefix(f.Path, "/") || name == ManifestName {
			return nil, fmt.Errorf("%q is no path below the target", name)
		}
		if _, twice := t[name]; twice {
			return nil, fmt.Errorf("two files would be written to %s", name)
		}
		t[name] = treeFile{f.Data, f.Mode}
		m.Files = append(m.Files, entryOf(f))
	}
	slices.SortFunc(m.Files, func(a, b Entry) int {
		return strings.Compare(a.Node+"\x00"+a.Path, b.Node+"\x00"+b.Path)
	})
	data, err := m.encode()
	if err != nil {
		return nil, err
	}
	t[ManifestName] = treeFile{data, 0o644}
	return t, nil
}

func entryOf(f File) Entry {
	sum := sha256.Sum256(f.Data)
	return Entry{
		Node: f.Node, Path: f.Path, Mode: fmt.Sprintf("%04o", f.Mode), Owner: Owner, Group: Group,
		SHA256: hex.EncodeToString(sum[:]), Secret: f.Secret, Content: f.Content, OnChange: f.OnChange, Variables: f.Variables,
	}
}

func (m *Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// names returns the paths of the tree, sorted.
func (t tree) names() []string {
	names := make([]string, 0, len(t))
	for n := range t {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
