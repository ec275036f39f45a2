package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// environment finds the variables that go before what a person has set up.
func environment(f Facts) []finding {
	found := environmentKeys(f)
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		profile := f.Env(name)
		if profile == "" || f.Config.Err != nil || f.plainFor(profile) {
			continue
		}
		if _, ok := f.Config.Profiles.Get(profile); !ok {
			found = append(found, fail(vaultcore.NoProfile(profile, f.Config.File, f.Config.Profiles.Like(profile)).Hint, "%s names %q, which is not in %s", name, shown(profile), f.Config.File))
		}
	}
	if a, b := f.Env("AWS_PROFILE"), f.Env("AWS_DEFAULT_PROFILE"); a != "" && b != "" && a != b {
		found = append(found, warn("unset AWS_DEFAULT_PROFILE", "AWS_PROFILE is %s and AWS_DEFAULT_PROFILE %s: boto3 and aws use the second, other tools the first", shown(a), shown(b)))
	}
	if file := f.Env("AWS_SHARED_CREDENTIALS_FILE"); file != "" && f.missing(f.Credentials) {
		found = append(found, warn("correct AWS_SHARED_CREDENTIALS_FILE, or unset it", "AWS_SHARED_CREDENTIALS_FILE names a file that does not exist"))
	}
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		if f.Env(name) != "" && f.Env("AWS_VAULT") == "" && f.Env("AWS_PROFILE") == "" {
			found = append(found, warn("unset "+name+", unless you want this machine's own credentials", "%s is set: AWS's tools use it when no profile is given", name))
		}
	}
	return found
}

func environmentFine(f Facts) string {
	if of := f.Env("AWS_VAULT"); of != "" {
		return "a shell of " + shown(of)
	}
	return "no variable overrides the profiles"
}

// environmentKeys looks at the keys in the environment. Those of a shell of exec are
// meant to be there.
func environmentKeys(f Facts) []finding {
	id, secret := f.Env("AWS_ACCESS_KEY_ID") != "", f.Env("AWS_SECRET_ACCESS_KEY") != ""
	of := f.Env("AWS_VAULT")
	const unset = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
	switch {
	case !id && !secret:
		return nil
	case id != secret:
		return []finding{fail(unset, "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: AWS's tools refuse to work")}
	case f.ended():
		return []finding{fail("leave this shell, and run `vaultbar exec` again", "the session in the environment has ended, but AWS's tools still use it")}
	case of == "":
		return []finding{warn(unset, "AWS_ACCESS_KEY_ID is set: AWS's tools use it instead of AWS_PROFILE")}
	case f.Env("AWS_PROFILE") != "" && f.Env("AWS_PROFILE") != of:
		return []finding{warn(fmt.Sprintf("leave the shell of `vaultbar exec %s` first", shown(of)), "this is a shell of %s, whose keys override AWS_PROFILE = %s", shown(of), shown(f.Env("AWS_PROFILE")))}
	default:
		return nil
	}
}

// ended says whether the session of the environment has ended.
func (f Facts) ended() bool {
	end, err := time.Parse(time.RFC3339, strings.TrimSpace(f.Env("AWS_CREDENTIAL_EXPIRATION")))
	return err == nil && !f.Now.Before(end)
}
