package processline

import (
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// What AWS's tools can run. They split the line at spaces, some of them by way
// of a shell, so that nothing with a meaning to a shell may be in it. Letters of
// every script have none.
var (
	pathShape = regexp.MustCompile(`^(/[\p{L}\p{M}\p{N}_./ -]*|([A-Za-z]:\\|\\\\)[\p{L}\p{M}\p{N}_./\\ -]*)$`)
	nameShape = regexp.MustCompile(`^[\p{L}\p{N}_.@+=,:/][\p{L}\p{M}\p{N}_.@+=,:/ -]*$`)
	flagShape = regexp.MustCompile(`^[a-z0-9.-]*$`)
)

// CheckPath refuses a path of vaultbar that cannot stand in a line. It may return:
// ErrRequest.
func CheckPath(path string) error {
	if pathShape.MatchString(path) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot run %q", vaultcore.Printable(path)).
		WithHint("move vaultbar to where its absolute path has only letters, digits, spaces and any of -_./")
}

// Line is the command that asks the vaultbar at a path for this. Where the name of the
// profile needs quotes it is not last: the Go SDK takes off quotes that stand at both
// ends of a value. It may return: ErrRequest for what a shell would change.
func (r Request) Line(path string) (string, error) {
	if !nameShape.MatchString(r.Profile) || strings.TrimSpace(r.Profile) != r.Profile {
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot handle the name of profile %q", vaultcore.Printable(r.Profile)).
			WithHint("rename the profile, using letters, digits, spaces and any of -_.@+=,:/")
	}
	program := path
	if strings.Contains(path, " ") {
		program = `"` + path + `"`
	}
	flags := "--format=json"
	if r.NoSession {
		flags += " --no-session"
	}
	for _, flag := range []struct{ name, value string }{
		{"--duration", r.Duration}, {"--region", r.Region}, {"--min-ttl", r.MinTTL}, {"--prompt", r.Prompt},
	} {
		if !flagShape.MatchString(flag.value) {
			return "", vaultcore.Faultf(vaultcore.ErrRequest, "the credential_process line for profile %s has a %s that AWS's tools cannot handle", vaultcore.Printable(r.Profile), flag.name).
				WithHint("correct the flag, or remove it from the line; nothing was written")
		}
		if flag.value != "" {
			flags += " " + flag.name + "=" + flag.value
		}
	}
	if strings.Contains(r.Profile, " ") {
		return program + ` export "` + r.Profile + `" ` + flags, nil
	}
	return program + " export " + flags + " " + r.Profile, nil
}
