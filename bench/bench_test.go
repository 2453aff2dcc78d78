package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"carpool/generator"
	"carpool/schema"
	"carpool/schema/rules"
)

// hosts of the benchmarks: enough that a rule worse than n log n shows.
const hosts = 1000

func parsed(tb testing.TB) *schema.Source {
	tb.Helper()
	src, diags := schema.Parse(map[string][]byte{"fleet.hcl": fleet(hosts / 2)})
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	return src
}

func cluster(tb testing.TB) *schema.Cluster {
	tb.Helper()
	c, diags := schema.Decode(parsed(tb), schema.Inputs{RequireSecrets: true})
	if diags.HasErrors() {
		tb.Fatal(diags)
	}
	return c
}

func rendered(tb testing.TB) []generator.File {
	tb.Helper()
	files, err := generator.Render(cluster(tb), generator.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

func BenchmarkParse(b *testing.B) {
	data := fleet(hosts / 2)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		schema.Parse(map[string][]byte{"fleet.hcl": data})
	}
}

func BenchmarkDecode(b *testing.B) {
	src := parsed(b)
	b.ReportAllocs()
	for b.Loop() {
		schema.Decode(src, schema.Inputs{})
	}
}

func BenchmarkCheck(b *testing.B) {
	c := cluster(b)
	b.ReportAllocs()
	for b.Loop() {
		rules.Check(c)
	}
}

func BenchmarkRender(b *testing.B) {
	c := cluster(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := generator.Render(c, generator.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	files, dir := rendered(b), filepath.Join(b.TempDir(), "out")
	for b.Loop() {
		b.StopTimer()
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := (generator.Target{Dir: dir}).Write(files); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteUnchanged(b *testing.B) {
	files, dir := rendered(b), filepath.Join(b.TempDir(), "out")
	target := generator.Target{Dir: dir}
	if _, err := target.Write(files); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if changed, err := target.Write(files); err != nil || changed {
			b.Fatal(changed, err)
		}
	}
}

func BenchmarkTar(b *testing.B) {
	files := rendered(b)
	for b.Loop() {
		a, err := generator.NewArchive(files)
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
