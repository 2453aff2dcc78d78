package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

var date = time.Unix(1700000000, 0).UTC()

// TestPack: the bytes follow from names and contents alone, in sorted order.
func TestPack(t *testing.T) {
	files := map[string][]byte{"share/b": []byte("two"), "bin/carpool": []byte("one"), "share/a": []byte("three")}
	first, err := pack("carpool-1", files, date)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if again, err := pack("carpool-1", files, date); err != nil || !bytes.Equal(first, again) {
			t.Fatal("packed anew, the archive is another: ", err)
		}
	}
	z, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(date) || h.Uid != 0 || h.Uname != "root" || (h.Mode == 0o755) != strings.Contains(h.Name, "/bin/") {
			t.Errorf("%+v", h)
		}
		got = append(got, h.Name)
	}
	if want := []string{"carpool-1/bin/carpool", "carpool-1/share/a", "carpool-1/share/b"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestBill: the bill has every module of a real binary, this test's.
func TestBill(t *testing.T) {
	info, err := buildinfo.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	info.Main.Path = "carpool"
	data, err := billOf(info, "1.2.3", date)
	if err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	if b.Metadata.Component.PURL != "pkg:golang/carpool@1.2.3" || b.Metadata.Timestamp != "2023-11-14T22:13:20Z" {
		t.Errorf("%+v", b.Metadata)
	}
	if len(b.Components) != 1+len(info.Deps) || b.Components[0].Name != "std" || len(b.Depends[0].On) != len(b.Components) {
		t.Errorf("%d components of %d modules", len(b.Components), len(info.Deps))
	}
}

// TestDescribed: a version always begins as semantic versions do.
func TestDescribed(t *testing.T) {
	v, err := described()
	if err != nil || v == "" || v[0] < '0' || v[0] > '9' {
		t.Errorf("%q, %v", v, err)
	}
}

// TestModules: everything that the published binary holds is in go.sum, so
// that the bill names what was checked.
func TestModules(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "../cmd/carpool").Output()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range strings.Fields(strings.ReplaceAll(string(out), " ", "@")) {
		if !strings.Contains(string(sum), strings.Replace(m, "@", " ", 1)+" h1:") {
			t.Errorf("go.sum lacks %s", m)
		}
	}
}
