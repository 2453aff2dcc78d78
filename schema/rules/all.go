package rules

// All lists every rule, sorted by code.
var All = []*Rule{
	carp001,
	hast001,
	hast002,
	hast003,
	hast004,
	hast005,
	hast006,
	hast007,
	hast008,
	hast009,
	hast010,
	hast011,
	hast012,
	hast013,
	hast014,
	hast015,
	hast016,
	hast017,
	hast018,
	hast019,
	hast020,
	hast021,
	hast022,
	hast023,
	hast024,
	hast025,
	hast026,
	hast027,
	hast028,
	hast029,
	hast030,
	hast031,
	hast032,
	rc001,
	rc002,
}

// retired holds the codes of rules that are gone. They are never used again.
var retired = []string{}
