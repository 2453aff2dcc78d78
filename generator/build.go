package generator

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"carpool/internal/parallel"
)

// item is one file of the tree to build: written, or linked from the old one.
type item struct {
	name string
	link bool
}

// plan lists what the new tree consists of, sorted.
func (t Target) plan(old *published, want *tree) []item {
	items := make([]item, 0, len(want.files))
	for _, name := range want.names {
		items = append(items, item{name, old.current[name]})
	}
	keep := func(name string) {
		if _, ok := want.files[name]; !ok {
			items = append(items, item{name, true})
		}
	}
	for _, name := range old.files {
		if t.keeps(name) {
			keep(name)
		}
	}
	for _, name := range old.foreign {
		keep(name)
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	return items
}

// build makes the new tree in root, one host beside the other.
func (t Target) build(root folder, old *published, want *tree) error {
	items := t.plan(old, want)
	var groups [][]item
	for from := 0; from < len(items); {
		top, _, _ := strings.Cut(items[from].name, "/")
		to := from + 1
		for to < len(items) && strings.HasPrefix(items[to].name, top+"/") {
			to++
		}
		groups = append(groups, items[from:to])
		from = to
	}
	modes := newModeTable()
	errs := make([]error, len(groups))
	var stop atomic.Bool
	parallel.Do(len(groups), func(i int) {
		if stop.Load() {
			return
		}
		b := &hostBuilder{old: old.root, want: want, modes: modes, way: []folder{root}}
		if errs[i] = b.all(groups[i]); errs[i] != nil {
			stop.Store(true)
		}
	})
	return errors.Join(errs...)
}

// hostBuilder makes the files of one host. It keeps the folders from the root
// to where it is open.
type hostBuilder struct {
	old   folder
	want  *tree
	modes *modeTable
	way   []folder
	names []string // of way, without the root
}

func (b *hostBuilder) all(items []item) error {
	defer b.up(0)
	for _, it := range items {
		if err := b.one(it); err != nil {
			return err
		}
	}
	return nil
}

func (b *hostBuilder) one(it item) error {
	parts := strings.Split(it.name, "/")
	dirs, base := parts[:len(parts)-1], parts[len(parts)-1]
	shared := 0
	for shared < min(len(dirs), len(b.names)) && dirs[shared] == b.names[shared] {
		shared++
	}
	b.up(shared)
	for _, name := range dirs[shared:] {
		sub, err := b.way[len(b.way)-1].make(name)
		if err != nil {
			return err
		}
		b.way, b.names = append(b.way, sub), append(b.names, name)
	}
	here := b.way[len(b.way)-1]
	f, wanted := b.want.files[it.name]
	if it.link {
		err := here.link(base, b.old, it.name)
		if err == nil || !wanted {
			return err
		}
	}
	return here.write(base, f, b.modes)
}

// up closes folders until only so many below the root are left.
func (b *hostBuilder) up(depth int) {
	for len(b.names) > depth {
		b.way[len(b.way)-1].close()
		b.way, b.names = b.way[:len(b.way)-1], b.names[:len(b.names)-1]
	}
}
