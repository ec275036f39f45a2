package awsconfig

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestReadVariables(t *testing.T) {
	set := map[string]string{
		"AWS_MFA_SERIAL": "arn:aws:iam::111111111111:mfa/ann", "AWS_ASSUME_ROLE_TTL": "2h", "AWS_SESSION_TOKEN_TTL": "5400", "AWS_CHAINED_SESSION_TOKEN_TTL": "12h",
		"AWS_FEDERATION_TOKEN_TTL": "1h30m", "AWS_ROLE_SESSION_NAME": "build 7", "AWS_SESSION_TAGS": "team=blue, cost = 7", "AWS_TRANSITIVE_TAGS": "team",
		"AWS_SOURCE_IDENTITY": "ci", "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
	}
	if len(set) != len(VariableNames()) {
		t.Fatalf("%d variables, and %d are tried", len(VariableNames()), len(set))
	}
	for _, name := range VariableNames() {
		if set[name] == "" || vaultcore.EnvironmentFrom(func(n string) string { return set[n] }).Get(name) == "" {
			t.Errorf("%s is not sent by the command", name)
		}
	}
	v, err := ReadVariables(func(name string) string { return set[name] })
	p := v.Profile
	if err != nil || p.MFASerial != set["AWS_MFA_SERIAL"] || p.Duration != 2*time.Hour || v.Key != 90*time.Minute || v.Chained != 12*time.Hour ||
		v.Federation != 90*time.Minute || p.RoleSessionName != "build-7" || len(p.SessionTags) != 2 || p.SessionTags[1] != (vaultcore.Tag{Key: "cost", Value: "7"}) ||
		len(p.TransitiveSessionTags) != 1 || p.SourceIdentity != "ci" || p.STSRegionalEndpoints != "legacy" {
		t.Errorf("%+v, %v", v, err)
	}
	for name, value := range map[string]string{
		"AWS_MFA_SERIAL": "a b", "AWS_ASSUME_ROLE_TTL": "soon", "AWS_SESSION_TOKEN_TTL": "40h", "AWS_CHAINED_SESSION_TOKEN_TTL": "1m", "AWS_FEDERATION_TOKEN_TTL": "1h0.5s",
		"AWS_SESSION_TAGS": "team", "AWS_SOURCE_IDENTITY": "x", "AWS_STS_REGIONAL_ENDPOINTS": "both",
	} {
		_, err := ReadVariables(func(n string) string {
			if n == name {
				return value
			}
			return ""
		})
		if !errors.Is(err, vaultcore.ErrRequest) || !strings.HasPrefix(err.Error(), name+" ") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
