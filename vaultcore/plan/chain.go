package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// chain is how a profile reaches the source of its credentials: the base profile
// whose source it is, a key or another, and the roles on the way up.
type chain struct {
	asked string              // its name, or that of what it is an alias of
	base  vaultcore.Profile   // the profile whose source it is
	roles []vaultcore.Profile // in the order in which they are assumed

	aliased  bool            // --no-session, where an alias asks for it
	duration time.Duration   // --duration of the aliases that lead to asked
	region   string          // of the profile that was asked for, or of what it is an alias of
	reach    vaultcore.Reach // of the same, else of what is below it; but for endpoints

	keyless bool // it starts with the base's Source rather than with a key

	serial     string            // the MFA device of the key's session; empty for none
	serialFrom vaultcore.Profile // the profile that names it

	why []string // why it is this source
}

// follow walks source_profile from name down to the profile with the source. The
// chain it returns has a stored key or a usable Source at its base.
func follow(ps vaultcore.Profiles, name string, o Options) (chain, error) {
	top, err := find(ps, name, nil, o)
	if err != nil {
		return chain{}, err
	}
	var c chain
	at, stands := top, true // at is the profile that was asked for, or what that is an alias of
	for range vaultcore.MaxChain {
		if at.Err != nil {
			return chain{}, broken(at)
		}
		if stands {
			c.region = cmp.Or(c.region, at.Region)
		}
		c.reach = c.reach.Or(at.Reach)
		if at.Alias.Profile != "" {
			c.alias(at.Alias, stands)
		} else {
			c.add(at)
			if stands {
				c.asked, stands = at.Name, false
			}
		}
		next, why := source(at, o.Keys)
		if why != "" {
			c.why = append(c.why, why)
		}
		if next == "" {
			c.base = at
			return c.finish(o)
		}
		if at, err = find(ps, next, &at, o); err != nil {
			return chain{}, err
		}
	}
	return chain{}, fault(top, "the source_profile chain has more than %d profiles", vaultcore.MaxChain).
		WithHint("one source_profile points back to an earlier profile: the chain must end at a profile that has a key")
}

// alias takes in the flags of an alias's line.
func (c *chain) alias(a vaultcore.Alias, top bool) {
	c.aliased = c.aliased || a.NoSession
	if top {
		c.duration = cmp.Or(c.duration, a.Duration)
	}
}

// add takes in one profile on the way down. Only a device named below the
// lowest role can be the session's: a profile above a role has no key to use it
// with.
func (c *chain) add(p vaultcore.Profile) {
	if p.RoleARN != "" {
		c.roles = append(c.roles, p)
		if c.serial != "" {
			c.why = append(c.why, fmt.Sprintf("mfa_serial of %q is not used: a role's credentials cannot be combined with an MFA device", shown(c.serialFrom.Name)))
		}
		c.serial, c.serialFrom = "", vaultcore.Profile{}
		return
	}
	if c.serial == "" && p.MFASerial != "" {
		c.serial, c.serialFrom = p.MFASerial, p
	}
}

// finish turns the chain around and checks that there is something to start from.
func (c chain) finish(o Options) (chain, error) {
	slices.Reverse(c.roles)
	if c.base.RoleARN != "" {
		c.serial, c.serialFrom = c.base.MFASerial, c.base
	}
	from := c.base.Source
	switch {
	case o.Keys[c.base.Name]:
		if from.Kind != "" {
			c.why = append(c.why, fmt.Sprintf("its key in the keychain is used instead of %s", from))
		}
		return c, nil
	case from.Kind != "":
		return c.fromSource(o)
	case c.base.RoleARN != "" && c.base.SourceProfile == "" && o.Token.File != "":
		return c.fromToken(o)
	default:
		return chain{}, c.noKey()
	}
}

