// Command release builds what is published of carpool: for each platform one
// archive with the static binary, manual pages, completions and licence, a
// bill of materials beside it; the source, from which packages are built; and
// the checksums of all. The same commit built with the same Go gives the same
// bytes, wherever and whenever.
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// platforms are those that carpool is published for.
var platforms = []string{
	"freebsd/amd64", "freebsd/arm64",
	"linux/amd64", "linux/arm64",
	"darwin/amd64", "darwin/arm64",
}

func main() {
	out := flag.String("o", "dist", "write to this `DIR`, which is made anew")
	version := flag.String("version", "", "the `VERSION`; that of the tag unless given")
	only := flag.String("only", "", "build for this `OS/ARCH` alone")
	list := flag.Bool("list", false, "print the platforms and exit")
	flag.Parse()
	if *list {
		fmt.Println(strings.Join(platforms, "\n"))
		return
	}
	if err := release(*out, *version, *only); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// source is what an archive is made from.
type source struct {
	version string
	date    time.Time         // of the commit: the only time in an archive
	files   map[string][]byte // beside the binary, by path in the archive
}

func release(out, version, only string) error {
	if only != "" {
		if !slices.Contains(platforms, only) {
			return fmt.Errorf("-only takes one of %s", strings.Join(platforms, ", "))
		}
		platforms = []string{only}
	}
	src, err := readSource(version)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var sums bytes.Buffer
	write := func(name string, data []byte) error {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
		return os.WriteFile(filepath.Join(out, name), data, 0o644)
	}
	tarball, module, err := src.archive()
	if err != nil {
		return err
	}
	if err := write("carpool-"+src.version+".tar.gz", tarball); err != nil {
		return err
	}
	if err := write("go.mod", module); err != nil {
		return err
	}
	for _, platform := range platforms {
		name, archive, bill, err := src.build(platform)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if err := write(name+".tar.gz", archive); err != nil {
			return err
		}
		if err := write(name+".cdx.json", bill); err != nil {
			return err
		}
		fmt.Println(filepath.Join(out, name+".tar.gz"))
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), sums.Bytes(), 0o644)
}

// readSource asks git and carpool itself for what goes into every archive. A
// tree that differs from its commit is refused: nobody could build it again.
func readSource(version string) (*source, error) {
	if changes, err := output("git", "status", "--porcelain"); err != nil || changes != "" {
		return nil, fmt.Errorf("the tree differs from its commit (%v):\n%s", err, changes)
	}
	seconds, err := output("git", "log", "-1", "--format=%ct")
	if err != nil {
		return nil, err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return nil, err
	}
	if version == "" {
		if version, err = described(); err != nil {
			return nil, err
		}
	}
	s := &source{version: version, date: time.Unix(unix, 0).UTC(), files: map[string][]byte{}}
	for from, to := range map[string]string{
		"LICENSE": "share/licenses/carpool/LICENSE", "README.md": "share/doc/carpool/README.md",
		"docs/man/carpool.1": "share/man/man1/carpool.1", "docs/man/carpool.5": "share/man/man5/carpool.5",
	} {
		if s.files[to], err = os.ReadFile(from); err != nil {
			return nil, err
		}
	}
	for shell, to := range map[string]string{
		"bash": "share/bash-completion/completions/carpool", "zsh": "share/carpool/completion.zsh",
		"fish": "share/fish/vendor_completions.d/carpool.fish",
	} {
		script, err := exec.Command("go", "run", "./cmd/carpool", "completion", shell).Output()
		if err != nil {
			return nil, fmt.Errorf("completion for %s: %w", shell, err)
		}
		s.files[to] = script
	}
	return s, nil
}

// described is the version that the tags tell: 1.2.3 on the tag v1.2.3,
// 1.2.3-4-gabcdef behind it, and 0.0.0-gabcdef where there is no tag yet.
func described() (string, error) {
	if v, err := output("git", "describe", "--tags", "--match", "v[0-9]*"); err == nil {
		return strings.TrimPrefix(v, "v"), nil
	}
	commit, err := output("git", "rev-parse", "--short=12", "HEAD")
	return "0.0.0-g" + commit, err
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	return strings.TrimSpace(string(out)), err
}
