package generator

import (
	"slices"
	"strings"

	"carpool/internal/parallel"
)

// item is one file of the tree to build: written, or linked from the old one.
type item struct {
	name string
	link bool
	file *treeFile // nil: it is only linked
}

// plan lists what the new tree consists of, sorted.
func (t Target) plan(old *published, want *tree) []item {
	items := make([]item, 0, len(want.files))
	for i, name := range want.names {
		items = append(items, item{name, old.exists && old.current[i], &want.files[i]})
	}
	for _, name := range old.others {
		if t.keeps(name) {
			items = append(items, item{name: name, link: true})
		}
	}
	for _, name := range old.foreign {
		if _, ok := want.find(name); !ok {
			items = append(items, item{name: name, link: true})
		}
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	return items
}

// hostsOf divides n sorted names into parts of one top folder each.
func hostsOf(n int, name func(int) string) []part {
	var parts []part
	for from := 0; from < n; {
		top, _, _ := strings.Cut(name(from), "/")
		to := from + 1
		for to < n && strings.HasPrefix(name(to), top+"/") {
			to++
		}
		parts = append(parts, part{from, to})
		from = to
	}
	return parts
}

// build makes the new tree in root, one host beside the other.
func (t Target) build(root folder, old *published, want *tree) error {
	items := t.plan(old, want)
	groups := hostsOf(len(items), func(i int) string { return items[i].name })
	modes := newModeTable()
	return parallel.Try(len(groups), func() func(int) error {
		return func(i int) error {
			b := &hostBuilder{old: old.root, modes: modes, way: []folder{root}}
			return b.all(items[groups[i].from:groups[i].to])
		}
	})
}

// hostBuilder makes the files of one host. It keeps the folders from the root
// to where it is open.
type hostBuilder struct {
	old   folder
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
	if it.link {
		err := here.link(base, b.old, it.name)
		if err == nil || it.file == nil {
			return err
		}
	}
	return here.write(base, *it.file, b.modes)
}

// up closes folders until only so many below the root are left.
func (b *hostBuilder) up(depth int) {
	for len(b.names) > depth {
		b.way[len(b.way)-1].close()
		b.way, b.names = b.way[:len(b.way)-1], b.names[:len(b.names)-1]
	}
}
