package main

import (
	"io"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// The reviewdog diagnostic format. Its columns count bytes from 1, its ends
// are exclusive.
type rdReport struct {
	Source      rdSource       `json:"source"`
	Severity    string         `json:"severity,omitempty"`
	Diagnostics []rdDiagnostic `json:"diagnostics"`
}

type rdSource struct {
	Name string `json:"name"`
}

type rdDiagnostic struct {
	Message  string      `json:"message"`
	Location rdLocation  `json:"location"`
	Severity string      `json:"severity"`
	Code     rdCode      `json:"code"`
	Related  []rdRelated `json:"related_locations,omitempty"`
}

type rdCode struct {
	Value string `json:"value"`
}

type rdRelated struct {
	Message  string     `json:"message"`
	Location rdLocation `json:"location"`
}

type rdLocation struct {
	Path  string   `json:"path"`
	Range *rdRange `json:"range,omitempty"`
}

type rdRange struct {
	Start rdPos `json:"start"`
	End   rdPos `json:"end"`
}

type rdPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// rdSeverity spells severities as reviewdog does.
var rdSeverity = map[schema.Severity]string{
	schema.Error:   "ERROR",
	schema.Warning: "WARNING",
	schema.Notice:  "INFO",
}

func writeRDJSON(w io.Writer, r *report) error {
	found := r.all()
	out := rdReport{Source: rdSource{Name: "carpool"}, Diagnostics: make([]rdDiagnostic, len(found))}
	worst := schema.Notice
	for i, f := range found {
		out.Diagnostics[i] = rdOf(r, f)
		worst = min(worst, f.Severity)
	}
	if len(found) > 0 {
		out.Severity = rdSeverity[worst]
	}
	return encodeJSON(w, out)
}

func rdOf(r *report, f finding) rdDiagnostic {
	d := rdDiagnostic{
		Message:  f.message(),
		Location: rdLocation{Path: r.file(f)},
		Severity: rdSeverity[f.Severity],
		Code:     rdCode{Value: f.Code},
	}
	if f.Range != nil {
		d.Location.Range = rdRangeOf(f, *f.Range)
	}
	for _, related := range f.Related {
		if related.Range == (hcl.Range{}) {
			continue
		}
		d.Related = append(d.Related, rdRelated{
			Message:  related.Message,
			Location: rdLocation{Path: slashed(related.Range.Filename), Range: rdRangeOf(f, related.Range)},
		})
	}
	return d
}

func rdRangeOf(f finding, at hcl.Range) *rdRange {
	pos := func(p hcl.Pos) rdPos { return rdPos{p.Line, f.column(at.Filename, p, byteCount)} }
	return &rdRange{Start: pos(at.Start), End: pos(at.End)}
}
