package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carpool/generator"
)

// options is everything a command line can say, one field per flag. Which of
// them a command takes is its row in the table of commands.
type options struct {
	format string
	color  string
	failOn string
	strict bool
	vars   []varArg

	identities    []string
	vaultPassword string

	quiet   bool
	verbose bool
	help    bool
	version bool

	out       string
	hosts     []string
	shard     shardFlag
	check     bool
	diff      bool
	force     bool
	templates string
	secrets   string

	as        string
	from      string
	failovers []string

	releases  []string
	event     string
	events    bool
	secretsTo string

	list   bool
	host   string
	yaml   bool
	minion string

	live    []string
	effects bool
}

// varArg is one -var or -var-file, in the order in which they were given.
type varArg struct {
	file bool
	text string
}

// globalFlags defines the flags that every command takes.
func globalFlags(fs *pflag.FlagSet, o *options) {
	o.format, o.color, o.failOn = "text", "auto", "error"
	fs.Var(choice{&o.format, formatNames()}, "format", "print findings as `FORMAT`: "+orList(formatNames()))
	fs.Var(choice{&o.color, []string{"auto", "always", "never"}}, "color", "colour findings: `WHEN` is auto, always or never")
	fs.Var(choice{&o.failOn, []string{"error", "warning", "notice"}}, "fail-on", "exit with 1 from findings of this `SEVERITY` on: error, warning or notice")
	fs.BoolVar(&o.strict, "strict", false, "the same as --fail-on warning")
	fs.Var(varFlag{&o.vars, false}, "var", "give a variable a value, `NAME=VALUE` (repeatable, -var too)")
	fs.Var(varFlag{&o.vars, true}, "var-file", "read values of variables from `FILE` (repeatable, -var-file too)")
	fs.StringArrayVar(&o.identities, "identity", nil, "decrypt var-files that age has encrypted with the keys in `FILE` (repeatable)")
	fs.StringVar(&o.vaultPassword, "vault-password-file", "", "decrypt var-files of ansible-vault with the password in `FILE`; else ANSIBLE_VAULT_PASSWORD_FILE")
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "print only the findings that fail the command")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "say more: why a finding matters, and what was read and written")
	fs.BoolVarP(&o.help, "help", "h", false, "print help and exit")
	fs.BoolVar(&o.version, "version", false, "print the version and exit")
}

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value *string
	words []string
}

func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

func (c choice) Type() string { return "word" }

func (c choice) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return fmt.Errorf("it takes %s%s", orList(c.words), didYouMean(s, c.words, ""))
	}
	*c.value = s
	return nil
}

// varFlag appends a -var or -var-file to the one list that keeps their order.
type varFlag struct {
	list *[]varArg
	file bool
}

func (varFlag) String() string { return "" }
func (varFlag) Type() string   { return "value" }

func (v varFlag) Set(s string) error {
	if name, _, ok := strings.Cut(s, "="); !v.file && (!ok || name == "") {
		return fmt.Errorf("it takes NAME=VALUE")
	}
	*v.list = append(*v.list, varArg{file: v.file, text: s})
	return nil
}

// shardFlag is the value of --shard.
type shardFlag struct{ generator.Shard }

func (shardFlag) Type() string { return "shard" }

func (f *shardFlag) Set(s string) (err error) {
	f.Shard, err = generator.ParseShard(s)
	return err
}

// twoDashes lets -var and -var-file be typed with one dash, as users of HCL
// tools do. pflag would take them for the letters -v -a -r.
func twoDashes(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(arg, "=")
		if name == "-var" || name == "-var-file" {
			args[i] = "-" + arg
		}
	}
	return args
}

// orList joins words as a sentence does: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
