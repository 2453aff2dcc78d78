package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"sort"

	"carpool/internal/parallel"
)

// published is what lies in the target.
type published struct {
	exists   bool
	dir      string
	root     folder   // open while exists
	manifest []byte   // nil if there is none
	entries  []Entry  // of the manifest
	current  []bool   // of each file of the wanted tree: it is there as it should be
	others   []string // regular files that the manifest lists and nobody wants any more
	foreign  []string // everything else that is no folder and not carpool's
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
// all says that the manifest lists no more than what is wanted.
func (p *published) survey(want *tree, all bool) error {
	if !p.exists {
		return nil
	}
	ours := func(name string) bool { _, ok := want.find(name); return ok }
	if !all || !bytes.Equal(p.manifest, want.manifest()) {
		listed := map[string]bool{}
		for _, e := range p.list() {
			listed[e.Node+"/"+e.Path] = true
		}
		listed[ManifestName] = p.entries != nil
		ours = func(name string) bool { return listed[name] }
	}
	space := func() []byte { return make([]byte, 1<<15) }
	top, err := p.root.names(space())
	if err != nil {
		return err
	}
	p.current = make([]bool, len(want.names))
	walks := make([]walk, len(top))
	err = parallel.Try(len(top), func() func(int) error {
		space, buf := space(), &bytes.Buffer{}
		return func(i int) error {
			walks[i] = walk{ours: ours, want: want, current: p.current, space: space, buf: buf}
			return walks[i].entry(p.root, part{to: len(want.names)}, "", top[i])
		}
	})
	if err != nil {
		return err
	}
	for _, w := range walks {
		p.others, p.foreign = append(p.others, w.others...), append(p.foreign, w.foreign...)
	}
	slices.Sort(p.others)
	slices.Sort(p.foreign)
	return nil
}

// walk is the survey of one entry at the top of the target.
type walk struct {
	ours    func(string) bool
	want    *tree
	current []bool
	space   []byte // for names
	buf     *bytes.Buffer

	others, foreign []string
}

// part is the files of the wanted tree from one place to before another: those
// below one folder.
type part struct{ from, to int }

// search finds the first wanted file of a part whose path is at least name.
func (w *walk) search(in part, name string) int {
	return in.from + sort.SearchStrings(w.want.names[in.from:in.to], name)
}

// entry looks at one name of a folder, whose wanted files are in; prefix is the
// folder's path with a slash. What is wanted is opened as what it should be;
// only what it turns out not to be, and what nobody wants, is asked what it is.
func (w *walk) entry(d folder, in part, prefix, base string) error {
	name := prefix + base
	i := w.search(in, name)
	wanted := i < in.to && w.want.names[i] == name
	if wanted && w.ours(name) && d.holds(base, w.want.files[i], w.buf) {
		w.current[i] = true
		return nil
	}
	below := part{w.search(in, name+"/"), w.search(in, name+"0")} // 0 follows the slash
	if below.from < below.to {
		sub, err := d.open(base)
		if err == nil {
			return w.folder(sub, below, name)
		}
	}
	switch kind, err := d.kind(base); {
	case err != nil:
		return err
	case kind == fs.ModeDir:
		sub, err := d.open(base)
		if err != nil {
			return err
		}
		return w.folder(sub, below, name)
	case kind != 0 || !w.ours(name):
		w.foreign = append(w.foreign, name)
	case !wanted:
		w.others = append(w.others, name)
	}
	return nil
}

// folder looks at everything in d, and closes it.
func (w *walk) folder(d folder, in part, name string) error {
	defer d.close()
	names, err := d.names(w.space)
	if err != nil {
		return err
	}
	for _, base := range names {
		if err := w.entry(d, in, name+"/", base); err != nil {
			return err
		}
	}
	return nil
}

// isCurrent reports whether the target already is what is wanted.
func (p *published) isCurrent(t Target) bool {
	return p.exists && !slices.Contains(p.current, false) &&
		!slices.ContainsFunc(p.others, func(name string) bool { return !t.keeps(name) })
}
