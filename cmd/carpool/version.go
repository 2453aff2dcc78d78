package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is set by release builds with -ldflags "-X main.version=1.2.3".
var version string

// buildInfo is what is known of this binary.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionCommand() *command {
	return &command{
		name:    "version",
		summary: "print the version and the commit it was built from",
		about: "Version prints the version of carpool, the commit it was built from, and the Go " +
			"release and platform of the build. Two binaries that print the same line render the same files.",
		example: `$ carpool version
$ carpool version --format json`,
		plain: true,
		flags: noFlags,
		run:   runVersion,
	}
}

func runVersion(c *call) error {
	b := thisBuild()
	if c.opt.format == "json" {
		c.data = true
		return encodeJSON(&c.product, b)
	}
	fmt.Fprintf(&c.product, "carpool %s (%s, %s)\n", b.describe(), b.Go, b.Platform)
	return nil
}

// describe is the version, with the commit where that says more.
func (b buildInfo) describe() string {
	parts := []string{b.Version}
	if b.Commit != "" {
		parts = append(parts, "commit", b.Commit[:min(12, len(b.Commit))])
	}
	if b.Modified {
		parts = append(parts, "modified")
	}
	return strings.Join(parts, " ")
}

func thisBuild() buildInfo {
	b := buildInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if b.Version == "" {
		b.Version = strings.TrimPrefix(info.Main.Version, "v")
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// semanticVersion is the version where a format insists on a semantic one.
func semanticVersion() string {
	v := thisBuild().Version
	if v[0] < '0' || v[0] > '9' {
		return "0.0.0"
	}
	return v
}
