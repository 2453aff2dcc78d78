package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// flagError words what pflag found wrong with the command line. cmd is nil
// where the command is not known yet.
func flagError(cmd *command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, dashed(unknown.GetSpecifiedName()))
	case errors.As(err, &missing):
		return usagef(usageOf(cmd), "%s needs a value", dashed(missing.GetSpecifiedName()))
	case errors.As(err, &invalid):
		name := dashed(invalid.GetFlag().Name)
		return usagef(usageOf(cmd), "%s %q: %v", name, shown(name, invalid.GetValue()), errors.Unwrap(invalid))
	}
	return usagef(usageOf(cmd), "%v", err)
}

// shown keeps the value of a variable, which may be secret, out of messages.
func shown(flag, value string) string {
	if flag == "--var" {
		value, _, _ = strings.Cut(value, "=")
	}
	return value
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func usageOf(cmd *command) string {
	if cmd == nil || cmd.name == "" {
		return "carpool help lists the commands and flags"
	}
	return "usage: " + cmd.usage() + "\ncarpool help " + cmd.name + " says more"
}

// unknownFlag says which flag was meant, or which commands take it.
func unknownFlag(cmd *command, flag string) error {
	if cmd == nil || cmd.name == "" {
		return usagef(usageOf(cmd)+didYouMeanFlag(flag, commands()), "unknown flag %s", flag)
	}
	help := usageOf(cmd)
	if takers := takersOf(flag); len(takers) > 0 {
		help = flag + " is a flag of " + orList(takers) + "\n" + help
	} else if near := didYouMeanFlag(flag, []*command{cmd}); near != "" {
		help = strings.TrimPrefix(near, "; ") + "\n" + help
	}
	return usagef(help, "%s has no flag %s", cmd.name, flag)
}

// takersOf returns the commands that have the flag.
func takersOf(flag string) []string {
	var names []string
	for _, cmd := range commands() {
		if slices.Contains(flagsOf(cmd), flag) {
			names = append(names, cmd.name)
		}
	}
	return names
}

func didYouMeanFlag(flag string, cmds []*command) string {
	if len(flag) == 2 {
		return "" // every letter is near every other
	}
	fs := newFlagSet()
	globalFlags(fs, &options{})
	words := flagWords(fs)
	for _, cmd := range cmds {
		words = append(words, flagsOf(cmd)...)
	}
	return didYouMean(flag, words, "")
}

// flagsOf returns the command's own flags as they are typed.
func flagsOf(cmd *command) []string {
	fs := newFlagSet()
	cmd.flags(fs, &options{})
	return flagWords(fs)
}

func flagWords(fs *pflag.FlagSet) []string {
	var words []string
	fs.VisitAll(func(f *pflag.Flag) {
		words = append(words, "--"+f.Name)
		if f.Shorthand != "" {
			words = append(words, "-"+f.Shorthand)
		}
	})
	return words
}
