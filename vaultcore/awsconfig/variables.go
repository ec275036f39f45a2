package awsconfig

import (
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Variables is what a program's environment says in place of the config file, in
// variables of aws-vault.
type Variables struct {
	// Profile has what goes before the keys of profiles: the MFA device of the whole chain,
	// duration_seconds of its roles and sts_regional_endpoints, and of the profile that is
	// asked for the name, the tags and the identity of its role's session.
	Profile vaultcore.Profile
	// How long sessions live: that of a key, with or without roles above it, and that by which
	// an IAM user signs in to the console. 0 where nothing is said.
	Key, Chained, Federation time.Duration
}

// keyVariables are those that say what a key of a profile says.
var keyVariables = []struct{ name, key string }{
	{"AWS_MFA_SERIAL", "mfa_serial"},
	{"AWS_SESSION_TAGS", "session_tags"},
	{"AWS_TRANSITIVE_TAGS", "transitive_session_tags"},
	{"AWS_SOURCE_IDENTITY", "source_identity"},
	{"AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"},
}

// timeVariables are those that say how long a session lives, and how long AWS lets it.
var timeVariables = []struct {
	name string
	most time.Duration
	of   func(*Variables) *time.Duration
}{
	{"AWS_ASSUME_ROLE_TTL", aws.MaxRole, func(v *Variables) *time.Duration { return &v.Profile.Duration }},
	{"AWS_SESSION_TOKEN_TTL", aws.MaxSession, func(v *Variables) *time.Duration { return &v.Key }},
	{"AWS_CHAINED_SESSION_TOKEN_TTL", aws.MaxSession, func(v *Variables) *time.Duration { return &v.Chained }},
	{"AWS_FEDERATION_TOKEN_TTL", aws.MaxSession, func(v *Variables) *time.Duration { return &v.Federation }},
}

// sessionNameVariable is AWS's own, for roles that a token assumes. What AWS does not take
// becomes dashes, as there.
const sessionNameVariable = "AWS_ROLE_SESSION_NAME"

// VariableNames are the names of the variables that [ReadVariables] reads.
func VariableNames() []string {
	names := []string{sessionNameVariable}
	for _, v := range keyVariables {
		names = append(names, v.name)
	}
	for _, v := range timeVariables {
		names = append(names, v.name)
	}
	return names
}

// ReadVariables reads what an environment says in place of the config file. A value that
// cannot be read is an error: that it counts for nothing would be noticed by nobody. It
// may return: ErrRequest.
//
// Source: aws-vault 7.2.0, vault/config.go and USAGE.md.
func ReadVariables(getenv func(string) string) (Variables, error) {
	var v Variables
	for _, variable := range keyVariables {
		value := getenv(variable.name)
		if value == "" {
			continue
		}
		if reason := setField(&v.Profile, variable.key, value); reason != "" {
			return Variables{}, badVariable(variable.name, reason)
		}
	}
	for _, variable := range timeVariables {
		value := getenv(variable.name)
		if value == "" {
			continue
		}
		life, ok := readTime(value)
		if !ok || life < aws.MinSession || life > variable.most {
			return Variables{}, badVariable(variable.name, "is not a time from "+vaultcore.Short(aws.MinSession)+" to "+vaultcore.Short(variable.most)+", such as 1h")
		}
		*variable.of(&v) = life
	}
	if name := aws.SessionName(getenv(sessionNameVariable)); sessionShape.MatchString(name) {
		v.Profile.RoleSessionName = name
	}
	return v, nil
}

// CheckValue says why a profile could not be used with a value of a key, as what goes on
// the sentence "KEY of profile NAME …"; empty where it could.
func CheckValue(key, value string) (reason string) {
	return setField(&vaultcore.Profile{}, key, value)
}

// setField fills in a key of a profile, as its section would.
func setField(p *vaultcore.Profile, key, value string) (reason string) {
	for _, field := range fields {
		if field.key == key {
			return field.set(p, value)
		}
	}
	return "is not known"
}

// readTime reads a time in whole seconds: "1h30m", or a number of seconds.
func readTime(text string) (time.Duration, bool) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, d%time.Second == 0
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	return time.Duration(seconds) * time.Second, err == nil
}

func badVariable(name, reason string) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRequest, "%s %s", name, reason).WithHint("correct it, or unset it")
}
