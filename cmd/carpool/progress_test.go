package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress: a terminal sees what takes longer than a second, and nothing
// of it is left; a pipe sees nothing.
func TestProgress(t *testing.T) {
	tests := []struct {
		name            string
		terminal, quiet bool
		takes           time.Duration
		want            bool
	}{
		{"long on a terminal", true, false, 2500 * time.Millisecond, true},
		{"short on a terminal", true, false, 900 * time.Millisecond, false},
		{"long in a pipe", false, false, 5 * time.Second, false},
		{"long and quiet", true, true, 5 * time.Second, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got bytes.Buffer
				c := &call{opt: &options{quiet: test.quiet}}
				c.err = stream{Writer: &got, terminal: test.terminal}
				done := c.progress("checking site")
				time.Sleep(test.takes)
				done()
				done()
				if (got.Len() > 0) != test.want {
					t.Errorf("printed %q", got.String())
				}
				if test.want && (!strings.Contains(got.String(), "checking site, 2s") || !strings.HasSuffix(got.String(), "\r\x1b[K")) {
					t.Errorf("printed %q", got.String())
				}
			})
		})
	}
}
