package main

import (
	"strings"
	"testing"
)

func TestCheckSite(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, site := range []string{"a", "A9", "my-site", "0", "a--b", long} {
		if err := checkSite(site); err != nil {
			t.Errorf("%q: %v", site, err)
		}
	}
	for _, site := range []string{"", "-a", "a-", "-", "a.b", "a b", "a_b", "ä", "a\n", "https://a", long + "a"} {
		if checkSite(site) == nil {
			t.Errorf("%q is taken for a site", site)
		}
	}
}
