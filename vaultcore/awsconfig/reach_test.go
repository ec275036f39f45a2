package awsconfig

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// profileOf reads a profile with these lines.
func profileOf(t *testing.T, lines string) vaultcore.Profile {
	t.Helper()
	p, ok := parsed(t, "[profile x]\n"+lines+"\n").Profiles.Get("x")
	if !ok {
		t.Fatalf("there is no profile in %s", lines)
	}
	return p
}

// TestReach: how a profile wants AWS to be reached, row by row of AWS's table of
// settings.
func TestReach(t *testing.T) {
	const (
		all = "https://all.example"
		own = `services = s
[services s]
sts =
  endpoint_url = https://sts.example
iam =
  endpoint_url = https://iam.example
sso =
  endpoint_url = https://sso.example
sso_oidc =
  endpoint_url = https://oidc.example
signin =
  endpoint_url = https://signin.example
s3 =
  endpoint_url = ftp://not.ours
`
	)
	each := vaultcore.Endpoints{
		STS: "https://sts.example", IAM: "https://iam.example", SSO: "https://sso.example",
		OIDC: "https://oidc.example", SignIn: "https://signin.example",
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	for text, want := range map[string]vaultcore.Reach{
		"region = eu-west-1":                 {},
		"endpoint_url = " + all:              {Endpoints: vaultcore.Endpoints{STS: all, IAM: all, SSO: all, OIDC: all}},
		own:                                  {Endpoints: each},
		"endpoint_url = " + all + "\n" + own: {Endpoints: each},
		"endpoint_url = " + all + "\nservices = t\n[services t]\nsso =\n  endpoint_url = https://sso.example\n": {
			Endpoints: vaultcore.Endpoints{STS: all, IAM: all, SSO: "https://sso.example", OIDC: all}},
		"ignore_configured_endpoint_urls = True\n" + own:             {Ignore: vaultcore.On, Endpoints: each},
		"ignore_configured_endpoint_urls = true\nservices = nowhere": {Ignore: vaultcore.On},
		"ignore_configured_endpoint_urls = true\nendpoint_url = x":   {Ignore: vaultcore.On},
		"ignore_configured_endpoint_urls = false":                    {Ignore: vaultcore.Off},
		"use_fips_endpoint = true":                                   {FIPS: vaultcore.On},
		"use_fips_endpoint = FALSE":                                  {FIPS: vaultcore.Off},
		"use_dualstack_endpoint = true":                              {DualStack: vaultcore.On},
		"max_attempts = 5\nretry_mode = adaptive":                    {Attempts: 5},
		"max_attempts = 0":                                           {},
		"ca_bundle = " + bundle:                                      {Bundle: bundle},
	} {
		p := profileOf(t, text)
		if p.Err != nil || p.Reach != want {
			t.Errorf("%s:\n%+v, want\n%+v, %v", text, p.Reach, want, p.Err)
		}
	}
}

// TestWrongReach: nothing is guessed where requests would go elsewhere than meant.
func TestWrongReach(t *testing.T) {
	for _, text := range []string{
		"use_fips_endpoint = yes", "use_dualstack_endpoint = 1", "ignore_configured_endpoint_urls = on",
		"max_attempts = many", "max_attempts = -1", "ca_bundle = certs/ca.pem",
		"endpoint_url = http://sts.example.com", "endpoint_url = https://user:secret@sts.example.com", "services = nowhere",
		"services = s\n[services s]\nsso_oidc =\n  endpoint_url = http://oidc.example.com",
	} {
		if p := profileOf(t, text); p.Err == nil || vaultcore.Hint(p.Err) == "" || strings.Contains(p.Err.Error(), "secret") {
			t.Errorf("%s: %v", text, p.Err)
		}
	}
}

// TestOfNoConcern: these settings of a profile say nothing about how credentials come
// to be, and are not read, whatever is in them.
func TestOfNoConcern(t *testing.T) {
	plain := profileOf(t, "region = eu-west-1")
	for _, text := range []string{
		"retry_mode = adaptive", "retry_mode = nonsense", "defaults_mode = auto", "output = yaml", "parameter_validation = false",
		"tcp_keepalive = true", "cli_pager =", "cli_timestamp_format = iso8601", "cli_binary_format = raw-in-base64-out",
		"cli_auto_prompt = on", "cli_history = enabled", "cli_follow_urlparam = false", "s3 =\n  addressing_style = path",
		"s3_use_arn_region = true", "s3_us_east_1_regional_endpoint = legacy", "api_versions =\n  ec2 = 2015-03-01",
		"sdk_ua_app_id = x", "request_min_compression_size_bytes = 0", "disable_request_compression = true",
		"sigv4a_signing_region_set = *", "account_id_endpoint_mode = required", "auth_scheme_preference = sigv4a",
		"endpoint_discovery_enabled = true", "request_checksum_calculation = when_required", "response_checksum_validation = when_required",
		"ec2_metadata_service_endpoint_mode = IPv6", "metadata_service_timeout = 5", "signature_version = s3v4",
	} {
		if p := profileOf(t, "region = eu-west-1\n"+text); p.Err != nil || !reflect.DeepEqual(p, plain) {
			t.Errorf("%s: %+v, %v", text, p, p.Err)
		}
	}
}
