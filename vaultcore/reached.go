package vaultcore

import "strings"

// Reached is what the credentials of a profile are of, as the config says: a role, a role
// of an account in IAM Identity Center, a key. Profiles of which it is the same text lead
// to the same, whatever they are called. It is empty for a profile that does not exist.
func (p Profiles) Reached(name string) string {
	chain := p.Chain(name)
	for _, link := range chain {
		switch source := link.Source; {
		case link.RoleARN != "":
			return "role " + link.RoleARN
		case source.Kind == SSOSource:
			return strings.Join([]string{"sso", source.Account, source.Role}, " ")
		case source.Kind != "":
			return strings.Join([]string{string(source.Kind), source.Value, source.Account, source.Role}, " ")
		}
	}
	if len(chain) == 0 {
		return ""
	}
	return keyReached + chain[len(chain)-1].Name
}

// keyReached begins what [Profiles.Reached] says of a key.
const keyReached = "key "

// ReachesKey says whether what a profile reaches is a key, by which many roles are assumed.
func ReachesKey(reached string) bool { return strings.HasPrefix(reached, keyReached) }
