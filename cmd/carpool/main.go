// Command carpool compiles one HCL description of a FreeBSD CARP and HAST
// failover cluster into the files of each of its hosts.
//
// This package holds flags, dispatch, the printing of findings and the exit
// code, and nothing else: what a description means is package schema, what is
// wrong with it package rules, and what it becomes package generator.
package main

import (
	"io"
	"os"
)

func main() {
	s := system()
	setMemory(s.env)
	os.Exit(run(os.Args[1:], s))
}

// The exit codes are part of the contract with scripts.
const (
	exitClean    = 0 // nothing at or above --fail-on
	exitFindings = 1 // findings at or above --fail-on, or differences
	exitUsage    = 2 // the command line is wrong
	exitFailure  = 3 // carpool or the system failed
)

// streams are the ends of the program that a test replaces.
type streams struct {
	in       io.Reader
	out, err stream
	env      []string
}

// system returns the streams and the environment of the process.
func system() streams {
	return streams{
		in:  os.Stdin,
		out: fileStream(os.Stdout),
		err: fileStream(os.Stderr),
		env: os.Environ(),
	}
}
