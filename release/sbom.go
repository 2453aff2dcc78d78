package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// The part of CycloneDX 1.6 that a binary's own build information fills in.
type bill struct {
	Schema      string       `json:"$schema"`
	Format      string       `json:"bomFormat"`
	SpecVersion string       `json:"specVersion"`
	Version     int          `json:"version"`
	Metadata    metadata     `json:"metadata"`
	Components  []component  `json:"components"`
	Depends     []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	Licenses   []licensed `json:"licenses,omitempty"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type licensed struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// billOf lists every module that is in a binary, with the checksum that
// go.sum has of it, and the settings it was built with.
func billOf(info *debug.BuildInfo, version string, date time.Time) ([]byte, error) {
	main := moduleOf(info.Main.Path, version)
	main.Type = "application"
	main.Licenses = make([]licensed, 1)
	main.Licenses[0].License.ID = "BSD-2-Clause"
	for _, s := range info.Settings {
		main.Properties = append(main.Properties, property{"go:build:" + s.Key, s.Value})
	}
	std := moduleOf("std", strings.TrimPrefix(info.GoVersion, "go"))
	b := bill{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata:   metadata{date.Format(time.RFC3339), main},
		Components: []component{std},
		Depends:    []dependency{{Ref: main.Ref}},
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := moduleOf(m.Path, m.Version)
		c.Properties = []property{{"go:sum", m.Sum}}
		b.Components = append(b.Components, c)
	}
	for _, c := range b.Components {
		b.Depends[0].On = append(b.Depends[0].On, c.Ref)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(b)
	return out.Bytes(), err
}

// moduleOf describes a Go module, named as package URLs name it.
func moduleOf(path, version string) component {
	u := "pkg:golang/" + path + "@" + url.PathEscape(version)
	return component{Type: "library", Ref: u, Name: path, Version: version, PURL: u}
}
