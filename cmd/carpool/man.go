package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carpool/docs"
	"carpool/man"
)

// manDate is when the pages were last written anew in earnest.
const manDate = "November 22, 2026"

// manSections are the sections in which carpool has a page.
var manSections = []string{"1", "5"}

// manual returns the page of a section.
func manual(section string) string {
	if section == "1" {
		return manual1()
	}
	return manual5()
}

func manCommand() *command {
	return &command{
		name:    "man",
		args:    "1|5",
		maxArgs: 1,
		summary: "print a manual page",
		about: "Man prints carpool(1), about the program, or carpool(5), about the language, as mdoc source, which " +
			"mandoc and man format.",
		example: `$ carpool man 5 | mandoc | less
$ carpool man 1 > /usr/local/share/man/man1/carpool.1`,
		plain: true,
		flags: noFlags,
		run:   runMan,
	}
}

func runMan(c *call) error {
	if len(c.args) == 0 || !slices.Contains(manSections, c.args[0]) {
		return usagef("usage: carpool man "+strings.Join(manSections, "|"), "man needs the section of a page: %s", orList(manSections))
	}
	c.product.WriteString(manual(c.args[0]))
	return nil
}

// manual1 is carpool(1), made of what help knows.
func manual1() string {
	p := man.New("carpool", "1", manDate, "compile the description of a CARP and HAST failover cluster")
	p.Section("Synopsis")
	p.Macro("Nm")
	p.Macro("Ar", "command")
	p.Macro("Op", man.Raw("Ar"), "path")
	p.Macro("Op", man.Raw("Ar"), "flags")
	p.Section("Description")
	p.Paragraph(strings.Replace(aboutCarpool, "carpool", "The program", 1))
	p.Paragraph("The language of descriptions is explained in carpool(5).")
	p.Paragraph("The commands are:")
	p.List()
	for _, cmd := range commands() {
		p.Item(usageArgs(cmd)...)
		p.Paragraphs(cmd.about)
		manFlags(p, cmd.flags)
	}
	p.EndList()
	p.Paragraph("Every command takes these flags:")
	manFlags(p, globalFlags)
	p.Paragraph(aboutPath)
	p.Paragraph(aboutStreams)
	p.Section("Environment")
	p.List()
	for _, e := range environment {
		p.Item(man.Raw("Ev"), e.word)
		p.Paragraph(upper(e.means) + ".")
	}
	p.EndList()
	p.Section("Exit status")
	p.List()
	for _, e := range exitCodes {
		p.Item(e.word)
		p.Paragraph(upper(e.means) + ".")
	}
	p.EndList()
	p.Section("Examples")
	for _, cmd := range commands() {
		p.Literal(cmd.example)
	}
	manEnd(p, "5")
	return p.String()
}

// manual5 is carpool(5), made of the reference of the language.
func manual5() string {
	p := man.New("carpool", "5", manDate, "descriptions of CARP and HAST failover clusters")
	p.Section("Description")
	p.Paragraph("A description says what is true of a cluster of FreeBSD hosts, in HCL, each fact once. " +
		"carpool(1) checks it and writes the files of each host.")
	p.Markdown(docs.Language)
	manEnd(p, "1")
	return p.String()
}

func manEnd(p *man.Page, other string) {
	p.Section("See also")
	// Not with the macro for it: lint looks for those pages where it runs.
	p.Paragraph("carpool(" + other + "), carp(4), devd.conf(5), hast.conf(5), rc.conf(5), hastd(8)")
	p.Section("Authors")
	p.Macro("An", "The carpool authors")
}

// usageArgs is the usage line of a command as the tag of an item.
func usageArgs(cmd *command) []any {
	args := []any{man.Raw("Cm"), cmd.name}
	if cmd.args != "" {
		args = append(args, man.Raw("Ar"), cmd.args)
	}
	return args
}

// manFlags lists flags with what they do and their defaults.
func manFlags(p *man.Page, define func(*pflag.FlagSet, *options)) {
	fs := newFlagSet()
	define(fs, &options{})
	if !fs.HasFlags() {
		return
	}
	p.List()
	fs.VisitAll(func(f *pflag.Flag) {
		value, text := pflag.UnquoteUsage(f)
		var args []any
		if f.Shorthand != "" {
			args = append(args, man.Raw("Fl"), f.Shorthand, man.Raw(","))
		}
		args = append(args, man.Raw("Fl"), "-"+f.Name)
		if f.Value.Type() != "bool" {
			args = append(args, man.Raw("Ar"), value)
		}
		p.Item(args...)
		if defaulted(f) {
			text += " (default " + f.DefValue + ")"
		}
		p.Paragraph(upper(text) + ".")
	})
	p.EndList()
}

// defaulted reports whether a flag has a default worth telling.
func defaulted(f *pflag.Flag) bool { return !slices.Contains([]string{"", "false", "[]"}, f.DefValue) }

// upper begins a sentence; the program's own name stays as it is typed.
func upper(s string) string {
	if strings.HasPrefix(s, "carpool ") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
