package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carpool/internal/parallel"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/json"
)

// Source is the parsed text of a description.
type Source struct {
	Dir   string // where file() and templatefile() may read; "" for none
	Files []File

	texts   map[string]*text
	ignores []*Ignore
}

// File is one parsed file of a description.
type File struct {
	Name string
	Body hcl.Body
}

// text is a file as excerpts show it.
type text struct {
	data    []byte
	lines   []int // byte offset of each line
	secrets []hcl.Range
	hidden  bool // every value in it may be a secret: a var-file
	broken  bool // it does not parse: secrets may be incomplete
}

// IsDescriptionFile reports whether a file of a folder belongs to its
// description: *.hcl and *.hcl.json, but never *.vars.hcl.
func IsDescriptionFile(name string) bool {
	base := filepath.Base(name)
	switch {
	case strings.HasPrefix(base, "."), strings.HasSuffix(base, ".vars.hcl"), strings.HasSuffix(base, ".vars.hcl.json"):
		return false
	}
	return strings.HasSuffix(base, ".hcl") || strings.HasSuffix(base, ".hcl.json")
}

// Load reads and parses the description at path, a file or a folder. The error
// says that something could not be read; the diagnostics say what is wrong
// with what was read.
func Load(path string) (*Source, hcl.Diagnostics, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, readError(path, err)
	}
	dir, names := filepath.Dir(path), []string{path}
	if info.IsDir() {
		if dir, names, err = path, nil, nil; err != nil {
			return nil, nil, err
		}
		if names, err = descriptionFiles(path); err != nil {
			return nil, nil, err
		}
	}
	files := map[string][]byte{}
	for _, n := range names {
		data, err := readFile(n)
		if err != nil {
			return nil, nil, readError(n, err)
		}
		files[filepath.ToSlash(n)] = data
	}
	src, diags := Parse(files)
	src.Dir = dir
	if len(names) == 0 {
		diags = append(diags, Finding{Code: LangMissing, Help: "write one, or name the folder that has it"}.Diagnostic(hcl.Range{},
			fmt.Sprintf("%s holds no description", path), "A description is a folder with files *.hcl or *.hcl.json, or one such file."))
	}
	return src, diags, nil
}

func descriptionFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, readError(dir, err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && IsDescriptionFile(e.Name()) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

// readFile reads a regular file of bounded size; a device or a pipe would
// never end.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > MaxFileSize {
		return nil, fmt.Errorf("it has %d bytes; a file of a description may have %d", info.Size(), MaxFileSize)
	}
	return os.ReadFile(name)
}

func readError(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}

// Parse parses files by name. It never fails: what does not parse is in the
// diagnostics, sorted.
func Parse(files map[string][]byte) (*Source, hcl.Diagnostics) {
	src := &Source{texts: map[string]*text{}}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	texts := make([][]byte, len(names))
	for i, n := range names {
		texts[i] = bytes.TrimPrefix(files[n], []byte("\xef\xbb\xbf")) // a byte order mark
	}
	bodies := make([]hcl.Body, len(names))
	found := make([]hcl.Diagnostics, len(names))
	secrets := make([][]hcl.Range, len(names))
	parallel.Do(len(names), func(i int) {
		if bodies[i], found[i] = parseBody(names[i], texts[i]); strings.HasSuffix(names[i], ".json") {
			secrets[i] = jsonSecretRanges(texts[i])
		} else {
			secrets[i] = secretRanges(bodies[i])
		}
	})
	var diags hcl.Diagnostics
	for i, n := range names {
		t := src.remember(n, texts[i], false)
		t.secrets = secrets[i]
		t.broken = found[i].HasErrors()
		diags = append(diags, found[i]...)
		if bodies[i] != nil {
			src.Files = append(src.Files, File{n, bodies[i]})
		}
		more := src.readIgnores(n, texts[i], bodies[i])
		diags = append(diags, more...)
	}
	Sort(diags)
	return src, diags
}

// parseBody parses one file by its name. Its diagnostics carry findings.
func parseBody(name string, data []byte) (hcl.Body, hcl.Diagnostics) {
	cuts, d := checkText(name, data)
	if d != nil {
		return nil, hcl.Diagnostics{d}
	}
	if d := checkNumbers(name, data); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	var f *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(plainName(name), ".json") {
		f, diags = json.Parse(data, name)
	} else {
		f, diags = parseNative(name, data, cuts)
	}
	for _, g := range diags {
		fd := &Finding{Code: LangSyntax}
		improve(g, fd, data)
		g.Extra = fd
	}
	if f == nil {
		return nil, diags
	}
	return f.Body, diags
}

func posRange(name string, data []byte, i int) hcl.Range {
	line := bytes.Count(data[:i], []byte("\n"))
	col := i - bytes.LastIndexByte(data[:i], '\n')
	start := hcl.Pos{Line: line + 1, Column: col, Byte: i}
	end := start
	end.Column++
	end.Byte++
	return hcl.Range{Filename: name, Start: start, End: end}
}

// start is the place for findings about the description as a whole.
func (s *Source) start() hcl.Range {
	if len(s.Files) == 0 {
		return hcl.Range{}
	}
	return hcl.Range{Filename: s.Files[0].Name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// remember keeps the text of a file for excerpts.
func (s *Source) remember(name string, data []byte, hidden bool) *text {
	t := &text{data: data, hidden: hidden, lines: []int{0}}
	for i, c := range data {
		if c == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	s.texts[name] = t
	return t
}
