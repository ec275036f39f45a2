package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// keys are the names under which keys are kept. While nobody knows, every profile has one
// that starts from nothing else: what is then wrong is wrong with any.
func (f Facts) keys() (names map[string]bool, known bool) {
	names = map[string]bool{}
	if known = f.App.Running && f.App.Snapshot.Keys != nil; known {
		for _, name := range f.App.Snapshot.Keys {
			names[name] = true
		}
		return names, true
	}
	for _, p := range f.Config.Profiles.All() {
		names[p.Name] = p.Source.Kind == ""
		if p.Alias.Profile != "" {
			names[p.Alias.Profile] = true
		}
	}
	return names, false
}

// planOf is the plan of a profile, as far as it depends on files.
func (f Facts) planOf(profile string) (plan.Plan, error) {
	keys, _ := f.keys()
	return plan.Resolve(f.Config.Profiles, profile, plan.Options{
		Keys: keys, File: f.Config.File, Token: plan.Token{File: f.Env("AWS_WEB_IDENTITY_TOKEN_FILE")},
	})
}

// profiles finds those that cannot be used, and the keys that are missing.
func profiles(f Facts) []finding {
	var found []finding
	wants := map[string][]string{} // by the name of a key that is missing: which roles need it
	var order []string
	for _, p := range f.Config.Profiles.All() {
		if p.Err != nil {
			continue // the config's check has said so
		}
		_, err := f.planOf(p.Name)
		var missing *plan.MissingKey
		switch {
		case err == nil:
			found = append(found, f.lately(p.Name)...)
		case errors.As(err, &missing):
			key := missing.Profile.Name
			if wants[key] == nil {
				order = append(order, key)
			}
			if wants[key] = append(wants[key], shown(p.Name)); p.Name == key && !meantForKey(p) {
				wants[key] = wants[key][:len(wants[key])-1]
			}
		case errors.Is(err, vaultcore.ErrNoCredentials): // it depends on where it is used
		default:
			found = append(found, failed(err)) // which names the profile
		}
	}
	for _, key := range order {
		if users := wants[key]; len(users) > 0 && !f.plainFor(key) {
			found = append(found, warn(fmt.Sprintf("`vaultbar add %s`", vaultcore.Argument(key)), "the keychain has no key of %s, which %s needs", shown(key), strings.Join(users, ", ")))
		}
	}
	return found
}

// meantForKey says whether a profile looks as if it had a key: others have a region and
// no more.
func meantForKey(p vaultcore.Profile) bool { return p.RoleARN != "" || p.MFASerial != "" }

func (f Facts) plainFor(profile string) bool {
	for _, key := range f.Plain {
		if key.Profile == profile {
			return true
		}
	}
	return false
}

// lately says why the last try for a profile failed.
func (f Facts) lately(profile string) []finding {
	for _, state := range f.App.Snapshot.Profiles {
		if state.Name == profile && state.State == vaultcore.StateFailed && state.Err != "" {
			return []finding{warn(f.again(state), "%s: the last attempt failed: %s", shown(profile), state.Err)}
		}
	}
	return nil
}

// again is how to try once more: by signing in, where nobody is signed in to what the
// profile starts from.
func (f Facts) again(state vaultcore.ProfileState) string {
	for _, s := range f.App.Snapshot.SignIns {
		if s.Name == state.SignInName && !s.Lives(f.Now) {
			return fmt.Sprintf("`vaultbar signin %s`", vaultcore.Argument(s.Name))
		}
	}
	return fmt.Sprintf("`vaultbar renew %s` tries again", vaultcore.Argument(state.Name))
}
