package schema

import "github.com/hashicorp/hcl/v2"

// Text is a file that is no description, such as a host's own, with the places
// that no excerpt may show. Of their positions only the bytes count.
type Text struct {
	Name    string
	Data    []byte
	Secrets []hcl.Range
}

// NewSource makes a source of texts that were read elsewhere, for excerpts.
func NewSource(texts []Text) *Source {
	s := &Source{texts: map[string]*text{}}
	for _, t := range texts {
		s.remember(t.Name, t.Data, false).secrets = t.Secrets
	}
	return s
}
