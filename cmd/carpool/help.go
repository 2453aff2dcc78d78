package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mitchellh/go-wordwrap"
	"github.com/spf13/pflag"
)

// helpWidth keeps help readable on the console of a server.
const helpWidth = 78

func helpCommand() *command {
	return &command{
		name:    "help",
		args:    "[COMMAND]",
		maxArgs: 1,
		summary: "explain carpool or one of its commands",
		about: "Help prints what carpool does and which commands it has, or how one of them is used. " +
			"carpool COMMAND --help prints the same.",
		example: `$ carpool help
$ carpool help validate`,
		plain: true,
		flags: noFlags,
		run:   runHelp,
	}
}

func runHelp(c *call) error {
	if len(c.args) == 0 {
		writeOverview(&c.product)
		return nil
	}
	cmd := commandNamed(c.args[0])
	if cmd == nil {
		return unknownCommand(c.args[0])
	}
	writeHelp(&c.product, cmd)
	return nil
}

// writeOverview prints what stands on the first screen.
func writeOverview(w io.Writer) {
	fmt.Fprintln(w, wrapped(aboutCarpool))
	fmt.Fprintf(w, "\nusage: carpool COMMAND [PATH] [flags]\n\ncommands:\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-10s  %s\n", cmd.name, cmd.summary)
	}
	writeFlagSection(w, "flags of every command", globalFlags)
	fmt.Fprintf(w, "\n%s\n\nenvironment:\n", wrapped(aboutPath))
	writeColumns(w, environment)
	fmt.Fprintf(w, "\nexit codes:\n")
	writeColumns(w, exitCodes)
	fmt.Fprintf(w, "\n%s\n\ncarpool help COMMAND shows how a command is used, with an example.\n", wrapped(aboutStreams))
}

// What help and the manual page say beside the commands and their flags.
const (
	aboutCarpool = "carpool compiles one HCL description of a FreeBSD CARP and HAST failover cluster into the files of each " +
		"of its hosts, and says what is wrong with it."
	aboutPath    = "PATH is a file or a folder of *.hcl files, the current folder unless given."
	aboutStreams = "With a --format made for programs, stdout is that format whatever happens. What a command prints for " +
		"people then goes to stderr. Where stdout belongs to data that was asked for, findings go to stderr."
)

// meaning is a word and what it means.
type meaning struct{ word, means string }

var exitCodes = []meaning{
	{strconv.Itoa(exitClean), "nothing was found at or above --fail-on"},
	{strconv.Itoa(exitFindings), "something was; or there are differences (diff, --check)"},
	{strconv.Itoa(exitUsage), "the command line is wrong"},
	{strconv.Itoa(exitFailure), "carpool or the system failed"},
}

// environment lists the variables that carpool looks at.
var environment = []meaning{
	{"CARPOOL_PATH", "the PATH where none is given"},
	{"CARPOOL_VAR_name", "the value of the variable name"},
	{"NO_COLOR", "if not empty, nothing is coloured unless --color says so"},
	{"TERM", "if it is dumb, nothing is coloured unless --color says so"},
}

func writeColumns(w io.Writer, terms []meaning) {
	column := 0
	for _, t := range terms {
		column = max(column, len(t.word))
	}
	for _, t := range terms {
		fmt.Fprintf(w, "  %-*s  %s\n", column, t.word, t.means)
	}
}

// writeHelp prints one command: usage, a paragraph, flags, an example.
func writeHelp(w io.Writer, cmd *command) {
	fmt.Fprintf(w, "usage: %s\n\n%s\n", cmd.usage(), wrapped(cmd.about))
	writeFlagSection(w, "flags", cmd.flags)
	fmt.Fprintf(w, "\nexample:\n%s\n", indented(cmd.example))
	writeFlagSection(w, "flags of every command", globalFlags)
}

func writeFlagSection(w io.Writer, title string, define func(*pflag.FlagSet, *options)) {
	var b strings.Builder
	writeFlags(&b, define)
	if b.Len() > 0 {
		fmt.Fprintf(w, "\n%s:\n%s", title, b.String())
	}
}

// writeFlags prints a line for each flag, what it does in a second column.
func writeFlags(w io.Writer, define func(*pflag.FlagSet, *options)) {
	fs := newFlagSet()
	define(fs, &options{})
	column := 0
	fs.VisitAll(func(f *pflag.Flag) { column = max(column, len(flagForm(f))) })
	fs.VisitAll(func(f *pflag.Flag) {
		_, text := pflag.UnquoteUsage(f)
		if defaulted(f) {
			text += " (default " + f.DefValue + ")"
		}
		text = wordwrap.WrapString(text, uint(helpWidth-column-4))
		text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", column+4))
		fmt.Fprintf(w, "  %-*s  %s\n", column, flagForm(f), text)
	})
}

// flagForm is a flag as it is typed: "-o, --out DIR".
func flagForm(f *pflag.Flag) string {
	form := "    --" + f.Name
	if f.Shorthand != "" {
		form = "-" + f.Shorthand + ", --" + f.Name
	}
	if value, _ := pflag.UnquoteUsage(f); f.Value.Type() != "bool" {
		form += " " + value
	}
	return form
}

// wrapped breaks paragraphs anew at the width of help. Lines that begin with a
// space are a layout of their own and stay.
func wrapped(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			p = strings.ReplaceAll(p, "\n", " ")
		}
		paragraphs[i] = wordwrap.WrapString(p, helpWidth)
	}
	return strings.Join(paragraphs, "\n\n")
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(text, "\n", "\n  ")
}
