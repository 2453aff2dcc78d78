package main

import (
	"encoding/xml"
	"io"
	"unicode/utf8"

	"carpool/schema"
)

type checkstyleReport struct {
	XMLName xml.Name         `xml:"checkstyle"`
	Version string           `xml:"version,attr"`
	Files   []checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr"` // 0: the file as a whole
	Column   int    `xml:"column,attr,omitempty"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// checkstyleSeverity spells severities as Checkstyle does.
var checkstyleSeverity = map[schema.Severity]string{
	schema.Error:   "error",
	schema.Warning: "warning",
	schema.Notice:  "info",
}

func writeCheckstyle(w io.Writer, r *report) error {
	out := checkstyleReport{Version: "4.3"}
	for _, f := range r.all() {
		name := r.file(f)
		if n := len(out.Files); n == 0 || out.Files[n-1].Name != name {
			out.Files = append(out.Files, checkstyleFile{Name: name})
		}
		file := &out.Files[len(out.Files)-1]
		file.Errors = append(file.Errors, checkstyleOf(f))
	}
	return encodeXML(w, out)
}

func checkstyleOf(f finding) checkstyleError {
	e := checkstyleError{
		Severity: checkstyleSeverity[f.Severity],
		Message:  f.message(),
		Source:   "carpool." + f.Code,
	}
	if f.Range != nil {
		e.Line = f.Range.Start.Line
		e.Column = f.column(f.Range.Filename, f.Range.Start, utf8.RuneCountInString)
	}
	return e
}

// encodeXML writes v as an XML document. Characters that XML cannot carry
// become U+FFFD.
func encodeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
