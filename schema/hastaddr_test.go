package schema

import "testing"

func TestSplitHASTAddress(t *testing.T) {
	tests := map[string]HASTEndpoint{
		"10.0.0.1":                 {0, "10.0.0.1", 0},
		"10.0.0.1:9000":            {0, "10.0.0.1", 9000},
		"TCP4://10.0.0.1":          {4, "10.0.0.1", 0},
		"tcp6://2001:db8::1":       {6, "2001:db8::1", 0},
		"tcp://[2001:db8::1]:8457": {0, "2001:db8::1", 8457},
		"2001:db8::1":              {0, "2001:db8::1", 0},
		"host":                     {0, "host", 0},
		"host:008457":              {0, "host", 8457},
	}
	for text, want := range tests {
		if got, err := SplitHASTAddress(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"[2001:db8::1]", "a:", "a:0", "a:65536", "a:b", "a:+1"} {
		if got, err := SplitHASTAddress(text); err == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
		if _, _, err := ParseHASTAddress(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	for _, text := range []string{"host", "10.0.0.1/24", "2001:db8::1/64", "10.0.0.1.2", ""} {
		if got, _, err := ParseHASTAddress(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
