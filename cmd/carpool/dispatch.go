package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carpool/internal/parallel"
	"carpool/schema"
)

// call is one run of carpool: what was asked, and what it has said so far.
//
// What a command prints is kept until it ends, so that a fault halfway leaves
// no half a file on stdout, and goes where §4 of the contract wants it:
//
//   - text: the product on stdout; findings on stdout for validate, on stderr
//     for every other command.
//   - a machine format: the report on stdout, always; a product made for
//     people (diff, bootstrap) on stderr. A product made for programs (show's
//     model, the archive of render -o -) keeps stdout, and the report goes to
//     stderr.
type call struct {
	streams
	command *command // nil until it is known
	opt     *options
	args    []string
	report  report
	product bytes.Buffer // what the command prints
	data    bool         // product is made for programs
	// pour writes what is too large to be kept. It is called when all that can
	// fail but the writing itself has been done.
	pour  func(io.Writer) error
	stack string // where carpool panicked
}

// run does what args say and returns the exit code.
func run(args []string, s streams) int {
	args = twoDashes(args)
	c := &call{streams: s, opt: &options{format: wantedFormat(args), color: "auto", failOn: "error"}}
	err := c.safely(func() error {
		c.report.rules = catalogue()
		return c.dispatch(args)
	})
	code, unprinted := exitFailure, error(nil)
	bug := c.safely(func() error {
		code, unprinted = c.finish(err)
		return nil
	})
	if err := cmp.Or(unprinted, bug); err != nil {
		fmt.Fprintf(s.err, "carpool: %s\n", printableLine(err.Error()))
		return exitFailure
	}
	return code
}

// safely turns a panic into a fault: a bug of carpool is one clear line.
func (c *call) safely(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.stack = string(debug.Stack())
			if p, ok := r.(*parallel.Panic); ok {
				c.stack = p.Stack
			}
			err = internalFault(r)
		}
	}()
	return do()
}

// wantedFormat finds --format before anything is parsed, so that a mistake on
// the command line is told in that format too.
func wantedFormat(args []string) string {
	format := "text"
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--format=")
		if arg == "--format" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if arg == "--" {
			break
		}
		if ok && slices.Contains(formatNames(), value) {
			format = value
		}
	}
	return format
}

// dispatch parses the command line and runs the command it names.
func (c *call) dispatch(args []string) error {
	name, rest, err := splitCommand(args)
	if err != nil {
		return err
	}
	if name == "" {
		name = "help"
		if err := c.parse(&command{flags: noFlags}, rest); err != nil {
			return err
		}
		switch {
		case c.opt.version:
			name = "version"
		case !c.opt.help:
			return usagef("carpool help lists the commands", "no command given")
		}
		rest = nil
	}
	c.command = commandNamed(name)
	if c.command == nil {
		return unknownCommand(name)
	}
	if rest != nil {
		if err := c.parse(c.command, rest); err != nil {
			return err
		}
	}
	if c.opt.help && rest != nil {
		writeHelp(&c.product, c.command)
		c.command = commandNamed("help")
		return nil
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.command.run(c)
}

func unknownCommand(name string) error {
	help := "carpool help lists the commands"
	if near := nearest(name, commandNames()); near != "" {
		help = "did you mean carpool " + near + "?"
	}
	return usagef(help, "unknown command %q", name)
}

// splitCommand takes the command's name out of args. Flags may stand before
// it, so every flag of every command is known here, to tell values from names.
func splitCommand(args []string) (name string, rest []string, err error) {
	fs := newFlagSet()
	var o options
	globalFlags(fs, &o)
	for _, cmd := range commands() {
		own := newFlagSet()
		cmd.flags(own, &o)
		own.VisitAll(func(f *pflag.Flag) {
			if fs.Lookup(f.Name) == nil {
				fs.AddFlag(f)
			}
		})
	}
	fs.SetInterspersed(false)
	if err := fs.Parse(args); err != nil {
		return "", nil, flagError(nil, err)
	}
	if fs.NArg() == 0 {
		return "", args, nil
	}
	at := len(args) - fs.NArg()
	return args[at], slices.Concat(args[:at], args[at+1:]), nil
}

func newFlagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet("carpool", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SortFlags = false
	return fs
}

// parse reads the flags and arguments of cmd.
func (c *call) parse(cmd *command, args []string) error {
	fs := newFlagSet()
	o := &options{}
	globalFlags(fs, o)
	cmd.flags(fs, o)
	if err := fs.Parse(args); err != nil {
		return flagError(cmd, err)
	}
	if o.strict && !fs.Changed("fail-on") {
		o.failOn = "warning"
	}
	c.opt, c.args = o, fs.Args()
	if !o.help && len(c.args) > cmd.maxArgs && cmd.name != "" {
		return usagef("usage: "+cmd.usage(), "too many arguments: %s takes no %q", cmd.name, c.args[cmd.maxArgs])
	}
	return nil
}

// prepare fills in what every report needs.
func (c *call) prepare() error {
	c.report.path = c.path()
	for _, s := range []schema.Severity{schema.Error, schema.Warning, schema.Notice} {
		if s.String() == c.opt.failOn {
			c.report.failOn = s
		}
	}
	if c.command.plain && c.command.name != "help" && c.opt.format != "text" && c.opt.format != "json" {
		return usagef("", "%s prints text or json, there are no findings to print as %s", c.command.name, c.opt.format)
	}
	return nil
}

// path is the description: the first argument, CARPOOL_PATH, or the current
// folder.
func (c *call) path() string {
	switch path := getenv(c.env, "CARPOOL_PATH"); {
	case c.command != nil && c.command.takesPath && len(c.args) > 0:
		return c.args[0]
	case path != "":
		return path
	}
	return "."
}

// finish prints what the command made and found, and returns the exit code.
func (c *call) finish(err error) (int, error) {
	differs := errors.Is(err, errDiffers)
	if err != nil && !differs {
		c.report.fault = asFault(err)
		c.product.Reset()
		c.data = false // there is none: stdout is the report's
	}
	if err := c.print(); err != nil {
		return exitFailure, err
	}
	switch {
	case c.report.fault != nil:
		return c.report.fault.exit(), nil
	case differs, c.report.failed():
		return exitFindings, nil
	}
	return exitClean, nil
}
