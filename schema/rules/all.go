package rules

// All lists every rule, sorted by code.
var All = []*Rule{
	carp001,
}

// retired holds the codes of rules that are gone. They are never used again.
var retired = []string{}
