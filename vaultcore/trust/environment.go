package trust

import (
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// reachOf is how a program's environment wants AWS to be reached. It may return:
// ErrConfig.
func reachOf(env vaultcore.Environment) (vaultcore.Reach, error) {
	r := vaultcore.Reach{Bundle: env.Get("AWS_CA_BUNDLE")}
	for _, v := range []struct {
		name string
		set  func(string) (reason string)
	}{
		{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", switching(&r.Ignore)},
		{"AWS_USE_FIPS_ENDPOINT", switching(&r.FIPS)},
		{"AWS_USE_DUALSTACK_ENDPOINT", switching(&r.DualStack)},
		{"AWS_MAX_ATTEMPTS", func(text string) (reason string) {
			r.Attempts, reason = vaultcore.ReadAttempts(text)
			return reason
		}},
	} {
		if value := env.Get(v.name); value != "" {
			if reason := v.set(value); reason != "" {
				return vaultcore.Reach{}, vaultcore.Faultf(vaultcore.ErrConfig, "%s %s", v.name, reason).
					WithHint("correct it, or unset it")
			}
		}
	}
	if r.Ignore == vaultcore.On {
		return r, nil
	}
	var err error
	r.Endpoints, err = endpointsOf(env)
	return r, err
}

func switching(to *vaultcore.Switch) func(string) string {
	return func(text string) (reason string) {
		*to, reason = vaultcore.ReadSwitch(text)
		return reason
	}
}

// endpointsOf are the endpoints of an environment. The variable of a service goes before
// that of all; the console's sign-in takes its own alone. It may return: ErrConfig.
func endpointsOf(env vaultcore.Environment) (vaultcore.Endpoints, error) {
	var e vaultcore.Endpoints
	for _, of := range []struct {
		name, general string
		url           *string
	}{
		{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", &e.STS},
		{"AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL", &e.IAM},
		{"AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL", &e.SSO},
		{"AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL", &e.OIDC},
		{"AWS_ENDPOINT_URL_SIGNIN", "", &e.SignIn},
	} {
		name := of.name
		if env.Get(name) == "" {
			name = of.general
		}
		value := env.Get(name)
		if value == "" {
			continue
		}
		if _, reason := aws.Endpoint(value); reason != "" {
			return vaultcore.Endpoints{}, vaultcore.Faultf(vaultcore.ErrConfig, "%s %s", name, reason).
				WithHint("correct it, or unset it to reach AWS's own")
		}
		*of.url = value
	}
	return e, nil
}
