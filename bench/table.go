package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// target is one row of the table: what was measured, beside what it may be.
type target struct {
	name   string
	have   cost
	floor  cost
	factor float64 // have ≤ factor × floor
	words  string  // what the floor is
}

// print writes the tables in the form that BENCHMARKS.md has them.
func (c *costs) print(w io.Writer, hosts int) {
	fmt.Fprintf(w, "%d hosts, %.1f MB of HCL, %d files; %s/%s, %d CPUs, %s\n\n", hosts, float64(c.bytes)/1e6, c.files,
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Fprintln(w, "| step | wall s | CPU s | memory MiB |\n|---|---:|---:|---:|")
	for _, row := range []struct {
		name string
		cost cost
	}{
		{"floor: hclsyntax parses", c.parse},
		{"floor: and gohcl decodes", c.decode},
		{"floor: `cp -r` of the tree", c.copy},
		{"`validate`", c.validate},
		{"`render -o DIR`, first", c.first},
		{"`render -o DIR`, unchanged", c.unchanged},
		{"`render -o -`", c.archive},
		{"`render --host`, one host", c.oneHost},
		{"`render --shard 1/10`", c.shard},
		{fmt.Sprintf("`validate` of %d hosts", max(hosts/10, 2)), c.small},
		{fmt.Sprintf("`render -o DIR` of %d hosts", max(hosts/10, 2)), c.smallRender},
		{"`validate` of 2 hosts", c.two},
	} {
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %d |\n", row.name, row.cost.wall.Seconds(), row.cost.cpu.Seconds(), row.cost.rss>>20)
	}
	fmt.Fprintln(w, "\n| | wall | CPU | at most | of |\n|---|---:|---:|---:|---|")
	write := c.validate.plus(c.copy)
	for _, t := range []target{
		{"`validate`", c.validate, c.decode, 1.5, "parse and gohcl"},
		{"first `render`", c.first, write, 1.3, "`validate` and `cp -r`"},
		{"unchanged `render`", c.unchanged, write, 0.5, "`validate` and `cp -r`"},
		{"`render -o -`", c.archive, c.validate, 1.3, "`validate`"},
		{"`validate`, a host of all", c.validate, c.small.times(hosts / max(hosts/10, 2)), 1.2, "a host of a tenth"},
		{"`render`, a host of all", c.first, c.smallRender.times(hosts / max(hosts/10, 2)), 1.2, "a host of a tenth"},
	} {
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %.2f | %s |\n", t.name, ratio(t.have.wall, t.floor.wall), ratio(t.have.cpu, t.floor.cpu), t.factor, t.words)
	}
	most := max(c.validate.rss, c.first.rss, c.unchanged.rss, c.archive.rss)
	fmt.Fprintf(w, "\n| | is | at most |\n|---|---:|---:|\n")
	fmt.Fprintf(w, "| memory, the fleet | %d MiB | 1024 MiB |\n", most>>20)
	fmt.Fprintf(w, "| memory, two hosts | %d MiB | 40 MiB |\n", c.two.rss>>20)
	fmt.Fprintf(w, "| CPU of `validate`, two hosts | %.1f ms | 15 ms |\n", float64(c.two.cpu.Microseconds())/1000)
	fmt.Fprintf(w, "| unchanged `render` writes | %s | nothing |\n", map[bool]string{true: "something", false: "nothing"}[c.unchangedWrites])
}

// times is the cost of n such fleets.
func (c cost) times(n int) cost {
	return cost{c.wall * time.Duration(n), c.cpu * time.Duration(n), c.rss}
}

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
