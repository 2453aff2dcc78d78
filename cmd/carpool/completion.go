package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// shells are those that completion writes a script for; bash and zsh share one.
var shells = []string{"bash", "zsh", "fish"}

func completionCommand() *command {
	return &command{
		name:    "completion",
		args:    "bash|zsh|fish",
		maxArgs: 1,
		summary: "print a script that completes command lines",
		about: "Completion prints a script with which the shell completes carpool's commands, flags, the words " +
			"they take, and the codes of rules. FreeBSD's sh cannot complete; bash, zsh and fish can.",
		example: `$ carpool completion bash > /usr/local/share/bash-completion/completions/carpool
$ eval "$(carpool completion zsh)"
$ carpool completion fish > ~/.config/fish/completions/carpool.fish`,
		plain: true,
		flags: noFlags,
		run:   runCompletion,
	}
}

func runCompletion(c *call) error {
	if len(c.args) == 0 || !slices.Contains(shells, c.args[0]) {
		return usagef("usage: carpool completion "+strings.Join(shells, "|"), "completion needs the name of a shell: %s", orList(shells))
	}
	if c.args[0] == "fish" {
		c.product.WriteString(fishScript())
	} else {
		c.product.WriteString(bashScript())
	}
	return nil
}

// completions is what a shell has to know of one flag.
type completions struct {
	flag  *pflag.Flag
	usage string
	value string   // "" if it takes none
	words []string // the values it takes, if they are few
}

func completionsOf(define func(*pflag.FlagSet, *options)) []completions {
	fs := newFlagSet()
	define(fs, &options{})
	var all []completions
	fs.VisitAll(func(f *pflag.Flag) {
		item := completions{flag: f}
		item.value, item.usage = pflag.UnquoteUsage(f)
		if f.Value.Type() == "bool" {
			item.value = ""
		}
		if few, ok := f.Value.(choice); ok {
			item.words = few.words
		}
		all = append(all, item)
	})
	return all
}

// bashScript serves bash, and zsh through its own emulation of bash.
func bashScript() string {
	var flags, values strings.Builder
	seen := map[string]bool{}
	add := func(items []completions) (words []string) {
		for _, item := range items {
			forms := []string{"--" + item.flag.Name}
			if item.flag.Shorthand != "" {
				forms = append(forms, "-"+item.flag.Shorthand)
			}
			words = append(words, forms...)
			if item.value == "" || seen[forms[0]] {
				continue
			}
			seen[forms[0]] = true
			if item.words != nil {
				fmt.Fprintf(&values, "    %s) words='%s' ;;\n", strings.Join(forms, "|"), strings.Join(item.words, " "))
			} else {
				fmt.Fprintf(&values, "    %s) words=/ ;;\n", strings.Join(forms, "|"))
			}
		}
		return words
	}
	global := add(completionsOf(globalFlags))
	for _, cmd := range commands() {
		if own := add(completionsOf(cmd.flags)); len(own) > 0 {
			fmt.Fprintf(&flags, "    %s) words=\"$words %s\" ;;\n", cmd.name, strings.Join(own, " "))
		}
	}
	return strings.NewReplacer(
		"@COMMANDS@", strings.Join(commandNames(), " "),
		"@NAMES@", strings.Join(commandNames(), "|"),
		"@GLOBAL@", strings.Join(global, " "),
		"@FLAGS@", flags.String(),
		"@VALUES@", values.String(),
		"@SHELLS@", strings.Join(shells, " "),
		"@SECTIONS@", strings.Join(manSections, " "),
	).Replace(bashTemplate)
}

// bashTemplate has @WORDS@ for what the tables know.
//
//go:embed completion.bash
var bashTemplate string

func fishScript() string {
	var b strings.Builder
	b.WriteString("# completion of carpool for fish\n")
	const none = "__fish_use_subcommand"
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "complete -c carpool -f -n %s -a %s -d %s\n", none, cmd.name, fishQuote(cmd.summary))
	}
	for _, item := range completionsOf(globalFlags) {
		b.WriteString(fishFlag("", item))
	}
	for _, cmd := range commands() {
		for _, item := range completionsOf(cmd.flags) {
			b.WriteString(fishFlag(" -n '__fish_seen_subcommand_from "+cmd.name+"'", item))
		}
	}
	fmt.Fprintf(&b, "complete -c carpool -f -n '__fish_seen_subcommand_from help' -a %s\n", fishQuote(strings.Join(commandNames(), " ")))
	fmt.Fprintf(&b, "complete -c carpool -f -n '__fish_seen_subcommand_from completion' -a %s\n", fishQuote(strings.Join(shells, " ")))
	fmt.Fprintf(&b, "complete -c carpool -f -n '__fish_seen_subcommand_from man' -a %s\n", fishQuote(strings.Join(manSections, " ")))
	b.WriteString("complete -c carpool -f -n '__fish_seen_subcommand_from explain' -a '(carpool rules | string split -f 1 \" \")'\n")
	return b.String()
}

func fishFlag(condition string, item completions) string {
	line := "complete -c carpool" + condition + " -l " + item.flag.Name
	if item.flag.Shorthand != "" {
		line += " -s " + item.flag.Shorthand
	}
	switch {
	case item.words != nil:
		line += " -x -a " + fishQuote(strings.Join(item.words, " "))
	case item.value != "":
		line += " -r"
	}
	return line + " -d " + fishQuote(item.usage) + "\n"
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
