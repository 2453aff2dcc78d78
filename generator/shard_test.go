package generator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

func fleetFiles(hosts int) []File {
	var files []File
	for i := range hosts {
		node := fmt.Sprintf("host%03d", i)
		files = append(files, File{Node: node, Path: "etc/rc.conf", Mode: 0o600, Data: []byte("hostname=" + node + "\n")})
	}
	return files
}

func ofShard(files []File, s Shard) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !s.Has(f.Node) })
}

func TestParseShard(t *testing.T) {
	for _, s := range []string{"1/1", "3/4", "100000/100000"} {
		if got, err := ParseShard(s); err != nil || got.String() != s {
			t.Errorf("%s became %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1", "0/4", "5/4", "-1/4", "a/b", "1/100001", "1/4/8", "1/0"} {
		if got, err := ParseShard(s); err == nil {
			t.Errorf("%q was accepted as %s", s, got)
		}
	}
}

// TestShardsAreTheWhole: every host is in exactly one shard, and the shards are
// of like size.
func TestShardsAreTheWhole(t *testing.T) {
	files := fleetFiles(1000)
	for _, of := range []int{1, 2, 3, 8, 16} {
		count := 0
		for k := 1; k <= of; k++ {
			n := len(ofShard(files, Shard{k, of}))
			count += n
			if n < 1000/of*7/10 || n > 1000/of*13/10 {
				t.Errorf("shard %d/%d has %d of 1000 hosts", k, of, n)
			}
		}
		if count != 1000 {
			t.Errorf("%d shards have %d of 1000 hosts", of, count)
		}
	}
}

// TestShardsIntoOneTree: jobs that write into one folder in any order leave
// what one job would, and take out hosts that are gone.
func TestShardsIntoOneTree(t *testing.T) {
	base := t.TempDir()
	whole, parts := filepath.Join(base, "whole"), filepath.Join(base, "parts")
	files := fleetFiles(20)
	publishTo(t, Target{Dir: whole}, files[3:])
	publishTo(t, Target{Dir: parts}, files)
	for _, k := range []int{2, 3, 1} {
		s := Shard{k, 3}
		publishTo(t, Target{Dir: parts, Shard: s}, ofShard(files[3:], s))
	}
	if a, b := list(t, whole), list(t, parts); !slices.Equal(a, b) {
		t.Errorf("whole has %q, the shards %q", a, b)
	}
	a, err := os.ReadFile(filepath.Join(whole, ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(parts, ManifestName)); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the manifests differ: %v", err)
	}
}

// TestManifestEncodes compares the manifest with what package json makes of it.
func TestManifestEncodes(t *testing.T) {
	entries := []Entry{{}, {}, {Variables: []string{"one"}}}
	for i := range reflect.TypeFor[Entry]().NumField() { // every field, those of tomorrow too
		switch f := reflect.ValueOf(&entries[1]).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString(fmt.Sprint(i, "etc/\"x\"\n\\\u2028<&>ä\x7f"))
		case reflect.Bool:
			f.SetBool(true)
		default:
			f.Set(reflect.ValueOf([]string{"a", "b\"c"}))
		}
	}
	for n := range len(entries) + 1 {
		m := Manifest{FormatVersion: manifestVersion, Files: entries[:n]}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(m); err != nil {
			t.Fatal(err)
		}
		if got := m.encode(); string(got) != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got, want.String())
		}
	}
}
