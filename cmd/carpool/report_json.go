package main

import (
	"encoding/json"
	"io"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// The JSON report. Fields are only ever added; a change that breaks a reader
// raises format_version.
type jsonReport struct {
	FormatVersion string           `json:"format_version"`
	Valid         bool             `json:"valid"`
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	NoticeCount   int              `json:"notice_count"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
	Effects       []jsonEffect     `json:"effects,omitempty"` // of diff
}

// jsonEffect is what a change does on FreeBSD.
type jsonEffect struct {
	Code    string   `json:"code"`
	Summary string   `json:"summary"`
	Object  string   `json:"object"`
	Hosts   []string `json:"hosts"`
	Detail  string   `json:"detail"`
	Does    string   `json:"does"`
	Source  string   `json:"source"`
}

type jsonDiagnostic struct {
	Severity string        `json:"severity"`
	Code     string        `json:"code"`
	Summary  string        `json:"summary"`
	Detail   string        `json:"detail"`
	Range    *jsonRange    `json:"range"`
	Snippet  string        `json:"snippet"`
	Related  []jsonRelated `json:"related"`
}

type jsonRelated struct {
	Message string     `json:"message"`
	Range   *jsonRange `json:"range"`
}

type jsonRange struct {
	Filename string  `json:"filename"`
	Start    jsonPos `json:"start"`
	End      jsonPos `json:"end"`
}

type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

func writeJSON(w io.Writer, r *report) error {
	found := r.all()
	out := jsonReport{
		FormatVersion: "1.0",
		Valid:         r.fault == nil && r.count(schema.Error) == 0,
		ErrorCount:    r.count(schema.Error),
		WarningCount:  r.count(schema.Warning),
		NoticeCount:   r.count(schema.Notice),
		Diagnostics:   make([]jsonDiagnostic, len(found)),
	}
	if r.fault != nil {
		out.ErrorCount++
	}
	for i, f := range found {
		out.Diagnostics[i] = jsonOf(f)
	}
	for _, e := range r.effects {
		k := e.Kind()
		out.Effects = append(out.Effects, jsonEffect{string(e.Code), e.String(), e.Object, e.Hosts, e.Detail, k.Does, k.Source})
	}
	return encodeJSON(w, out)
}

func jsonOf(f finding) jsonDiagnostic {
	d := jsonDiagnostic{
		Severity: f.Severity.String(),
		Code:     f.Code,
		Summary:  f.Summary,
		Detail:   f.prose(),
		Snippet:  f.snippet(),
		Related:  make([]jsonRelated, len(f.Related)),
	}
	if f.Range != nil {
		d.Range = jsonRangeOf(*f.Range)
	}
	for i, related := range f.Related {
		d.Related[i] = jsonRelated{Message: related.Message}
		if related.Range != (hcl.Range{}) {
			d.Related[i].Range = jsonRangeOf(related.Range)
		}
	}
	return d
}

func jsonRangeOf(r hcl.Range) *jsonRange {
	return &jsonRange{Filename: r.Filename, Start: jsonPos(r.Start), End: jsonPos(r.End)}
}

// encodeJSON writes v as people and programs can both read it.
func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
