package main

import (
	"errors"
	"fmt"
)

// fault is a failure that is no finding in a description: the command line is
// wrong, the system refused something, or carpool has a bug. Every format
// knows how to show one.
type fault struct {
	Code    string // one of the codes below
	Message string // one sentence
	Help    string // what to type instead, "" if nothing is known
	Path    string // the file or folder it is about, "" if none
}

// The codes under which faults appear in machine formats.
const (
	codeUsage    = "USAGE"
	codeSystem   = "SYSTEM"
	codeInternal = "INTERNAL"
)

// Error makes fault an error.
func (f *fault) Error() string { return f.Message }

// exit returns the exit code that belongs to the fault.
func (f *fault) exit() int {
	if f.Code == codeUsage {
		return exitUsage
	}
	return exitFailure
}

// usagef reports a wrong command line; help says what to type instead.
func usagef(help, format string, args ...any) error {
	return &fault{Code: codeUsage, Message: fmt.Sprintf(format, args...), Help: help}
}

// internalFault words a panic for the user. What the panic says may quote the
// description, so it is kept to one line.
func internalFault(recovered any) *fault {
	return &fault{
		Code:    codeInternal,
		Message: "internal error: " + printableLine(fmt.Sprint(recovered)),
		Help:    "this is a bug in carpool, please report it together with the command line",
	}
}

// asFault returns err as a fault; what is none yet is the system's.
func asFault(err error) *fault {
	if err == nil {
		return nil
	}
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return &fault{Code: codeSystem, Message: err.Error()}
}

// errDiffers ends a command with exit code 1 after it has said everything:
// there are differences.
var errDiffers = errors.New("there are differences")
