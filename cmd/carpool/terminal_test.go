package main

import (
	"bytes"
	"testing"
)

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain, tab\tand\nline", "plain, tab\tand\nline"},
		{"\x1b[31mred", `\u001b[31mred`},
		{"bell\a del\x7f c1\u009b", `bell\u0007 del\u007f c1\u009b`},
		{"over\rwritten", `over\u000dwritten`},
		{"turned \u202e round", `turned \u202e round`},
		{"cut\xff\xfe", `cut\xff\xfe`},
		{"東京 Straße", "東京 Straße"},
	}
	for _, test := range tests {
		if got := printable(test.in); got != test.want {
			t.Errorf("printable(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestCells(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0}, {"abc", 3}, {"東京", 4}, {"e\u0301", 1}, {inCells("\ta\x1b"), 4 + 1 + len(`\u001b`)},
	}
	for _, test := range tests {
		if got := cells(test.in); got != test.want {
			t.Errorf("cells(%q) = %d, want %d", test.in, got, test.want)
		}
	}
}

func TestColored(t *testing.T) {
	tests := []struct {
		name, choice string
		terminal     bool
		env          []string
		want         bool
	}{
		{"a pipe", "auto", false, nil, false},
		{"a terminal", "auto", true, []string{"TERM=xterm"}, true},
		{"NO_COLOR", "auto", true, []string{"NO_COLOR=1"}, false},
		{"NO_COLOR is empty", "auto", true, []string{"NO_COLOR="}, true},
		{"a dumb terminal", "auto", true, []string{"TERM=dumb"}, false},
		{"asked for", "always", false, []string{"NO_COLOR=1"}, true},
		{"not wanted", "never", true, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := (stream{terminal: test.terminal}).colored(test.choice, test.env); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// On a terminal even a report made for programs is escaped.
func TestTerminalPrint(t *testing.T) {
	for terminal, want := range map[bool]string{true: `\u001b[2J`, false: "\x1b[2J"} {
		var got bytes.Buffer
		if err := (stream{Writer: &got, terminal: terminal}).print([]byte("\x1b[2J"), false); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("terminal %v: %q, want %q", terminal, got.String(), want)
		}
	}
}
