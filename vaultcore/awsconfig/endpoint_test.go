package awsconfig

import (
	"os"
	"path/filepath"
	"testing"
)

// Where STS and the sign-in are asked is read from their own places: what is meant
// for all services is no address to hand a session to.
func TestEndpointsOfServices(t *testing.T) {
	const services = "[services s]\nsts =\n  endpoint_url = https://sts.example\nsignin =\n  endpoint_url = https://signin.example\n"
	for name, c := range map[string]struct{ text, sts, signIn string }{
		"all services": {"[profile x]\nendpoint_url = https://all.example\n", "https://all.example", ""},
		"each its own": {"[profile x]\nendpoint_url = https://all.example\nservices = s\n" + services, "https://sts.example", "https://signin.example"},
		"ignored":      {"[profile x]\nignore_configured_endpoint_urls = true\nservices = s\n" + services, "", ""},
	} {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := load(path)
		p, _ := config.Profiles.Get("x")
		if err != nil || p.Err != nil || p.EndpointURL != c.sts || p.SignInURL != c.signIn {
			t.Errorf("%s: %q, %q, %v, %v", name, p.EndpointURL, p.SignInURL, p.Err, err)
		}
	}
}
