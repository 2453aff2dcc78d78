package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"carpool/internal/parallel"
)

// published is what lies in the target.
type published struct {
	exists   bool
	dir      string
	root     folder   // open while exists
	manifest []byte   // nil if there is none
	entries  []Entry  // of the manifest
	files    []string // regular files that the manifest lists, and the manifest
	foreign  []string // everything else that is no folder
	current  map[string]bool
}

// open finds out what the target is; done has to be called at the end.
func (t Target) open(dir string) (p *published, done func(), err error) {
	p = &published{dir: dir}
	p.root, err = folderAt(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return p, func() {}, nil
	}
	if err != nil {
		return p, func() {}, err
	}
	p.exists = true
	p.manifest, err = p.root.read(ManifestName)
	return p, p.root.close, err
}

// list returns the entries of the manifest; none if it is not carpool's.
func (p *published) list() []Entry {
	var m Manifest
	if p.entries == nil && json.Unmarshal(p.manifest, &m) == nil && m.FormatVersion == manifestVersion {
		p.entries = m.Files
	}
	return p.entries
}

// survey walks the target, tells carpool's files from others, and reads every
// wanted one: size and time prove nothing of a file that may have been edited.
func (p *published) survey(want *tree) error {
	if !p.exists {
		return nil
	}
	ours := func(name string) bool { _, ok := want.files[name]; return ok }
	if !bytes.Equal(p.manifest, want.files[ManifestName].data) {
		listed := map[string]bool{}
		for _, e := range p.list() {
			listed[e.Node+"/"+e.Path] = true
		}
		listed[ManifestName] = p.entries != nil
		ours = func(name string) bool { return listed[name] }
	}
	top, err := p.root.names()
	if err != nil {
		return err
	}
	walks := make([]walk, len(top))
	errs := make([]error, len(top))
	parallel.Each(len(top), func() func(int) {
		buf := &bytes.Buffer{}
		return func(i int) {
			walks[i] = walk{ours: ours, want: want, buf: buf}
			errs[i] = walks[i].entry(p.root, "", top[i])
		}
	})
	p.current = map[string]bool{}
	for _, w := range walks {
		p.files, p.foreign = append(p.files, w.files...), append(p.foreign, w.foreign...)
		for _, name := range w.current {
			p.current[name] = true
		}
	}
	slices.Sort(p.files)
	slices.Sort(p.foreign)
	return errors.Join(errs...)
}

// walk is the survey of one entry at the top of the target.
type walk struct {
	ours func(string) bool
	want *tree
	buf  *bytes.Buffer

	files, foreign, current []string
}

func (w *walk) entry(d folder, prefix string, e fs.DirEntry) error {
	name := prefix + e.Name()
	switch {
	case e.IsDir():
		return w.folder(d, name, e.Name())
	case !w.ours(name) || !e.Type().IsRegular():
		w.foreign = append(w.foreign, name)
		return nil
	}
	w.files = append(w.files, name)
	if f, ok := w.want.files[name]; ok && d.holds(e.Name(), f, w.buf) {
		w.current = append(w.current, name)
	}
	return nil
}

func (w *walk) folder(d folder, name, base string) error {
	sub, err := d.open(base)
	if err != nil {
		return err
	}
	defer sub.close()
	entries, err := sub.names()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.entry(sub, name+"/", e); err != nil {
			return err
		}
	}
	return nil
}

// isCurrent reports whether the target already is what is wanted.
func (p *published) isCurrent(want *tree, t Target) bool {
	if !p.exists || len(p.current) != len(want.files) {
		return false
	}
	for _, name := range p.files {
		if !p.current[name] && !t.keeps(name) {
			return false
		}
	}
	return true
}
