package main

func validateCommand() *command {
	return &command{
		name:    "validate",
		args:    "[PATH]",
		maxArgs: 1,
		summary: "check a description and print every finding",
		about: "Validate reads the description at PATH, a file or a folder of *.hcl files, and prints " +
			"every finding: what does not parse or cannot be represented, and what the rules know " +
			"FreeBSD to do with the rest. It needs no network, no root and no secrets: a sensitive " +
			"variable without a value is a notice. A clean description prints nothing.",
		example: `$ carpool validate examples/skunk
$ carpool validate --strict --format github .
$ carpool validate --format json . | jq '.diagnostics[].summary'`,
		takesPath: true,
		judges:    true,
		flags:     noFlags,
		run:       runValidate,
	}
}

func runValidate(c *call) error {
	_, err := c.compile(false)
	return err
}
