package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// A JUnit report as Jenkins' xUnit plugin checks it (junit-10.xsd), which knows
// no attributes for places; they are in the text. It has one test case per rule, so that what was checked and
// found in order counts too.
type junitReport struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, r *report) error {
	suite := junitSuite{Name: "carpool", Time: "0"}
	for _, doc := range junitDocs(r) {
		suite.add(junitCaseOf(r, doc))
	}
	if r.fault != nil {
		suite.add(junitCase{
			Class: "carpool", Name: "carpool runs", Time: "0",
			Error: &junitResult{Message: r.fault.Message, Type: r.fault.Code, Text: r.fault.Help},
		})
	}
	return encodeXML(w, junitReport{
		Name: suite.Name, Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: "0",
		Suites: []junitSuite{suite},
	})
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

// junitDocs is the catalogue, and after it the codes that were found and are
// not in it.
func junitDocs(r *report) []ruleDoc {
	docs := r.rules[:len(r.rules):len(r.rules)]
	known := map[string]bool{}
	for _, doc := range docs {
		known[doc.Code] = true
	}
	for _, f := range r.findings {
		if !known[f.Code] {
			known[f.Code] = true
			docs = append(docs, ruleDoc{Code: f.Code, Summary: f.Summary})
		}
	}
	return docs
}

// junitCaseOf is red if a finding of the rule fails the command; findings
// that do not are told without failing.
func junitCaseOf(r *report, doc ruleDoc) junitCase {
	c := junitCase{Class: "carpool." + doc.Code, Name: doc.Code + ": " + doc.Summary, Time: "0"}
	var red, told []finding
	for _, f := range r.findings {
		switch {
		case f.Code != doc.Code:
		case r.fails(f):
			red = append(red, f)
		default:
			told = append(told, f)
		}
	}
	c.Out = junitText(told)
	if len(red) == 0 {
		return c
	}
	message := red[0].Summary
	if len(red) > 1 {
		message += fmt.Sprintf(" (and %d more)", len(red)-1)
	}
	c.Failure = &junitResult{Message: message, Type: red[0].Severity.String(), Text: junitText(red)}
	return c
}

func junitText(found []finding) string {
	parts := make([]string, len(found))
	for i, f := range found {
		var b strings.Builder
		writeFinding(&b, f, textStyle{})
		parts[i] = b.String()
	}
	return strings.Join(parts, "\n")
}
