package console

import (
	"fmt"
	"regexp"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Kind is how credentials came about, as far as it matters to the console.
type Kind string

// The kinds of credentials.
const (
	Unknown    Kind = ""                    // somebody else made them
	LongTerm   Kind = "long-term key"       // of an IAM user, or of the root
	User       Kind = "user session"        // sts:GetSessionToken
	Role       Kind = "role session"        // a role assumed with session credentials, or by means not known
	DirectRole Kind = "direct role session" // sts:AssumeRole with the long-term key itself
	Federated  Kind = "federated session"   // sts:GetFederationToken
)

// Facts is all that the choice depends on.
type Facts struct {
	Kind Kind
	// ARN is the caller's, or the role's; empty when not known.
	ARN string
	// HasKey says that the long-term key of a user is at hand, whatever the
	// credentials are that the profile's programs get.
	HasKey bool
	// MFASerial is the device that the profile names; empty for none.
	MFASerial string
	// Wanted is how long the console is to stay signed in; 0 for AWS's default.
	Wanted time.Duration
}

// Way is what to do before signing in.
type Way string

// The ways to a session that signs in.
const (
	AsIs     Way = "as is"    // the credentials at hand sign in
	Federate Way = "federate" // sts:GetFederationToken with the long-term key, and that session signs in
	Identify Way = "identify" // sts:GetCallerIdentity first, then choose again with the ARN
)

// Choice is which credentials sign in, and how long.
type Choice struct {
	Way        Way
	Federation Federation // for [Federate]
	// SessionDuration is sent to the sign-in; 0 leaves it out.
	SessionDuration time.Duration
	// WithoutMFA says that the console's session will not count as one with
	// MFA, although the profile names a device: see [WithoutMFA].
	WithoutMFA bool
	Reasons    []string // why it is so, a sentence each, for `explain`
}

// Federation is what sts:GetFederationToken is asked for.
type Federation struct {
	Name     string
	Policy   string
	Duration time.Duration
}

// everything grants a federated session what its user has: AWS intersects the
// policy with the user's own, and without one the session may do nothing.
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// The limits of AWS: SessionDuration of the sign-in, DurationSeconds of
// GetFederationToken for users and for the root.
const (
	minSession     = 15 * time.Minute
	maxConsole     = 12 * time.Hour
	maxFederation  = 36 * time.Hour
	rootFederation = time.Hour
)

// Choose decides which credentials sign in. It may return: ErrNoCredentials
// when a long-term key would be needed and is not at hand, ErrRefused for what
// AWS never signs in.
func Choose(f Facts) (Choice, error) {
	f.Wanted = max(f.Wanted, 0)
	a, known := ParseARN(f.ARN)
	if f.Kind == Unknown && known {
		f.Kind = a.Kind()
		if f.Kind == LongTerm && !f.HasKey {
			f.Kind = User // which of both it is makes no difference without the key
		}
	}
	switch f.Kind {
	case Unknown:
		if known {
			return Choice{}, vaultcore.Faultf(vaultcore.ErrRefused, "AWS's console signs nobody in as %s", vaultcore.Printable(f.ARN)).
				WithHint("use a profile with a role or an IAM user")
		}
		return Choice{Way: Identify, Reasons: []string{"AWS is asked whose credentials they are: a role's sign in as they are, a user's do not"}}, nil
	case LongTerm, User:
		return chooseFederation(f, a)
	default:
		return chooseAsIs(f), nil
	}
}

// chooseFederation is for IAM users, whose own credentials cannot sign in.
func chooseFederation(f Facts, a ARN) (Choice, error) {
	if f.Kind == User && !f.HasKey {
		return Choice{}, vaultcore.Faultf(vaultcore.ErrNoCredentials, "the console cannot be opened with a user's session: AWS signs in roles, and users by their long-term key").
			WithHint("add the user's key (`vaultbar add`), or use a profile with a role")
	}
	c := Choice{Way: Federate, WithoutMFA: f.MFASerial != ""}
	c.Federation = Federation{Name: federationName(a), Policy: everything, Duration: maxConsole}
	c.Reasons = []string{
		"the key of an IAM user signs in through sts:GetFederationToken: AWS takes neither the key itself nor a GetSessionToken session",
		"the federated session is given every permission that the user has, and no more",
		"SessionDuration is left out: AWS refuses it for a federated session, which sets the end itself",
	}
	most, why := maxFederation, "a federated session lives 36 h at most"
	if a.Resource == "root" {
		most, why = rootFederation, "a federated session of the root lives 1 h at most"
		c.Federation.Duration = most
	}
	if f.Wanted > 0 {
		c.Federation.Duration = f.Wanted
	}
	c.Federation.Duration, c.Reasons = within(c.Federation.Duration, most, c.Reasons, why)
	if c.WithoutMFA {
		c.Reasons = append(c.Reasons, WithoutMFA)
	}
	return c, nil
}

// chooseAsIs is for sessions that sign in as they are.
func chooseAsIs(f Facts) Choice {
	c := Choice{Way: AsIs}
	switch {
	case f.Kind == Federated:
		c.Reasons = []string{"a federated session signs in as it is", "SessionDuration is left out: AWS refuses it for a federated session"}
	case f.Kind == Role && f.Wanted > 0:
		c.Reasons = []string{"a role's session signs in as it is",
			"SessionDuration is left out, and the console ends with the role's session: AWS takes one only for a role that was assumed with the long-term key itself"}
	case f.Kind == Role:
		c.Reasons = []string{"a role's session signs in as it is", "SessionDuration is left out: the console ends with the role's session"}
	case f.Wanted == 0:
		c.Reasons = []string{"a role's session signs in as it is", "SessionDuration is left out, since none is asked for: the console ends with the role's session"}
	default:
		reasons := []string{"a role's session signs in as it is", fmt.Sprintf(
			"SessionDuration is sent: the role was assumed with the long-term key itself, so that the console may outlive the role's session, up to %s", hours(maxConsole))}
		c.SessionDuration, c.Reasons = within(f.Wanted, maxConsole, reasons, "the console stays signed in for 12 h at most")
	}
	return c
}

// within keeps a duration inside AWS's limits, in whole seconds, and says so.
func within(d, most time.Duration, reasons []string, why string) (time.Duration, []string) {
	switch {
	case d > most:
		return most, append(reasons, fmt.Sprintf("capped from %s: %s", hours(d), why))
	case d < minSession:
		return minSession, append(reasons, fmt.Sprintf("raised from %s: 15 min is the least", hours(d)))
	default:
		return d.Truncate(time.Second), reasons
	}
}

// hours writes a duration as people say it.
func hours(d time.Duration) string {
	d = d.Round(time.Minute)
	h, m := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %d min", h, m)
	}
}

var unnameable = regexp.MustCompile(`[^\w+=,.@-]+`)

// federationName is the name of the federated session, which CloudTrail shows:
// the user's, cut to what AWS takes (2 to 32 characters).
func federationName(a ARN) string {
	name := unnameable.ReplaceAllString(a.name(), "-")
	switch {
	case name == "":
		return "vaultbar"
	case len(name) < 2:
		return "vaultbar-" + name
	default:
		return name[:min(len(name), 32)]
	}
}
