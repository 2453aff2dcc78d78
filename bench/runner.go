package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// runner runs what is measured. Every step is a process of its own, so that
// memory and collector of one do not count for the other.
type runner struct {
	dir     string
	carpool string
	times   int
}

// costs is everything that was measured.
type costs struct {
	bytes, files int // of the description, and of the tree

	parse, decode      cost // the floors
	copy               cost
	validate, first    cost
	unchanged, archive cost
	oneHost, shard     cost
	small              cost // validate of a tenth of the fleet
	smallRender        cost
	two                cost // validate of two hosts
	unchangedWrites    bool
}

func (r *runner) describe(name string, hosts int) (string, int, error) {
	text := fleet(hosts / 2)
	full := filepath.Join(r.dir, name)
	return full, len(text), os.WriteFile(full, text, 0o644)
}

// all measures a fleet, a tenth of it, and a single pair.
func (r *runner) all(hosts int) (*costs, error) {
	c := &costs{}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	big, size, err := r.describe("fleet.hcl", hosts)
	if err != nil {
		return nil, err
	}
	c.bytes = size
	small, _, err := r.describe("tenth.hcl", max(hosts/10, 2))
	if err != nil {
		return nil, err
	}
	two, _, err := r.describe("two.hcl", 2)
	if err != nil {
		return nil, err
	}
	out, tenth, copied := filepath.Join(r.dir, "out"), filepath.Join(r.dir, "out10"), filepath.Join(r.dir, "copy")
	gone := func(dir string) func() error { return func() error { return os.RemoveAll(dir) } }
	steps := []struct {
		into   *cost
		before func() error
		name   string
		args   []string
	}{
		{&c.parse, nothing, self, []string{"floor", "parse", big}},
		{&c.decode, nothing, self, []string{"floor", "decode", big}},
		{&c.validate, nothing, r.carpool, []string{"validate", big}},
		{&c.archive, nothing, r.carpool, []string{"render", big, "-o", "-"}},
		{&c.oneHost, gone(tenth), r.carpool, []string{"render", big, "-o", tenth, "--host", "p0a"}},
		{&c.shard, gone(tenth), r.carpool, []string{"render", big, "-o", tenth, "--shard", "1/10"}},
		{&c.first, gone(out), r.carpool, []string{"render", big, "-o", out}},
		{&c.copy, gone(copied), "cp", []string{"-r", out, copied}},
		{&c.small, nothing, r.carpool, []string{"validate", small}},
		{&c.smallRender, gone(tenth), r.carpool, []string{"render", small, "-o", tenth}},
		{&c.two, nothing, r.carpool, []string{"validate", two}},
	}
	for _, s := range steps {
		if *s.into, err = best(r.times, s.before, s.name, s.args...); err != nil {
			return nil, err
		}
	}
	return c, r.again(c, big, out)
}

// again renders what is there already.
func (r *runner) again(c *costs, big, out string) error {
	before, err := os.Stat(out)
	if err != nil {
		return err
	}
	if c.unchanged, err = best(r.times, nothing, r.carpool, "render", big, "-o", out); err != nil {
		return err
	}
	after, err := os.Stat(out)
	if err != nil {
		return err
	}
	c.unchangedWrites = !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime())
	return filepath.WalkDir(out, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			c.files++
		}
		return err
	})
}
