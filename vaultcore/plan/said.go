package plan

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Said is what the environment of whoever asks says in place of the config file, in
// variables of aws-vault; in what order the two go is aws-vault's as well.
type Said struct {
	// Profile has MFASerial, Duration and STSRegionalEndpoints for the whole chain, and
	// RoleSessionName, SessionTags, TransitiveSessionTags and SourceIdentity for the role of
	// the profile that is asked for. Which role it is, is never said there; see [Token].
	Profile vaultcore.Profile
	// Key and Chained are how long a session of the key lives, without and with roles above
	// it; 0 where nothing is said.
	Key, Chained time.Duration
}

// session is how long a session of the key is said to live.
func (s Said) session(c chain) time.Duration {
	if len(c.roles) > 0 {
		return s.Chained
	}
	return s.Key
}

// withSaid is the chain as the environment has it. What begins without a key cannot answer
// for an MFA device: one that is said is for the keys of the same shell.
func (c chain) withSaid(s Said) chain {
	said := s.Profile.MFASerial != "" && !c.keyless
	if said {
		c.serial, c.serialFrom = s.Profile.MFASerial, c.base
		c.why = append(c.why, "the MFA device is that of AWS_MFA_SERIAL in the environment, which overrides mfa_serial")
	}
	c.base = s.over(c.base)
	for i := range c.roles {
		role := s.over(c.roles[i])
		if said {
			role.MFASerial = "" // the session answers
		}
		if role.Name == c.asked {
			role = s.overAsked(role)
		}
		c.roles[i] = role
	}
	return c
}

// over is a profile of the chain with what is said of all.
func (s Said) over(p vaultcore.Profile) vaultcore.Profile {
	if s.Profile.Duration != 0 {
		p.Duration = s.Profile.Duration
	}
	if s.Profile.STSRegionalEndpoints != "" {
		p.STSRegionalEndpoints = s.Profile.STSRegionalEndpoints
	}
	return p
}

// overAsked is the profile that is asked for, with what is said of it alone.
func (s Said) overAsked(p vaultcore.Profile) vaultcore.Profile {
	if s.Profile.RoleSessionName != "" {
		p.RoleSessionName = s.Profile.RoleSessionName
	}
	if s.Profile.SourceIdentity != "" {
		p.SourceIdentity = s.Profile.SourceIdentity
	}
	if s.Profile.SessionTags != nil {
		p.SessionTags = s.Profile.SessionTags
	}
	if s.Profile.TransitiveSessionTags != nil {
		p.TransitiveSessionTags = s.Profile.TransitiveSessionTags
	}
	return p
}
