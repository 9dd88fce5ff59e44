package main

import "testing"

func TestURLsWithoutSecrets(t *testing.T) {
	for _, tt := range []struct{ text, shown, again string }{
		{"http://localhost:5000/in", "http://localhost:5000/in", "http://localhost:5000/in"},
		{"http://localhost/a%2Fb#c", "http://localhost/a%2Fb", "http://localhost/a%2Fb#c"},
		{"http://me:word@localhost/a%2Fb?token=x#y", "http://localhost/a%2Fb", "http://...@localhost/a%2Fb?..."},
		{"http://me:wo/rd@localhost/", "...", "..."},
	} {
		if got := shownTarget(tt.text); got != tt.shown {
			t.Errorf("shownTarget(%s) = %s, want %s", tt.text, got, tt.shown)
		}
		if got := urlWithoutSecret(tt.text); got != tt.again {
			t.Errorf("urlWithoutSecret(%s) = %s, want %s", tt.text, got, tt.again)
		}
	}
}
