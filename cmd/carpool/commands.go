package main

import "github.com/spf13/pflag"

// command is one row per subcommand: what it does, in the words that help
// prints, and the function that does it.
type command struct {
	name    string
	args    string // as the usage line shows them
	maxArgs int
	summary string // one line in the list of commands
	about   string // one paragraph
	example string // typed and shown as is

	takesPath bool // the first argument is the description
	judges    bool // findings are what it is asked for: they go to stdout
	plain     bool // about carpool itself: there can be no findings

	flags func(*pflag.FlagSet, *options)
	run   func(*call) error
}

// commands returns every subcommand in the order in which help lists them.
func commands() []*command {
	return []*command{
		validateCommand(),
		renderCommand(),
		diffCommand(),
		showCommand(),
		graphCommand(),
		bootstrapCommand(),
		inventoryCommand(),
		pillarCommand(),
		auditCommand(),
		importCommand(),
		traceCommand(),
		fmtCommand(),
		initCommand(),
		rulesCommand(),
		explainCommand(),
		completionCommand(),
		manCommand(),
		versionCommand(),
		helpCommand(),
	}
}

func commandNames() []string {
	var names []string
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	return names
}

// commandNamed returns the command, nil if there is none.
func commandNamed(name string) *command {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd
		}
	}
	return nil
}

// usage is the usage line.
func (c *command) usage() string {
	line := "carpool " + c.name
	if c.args != "" {
		line += " " + c.args
	}
	return line + " [flags]"
}

// noFlags is for commands that take the global flags only.
func noFlags(*pflag.FlagSet, *options) {}
