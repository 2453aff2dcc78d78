package main

import (
	"io"

	"carpool/schema"
)

// gitlabIssue is one entry of a GitLab code quality report.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Categories  []string       `json:"categories"`
	Content     *gitlabContent `json:"content,omitempty"`
	Location    gitlabLocation `json:"location"`
}

// gitlabContent documents the rule.
type gitlabContent struct {
	Body string `json:"body"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// gitlabSeverity says how bad GitLab shall paint a finding.
var gitlabSeverity = map[schema.Severity]string{
	schema.Error:   "critical",
	schema.Warning: "minor",
	schema.Notice:  "info",
}

func writeGitLab(w io.Writer, r *report) error {
	found := r.all()
	prints := r.fingerprints(found)
	issues := make([]gitlabIssue, len(found))
	for i, f := range found {
		issues[i] = gitlabIssue{
			Description: f.message(),
			CheckName:   f.Code,
			Fingerprint: prints[i],
			Severity:    gitlabSeverity[f.Severity],
			Categories:  []string{"Bug Risk"},
			Location:    gitlabLocation{Path: r.file(f), Lines: gitlabLines{Begin: 1, End: 1}},
		}
		if why := r.why(f.Code); why != "" {
			issues[i].Content = &gitlabContent{Body: why}
		}
		if f.Range != nil {
			issues[i].Location.Lines = gitlabLines{Begin: f.Range.Start.Line, End: f.Range.End.Line}
		}
	}
	return encodeJSON(w, issues)
}
