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
	// Every tree gets a folder of its own and stays until the end: ext4 looks at
	// what was removed in the last minutes again for every file that it makes.
	out, copied := filepath.Join(r.dir, "out-*"), filepath.Join(r.dir, "copy-*")
	one, part, tenth := filepath.Join(r.dir, "one-*"), filepath.Join(r.dir, "part-*"), filepath.Join(r.dir, "tenth-*")
	steps := []struct {
		into *cost
		name string
		args []string
	}{
		{&c.parse, self, []string{"floor", "parse", big}},
		{&c.decode, self, []string{"floor", "decode", big}},
		{&c.validate, r.carpool, []string{"validate", big}},
		{&c.archive, r.carpool, []string{"render", big, "-o", "-"}},
		{&c.oneHost, r.carpool, []string{"render", big, "-o", one, "--host", "p0a"}},
		{&c.shard, r.carpool, []string{"render", big, "-o", part, "--shard", "1/10"}},
		{&c.first, r.carpool, []string{"render", big, "-o", out}},
		{&c.copy, "cp", []string{"-r", out, copied}},
		{&c.small, r.carpool, []string{"validate", small}},
		{&c.smallRender, r.carpool, []string{"render", small, "-o", tenth}},
		{&c.two, r.carpool, []string{"validate", two}},
	}
	for _, s := range steps {
		if *s.into, err = best(r.times, s.name, s.args...); err != nil {
			return nil, err
		}
	}
	return c, r.again(c, big, filepath.Join(r.dir, "out-0"))
}

// again renders what is there already.
func (r *runner) again(c *costs, big, out string) error {
	before, err := os.Stat(out)
	if err != nil {
		return err
	}
	if c.unchanged, err = best(r.times, r.carpool, "render", big, "-o", out); err != nil {
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
