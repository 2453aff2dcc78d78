package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// build makes the archive of one platform and its bill of materials.
func (s *source) build(platform string) (name string, archive, bill []byte, err error) {
	goos, goarch, _ := strings.Cut(platform, "/")
	name = fmt.Sprintf("carpool-%s-%s-%s", s.version, goos, goarch)
	binary, err := s.compile(goos, goarch)
	if err != nil {
		return "", nil, nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return "", nil, nil, err
	}
	if bill, err = billOf(info, s.version, s.date); err != nil {
		return "", nil, nil, err
	}
	files := maps.Clone(s.files)
	files["bin/carpool"] = binary
	files["share/doc/carpool/carpool.cdx.json"] = bill
	archive, err = pack(name, files, s.date)
	return name, archive, bill, err
}

// compile builds a static binary that names its commit and no path of the
// machine that built it.
func (s *source) compile(goos, goarch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "carpool-release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "carpool")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-mod=readonly",
		"-ldflags", "-s -w -X main.version="+s.version, "-o", binary, "./cmd/carpool")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(binary)
}

// archive returns the commit as a tar.gz, and its go.mod on its own, which the
// ports tree fetches to learn what else it needs.
func (s *source) archive() (tarball, module []byte, err error) {
	plain, err := exec.Command("git", "archive", "--format=tar", "--prefix=carpool-"+s.version+"/", "HEAD").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("git archive: %w", err)
	}
	if tarball, err = compressed(plain); err != nil {
		return nil, nil, err
	}
	module, err = os.ReadFile("go.mod")
	return tarball, module, err
}

// compressed has no name and no time in its header.
func compressed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// pack makes an archive whose bytes follow from names, contents and date.
func pack(name string, files map[string][]byte, date time.Time) ([]byte, error) {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		mode := int64(0o644)
		if strings.HasPrefix(file, "bin/") {
			mode = 0o755
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: name + "/" + file, Mode: mode, Size: int64(len(files[file])),
			ModTime: date, Uname: "root", Gname: "wheel", Format: tar.FormatUSTAR,
		}
		if err := t.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := t.Write(files[file]); err != nil {
			return nil, err
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	return compressed(b.Bytes())
}
