package credformat

import (
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// stripped are the variables that a command must not inherit: each would win
// over, or mix with, the credentials that it is given.
var stripped = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_CREDENTIAL_FILE", "AWS_SHARED_CREDENTIALS_FILE",
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SDK_LOAD_CONFIG", "VAULTBAR_DIR_PROFILE", "VAULTBAR_DIR_BEFORE",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
	"AWS_VAULT", protected, "VAULTBAR_FILE_PASSPHRASE", "AWS_VAULT_FILE_PASSPHRASE",
}

// protected is the variable by which the prompt of a shell knows that its profile is
// protected.
const protected = "VAULTBAR_PROTECTED"

// strippedPrefixes are families of such variables.
var strippedPrefixes = []string{"AWS_CONTAINER_"}

// Environ is the environment of a command that works as a profile: the caller's
// without what would get in the way, however often it is in there, and with the
// grant. Where no region is known the caller's stays.
func Environ(inherited []string, g Grant) []string {
	return environ(inherited, g.Profile, g.Region, g.Protected, g.variables())
}

// ServedEnviron is the environment of a command that asks a server on this machine for
// the credentials of a profile; otherwise it is that of [Environ].
func ServedEnviron(inherited []string, s Served) []string {
	inherited = slices.DeleteFunc(slices.Clone(inherited), func(entry string) bool {
		return s.Metadata && strings.HasPrefix(canonical(entry), "AWS_EC2_METADATA_")
	})
	return environ(inherited, s.Profile, s.Region, s.Protected, s.variables())
}

func environ(inherited []string, profile, region string, asked bool, own []variable) []string {
	env := make([]string, 0, len(inherited)+8)
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		if !strips(name, region != "") {
			env = append(env, entry)
		}
	}
	env = append(env, "AWS_VAULT="+profile)
	if asked {
		env = append(env, protected+"=yes")
	}
	for _, v := range own {
		env = append(env, v.name+"="+v.value)
	}
	return env
}

// strips says whether a variable is taken out; the region only where the grant
// brings one.
func strips(name string, region bool) bool {
	name = canonical(name)
	if name == "AWS_REGION" || name == "AWS_DEFAULT_REGION" {
		return region
	}
	return slices.Contains(stripped, name) || slices.ContainsFunc(strippedPrefixes, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// WithoutCredentials is an environment for a program that must get no
// credentials of its starter, and nothing that says where AWS is and how it is
// reached: the app, which gets that with each request.
func WithoutCredentials(inherited []string) []string {
	return slices.DeleteFunc(slices.Clone(inherited), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = canonical(name)
		return strips(name, true) || strings.HasSuffix(name, "_PASSPHRASE") || steers(name)
	})
}

// steers says whether a variable is one of [vaultcore.Environment], or of the kind.
func steers(name string) bool {
	return slices.Contains(vaultcore.EnvironmentNames(), strings.ToUpper(name)) || strings.HasPrefix(name, "AWS_ENDPOINT_URL") ||
		strings.HasSuffix(strings.ToUpper(name), "_PROXY")
}
