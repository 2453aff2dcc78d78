package hastconf

import "testing"

func TestParseAddress(t *testing.T) {
	tests := map[string]Address{
		"10.0.0.1":                 {0, "10.0.0.1", 8457},
		"10.0.0.1:9000":            {0, "10.0.0.1", 9000},
		"TCP4://10.0.0.1":          {4, "10.0.0.1", 8457},
		"tcp6://2001:db8::1":       {6, "2001:db8::1", 8457},
		"tcp://[2001:db8::1]:8457": {0, "2001:db8::1", 8457},
		"2001:db8::1":              {0, "2001:db8::1", 8457},
		"host":                     {0, "host", 8457},
	}
	for text, want := range tests {
		if got, err := ParseAddress(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"[2001:db8::1]", "a:", "a:0", "a:65536", "a:b"} {
		if got, err := ParseAddress(text); err == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
	}
}