// source returns the profile whose credentials p uses, "" when it is its own
// key, and why where that needs a word.
func source(p vaultcore.Profile, keys map[string]bool) (name, why string) {
	self := p.SourceProfile == "" || p.SourceProfile == p.Name || p.Source.Kind == vaultcore.WebIdentitySource
	switch {
	case p.Alias.Profile != "" && keys[p.Name]:
		return p.Alias.Profile, fmt.Sprintf("%q is an alias of %q: its credential_process wins over the key stored under its name, as in AWS's own tools", shown(p.Name), shown(p.Alias.Profile))
	case p.Alias.Profile != "":
		return p.Alias.Profile, fmt.Sprintf("%q is an alias of %q, which its credential_process asks for", shown(p.Name), shown(p.Alias.Profile))
	case self && p.RoleARN != "" && keys[p.Name]:
		return "", fmt.Sprintf("the role is assumed with the key stored under its own name, %q", shown(p.Name))
	case self:
		return "", ""
	case p.RoleARN == "" && keys[p.Name]:
		return "", fmt.Sprintf("%q has a key of its own: without role_arn, its source_profile is ignored", shown(p.Name))
	case keys[p.Name]:
		return p.SourceProfile, fmt.Sprintf("source_profile %q wins over the key stored under %q, as in AWS's own tools", shown(p.SourceProfile), shown(p.Name))
	case p.RoleARN == "":
		return p.SourceProfile, fmt.Sprintf("%q has no role_arn: it shares the session of its source_profile", shown(p.Name))
	default:
		return p.SourceProfile, ""
	}
}

// find returns the profile that was asked for, or that from names as its source. A
// name that only the keychain knows is a profile without settings.
func find(ps vaultcore.Profiles, name string, from *vaultcore.Profile, o Options) (vaultcore.Profile, error) {
	if p, ok := ps.Get(name); ok || o.Keys[name] {
		p.Name = name
		return p, nil
	}
	switch {
	case from == nil:
		return vaultcore.Profile{}, vaultcore.NoProfile(name, configFile(ps, o), ps.Like(name))
	case from.Alias.Profile != "":
		return vaultcore.Profile{}, fault(*from, "the credential_process asks for %q, which does not exist", shown(name)).
			WithHint("%s", vaultcore.NoProfile(name, "", ps.Like(name)).Hint)
	default:
		return vaultcore.Profile{}, fault(*from, "the source_profile %q does not exist", shown(name)).
			WithHint("%s", vaultcore.NoProfile(name, "", ps.Like(name)).Hint)
	}
}

func configFile(ps vaultcore.Profiles, o Options) string {
	if o.File != "" {
		return o.File
	}
	for _, p := range ps.All() {
		if p.File != "" {
			return p.File
		}
	}
	return "~/.aws/config"
}

// MissingKey is the cause of a plan's failure: its chain ends at a profile
// without a key.
type MissingKey struct {
	Profile vaultcore.Profile // where the chain ends: a key of that name would do
}

func (m *MissingKey) Error() string { return "no key is stored for " + shown(m.Profile.Name) }

// noKey is the failure for a chain that ends at a profile without a key.
func (c chain) noKey() *vaultcore.Fault {
	return c.noKeyFault().WithCause(&MissingKey{c.base})
}

func (c chain) noKeyFault() *vaultcore.Fault {
	p := c.base
	name := shown(p.Name)
	add := fmt.Sprintf("run `vaultbar add %s`", vaultcore.Argument(p.Name))
	if p.RoleARN != "" {
		return vaultcore.Faultf(vaultcore.ErrNoCredentials,
			"no credentials for %q: it has a role_arn, but no source_profile and no key of its own", name).
			WithHint("set source_profile for %s, or %s; where a token assumes the role, set web_identity_token_file, or AWS_WEB_IDENTITY_TOKEN_FILE in the environment", name, add)
	}
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "no credentials for %q: the keychain has no key of that name", name).
		WithHint("%s", add)
}

// broken passes on what is wrong with a profile's section.
func broken(p vaultcore.Profile) *vaultcore.Fault {
	return &vaultcore.Fault{Kind: vaultcore.ErrConfig, Message: p.Err.Error(), Hint: vaultcore.Hint(p.Err), Cause: p.Err}
}

// fault says what is wrong with a profile's settings, and where they are. The reason
// comes first: a menu has no room for more.
func fault(p vaultcore.Profile, format string, args ...any) *vaultcore.Fault {
	where := ""
	if p.File != "" {
		where = fmt.Sprintf(", %s:%d", p.File, cmp.Or(p.Line, 1))
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s (profile %q%s)", fmt.Sprintf(format, args...), shown(p.Name), where)
}

// shown makes a name of the config file safe inside a message.
func shown(name string) string { return vaultcore.Printable(name) }
