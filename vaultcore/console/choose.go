package console

import (
	"cmp"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Kind is how credentials came about, as far as it matters to the console.
type Kind string

// The kinds of credentials. A session of sts:GetSessionToken is none: AWS signs
// nobody in with it, and whoever has made one has the key.
const (
	User       Kind = "user"                // a long-term key, of an IAM user or of the root
	Role       Kind = "role session"        // a role assumed with session credentials
	TokenRole  Kind = "token role session"  // a role assumed with a web identity token
	Issued     Kind = "issued session"      // a role's session whose life its source decides, as IAM Identity Center's
	Printed    Kind = "printed credentials" // by a program, which does not say whose they are
	DirectRole Kind = "direct role session" // sts:AssumeRole with the long-term key itself
	SignedIn   Kind = "browser's session"   // of a user or the root who has signed in by aws login, in a browser
)

// Facts is all that the choice depends on.
type Facts struct {
	Kind Kind
	// ARN is the user's, or the role's; empty when not known.
	ARN string
	// MFASerial is the device that the profile names; empty for none.
	MFASerial string
	// RoleLife is how long a role's session lives as its profile says; 0 when not
	// known.
	RoleLife time.Duration
	// Wanted is how long the console is to stay signed in; 0 for AWS's default.
	Wanted time.Duration
}

// Choice is how somebody signs in, and for how long.
type Choice struct {
	// Federation is what is asked of sts:GetFederationToken first, whose session
	// then signs in. The zero value means that the credentials sign in as they
	// are.
	Federation Federation
	// SessionDuration is sent to the sign-in; 0 leaves it out.
	SessionDuration time.Duration
	// Otherwise says why the console does not stay signed in as long as was
	// wanted; empty where it does.
	Otherwise string
	// AsItIs says that nobody is signed in: the browser is already.
	AsItIs bool
	// WithoutMFA says that the console's session will not count as one with
	// MFA, although the profile names a device.
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

// Choose decides how somebody signs in.
func Choose(f Facts) Choice {
	f.Wanted = max(f.Wanted, 0)
	switch f.Kind {
	case User:
		return chooseFederation(f)
	case Role:
		return chooseRole(f, aws.MaxChained)
	case TokenRole:
		return chooseRole(f, aws.MaxRole)
	case Issued:
		return chooseIssued(f, asItIs)
	case Printed:
		return chooseIssued(f, whosePrinted)
	case SignedIn:
		return Choice{AsItIs: true, Otherwise: asSignedIn, Reasons: []string{asSignedIn}}
	default:
		return chooseDirectRole(f)
	}
}

// chooseFederation is for IAM users, whose own credentials cannot sign in.
func chooseFederation(f Facts) Choice {
	a, _ := aws.ParseARN(f.ARN)
	c := Choice{WithoutMFA: f.MFASerial != "", Reasons: []string{
		"the key of an IAM user signs in through sts:GetFederationToken: AWS accepts neither the key itself nor a GetSessionToken session",
		"the federated session has every permission that the user has, and no more",
		"SessionDuration is left out: AWS refuses it for a federated session, which sets the end itself",
	}}
	standard, most, why := aws.MaxConsole, aws.MaxSession, "a federated session lasts 36 h at most"
	if a.Resource == "root" {
		standard, most, why = aws.MaxRootUser, aws.MaxRootUser, "a federated session of the root user lasts 1 h at most"
	}
	c.Federation = Federation{Name: federationName(a), Policy: everything}
	c.Federation.Duration = c.within(cmp.Or(f.Wanted, standard), most, why)
	if c.WithoutMFA {
		c.Reasons = append(c.Reasons, withoutMFA)
	}
	return c
}

// asSignedIn is why the console of who has signed in by aws login is only opened. Their
// credentials are a user's: neither the sign-in nor sts:GetFederationToken takes them.
const asSignedIn = "AWS does not sign in with the credentials of a user's `aws login`: the console opens as whoever the browser is signed in as, which should be the same user"

const (
	asItIs       = "a role's session signs in as it is"
	whosePrinted = "a role's session signs in as it is; AWS accepts neither a user's key nor a GetSessionToken session, and the program does not say which it prints"
)

const (
	endsWithSession = "SessionDuration is left out: the console ends with the role's session"
	onlyDirect      = "AWS accepts a longer time only for a role that was assumed with the long-term key itself"
)

// chooseRole is for roles whose console ends with their session, which lives as long
// as is asked for, up to most.
func chooseRole(f Facts, most time.Duration) Choice {
	if f.Wanted <= most {
		return Choice{Reasons: []string{asItIs, endsWithSession}}
	}
	return Choice{
		Otherwise: fmt.Sprintf("the console ends with the role's session, after %s at most instead of %s: %s", vaultcore.Length(most), vaultcore.Length(f.Wanted), onlyDirect),
		Reasons:   []string{asItIs, "SessionDuration is left out, and the console ends with the role's session: " + onlyDirect},
	}
}

// chooseIssued is for sessions of which nobody here can say how long they live: those
// of IAM Identity Center, as the permission set has it, of a machine and of a program.
func chooseIssued(f Facts, whether string) Choice {
	c := Choice{Reasons: []string{whether, endsWithSession}}
	if f.Wanted > 0 {
		c.Otherwise = fmt.Sprintf("the console ends with the role's session, not after %s: whoever issues that session decides how long it lasts", vaultcore.Length(f.Wanted))
	}
	return c
}

// chooseDirectRole is for roles whose console may outlive their session: it stays
// open as long as the role was to live, however old its session is.
func chooseDirectRole(f Facts) Choice {
	c := Choice{Reasons: []string{asItIs}}
	f.Wanted = cmp.Or(f.Wanted, f.RoleLife)
	if f.Wanted == 0 {
		c.Reasons = append(c.Reasons, "SessionDuration is left out, since none is asked for: the console ends with the role's session")
		return c
	}
	c.Reasons = append(c.Reasons, fmt.Sprintf(
		"SessionDuration is sent: the role was assumed with the long-term key itself, so the console may outlast the role's session, up to %s", vaultcore.Length(aws.MaxConsole)))
	c.SessionDuration = c.within(f.Wanted, aws.MaxConsole, "the console stays signed in for 12 h at most")
	return c
}

// within keeps a duration inside AWS's limits, in whole seconds, and says so.
func (c *Choice) within(d, most time.Duration, why string) time.Duration {
	switch {
	case d > most:
		c.Otherwise = fmt.Sprintf("capped from %s: %s", vaultcore.Length(d), why)
		d = most
	case d < aws.MinSession:
		c.Otherwise = fmt.Sprintf("raised from %s: 15 min is the minimum", vaultcore.Length(d))
		d = aws.MinSession
	default:
		return d.Truncate(time.Second)
	}
	c.Reasons = append(c.Reasons, c.Otherwise)
	return d
}

// federationName is the name of the federated session, which CloudTrail shows:
// the user's, cut to what AWS takes (2 to 32 characters).
func federationName(a aws.ARN) string {
	name := aws.SessionName(a.Name())
	switch {
	case name == "":
		return "vaultbar"
	case len(name) < 2:
		return "vaultbar-" + name
	default:
		return name[:min(len(name), 32)]
	}
}
