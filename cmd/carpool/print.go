package main

import (
	"bytes"
	"fmt"
	"strings"
)

// print sends product and report to their streams.
func (c *call) print() error {
	machine := c.opt.format != "text"
	product, findings := c.out, c.err
	switch fault := c.report.fault != nil; {
	case !fault && c.command.plain:
		return c.out.print(c.product.Bytes(), false)
	case machine && !c.data:
		product, findings = c.err, c.out
	case !machine && c.command != nil && c.command.judges:
		findings = c.out
	}
	if err := product.print(c.product.Bytes(), false); err != nil {
		return err
	}
	if c.pour != nil && c.report.fault == nil {
		if err := c.pour(product); err != nil {
			return err
		}
	}
	if machine && c.data && len(c.report.all()) == 0 {
		return c.closing(machine) // the product says it all
	}
	var text bytes.Buffer
	c.report.text = c.style(findings)
	if err := formatNamed(c.opt.format).write(&text, &c.report); err != nil {
		return err
	}
	if err := findings.print(text.Bytes(), !machine); err != nil {
		return err
	}
	return c.closing(machine)
}

// style lays text out for the stream.
func (c *call) style(to stream) textStyle {
	s := textStyle{color: to.colored(c.opt.color, c.env), width: to.width, quiet: c.opt.quiet}
	if c.opt.verbose {
		s.why = c.report.why
	}
	return s
}

// closing ends what a person reads: the fault, or how many findings there are.
func (c *call) closing(machine bool) error {
	var b strings.Builder
	switch f := c.report.fault; {
	case f != nil:
		writeFault(&b, f, c.style(c.err))
		if c.opt.verbose {
			b.WriteString(c.stack)
		}
	case machine, c.opt.quiet, len(c.report.findings) == 0:
	default:
		fmt.Fprintf(&b, "\n%s; carpool explain CODE says more\n", c.report.tally())
	}
	return c.err.print([]byte(b.String()), true)
}

// writeFault prints a fault as one line, and below it what to type instead.
func writeFault(b *strings.Builder, f *fault, style textStyle) {
	fmt.Fprintf(b, "%s %s\n", style.paint(severityColor[0], "carpool:"), printableLine(f.Message))
	style.paragraph(b, "", f.Help)
}

// why returns what the catalogue says of a code.
func (r *report) why(code string) string {
	for _, doc := range r.rules {
		if doc.Code == code {
			return doc.Why
		}
	}
	return ""
}
