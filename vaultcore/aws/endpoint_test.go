package aws

import "testing"

// One address is one entry of a list, however it is written.
func TestEndpoint(t *testing.T) {
	for text, want := range map[string]string{
		"https://STS.Example.com:443/": "https://sts.example.com", "http://127.0.0.1:4566": "http://127.0.0.1:4566",
		"http://[::1]:4566/x/": "http://[::1]:4566/x", "https://[2001:DB8::1]": "https://[2001:db8::1]",
		"http://localhost": "http://localhost", "http://localhost.example.com": "", "http://127.0.0.1.nip.io": "", "": "",
	} {
		if got, reason := Endpoint(text); got != want || (want == "") != (reason != "") {
			t.Errorf("%q is %q, %q", text, got, reason)
		}
	}
}
