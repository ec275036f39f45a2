package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// String is the plan on one line: `1. key "base"   2. session, MFA arn:…, 8h
// 3. role arn:…, 1h`.
func (p Plan) String() string {
	lines := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		lines[i] = fmt.Sprintf("%d. %s", i+1, s)
	}
	return strings.Join(lines, "   ")
}

// String is the step in a few words.
func (s Step) String() string {
	mfa := ""
	if s.MFASerial != "" {
		mfa = ", MFA " + s.MFASerial
	}
	switch s.Kind {
	case Key:
		return fmt.Sprintf("key %q", shown(s.KeyName))
	case Session:
		return fmt.Sprintf("session%s, %s", mfa, vaultcore.Short(s.Duration))
	case Role:
		capped := ""
		if s.CappedFrom != 0 {
			capped = fmt.Sprintf(" (capped from %s)", vaultcore.Short(s.CappedFrom))
		}
		return fmt.Sprintf("role %s%s, %s%s%s", s.RoleARN, mfa, vaultcore.Short(s.Duration), capped, s.narrowed())
	case Kind(vaultcore.SSOSource):
		return fmt.Sprintf("sign-in to %q, role %s in %s", shown(s.Source.SignIn.Name()), shown(s.Source.Role), s.Source.Account)
	case Kind(vaultcore.WebIdentitySource):
		return fmt.Sprintf("role %s with a web identity token, %s%s", s.RoleARN, vaultcore.Short(s.Duration), s.narrowed())
	default:
		return fmt.Sprintf("%s %q", s.Kind, shown(s.Source.Value))
	}
}

func (s Step) narrowed() string {
	if s.Policy == "" {
		return ""
	}
	return ", limited by " + s.Policy
}

// Title names the step for a person: "key of bastion", "session with MFA",
// "role admin".
func (s Step) Title() string {
	switch {
	case s.Kind == Key:
		return "key of " + shown(s.KeyName)
	case s.Role() != "":
		return "role " + shown(s.Role())
	case s.Source.Kind == vaultcore.MachineSource:
		return machineTitles[s.Source.Value]
	case s.Kind != Session:
		return s.Source.Kind.Title()
	case s.MFASerial == "":
		return "session without MFA"
	default:
		return "session with MFA"
	}
}

// machineTitles name what a machine has.
var machineTitles = map[string]string{
	OfEnvironment: "keys of the environment", OfContainer: "credentials of the container", OfInstance: "credentials of the EC2 instance",
}

// Detail says what the step asks AWS for: "arn:…:mfa/ann, 8 h", "1 h (capped
// from 4 h: …)"; for a source what the config says of it. It is empty for a key.
func (s Step) Detail() string {
	if s.Source.Kind == vaultcore.SSOSource {
		return "of IAM Identity Center, with the sign-in to " + shown(s.Source.SignIn.Name())
	}
	text := vaultcore.Length(s.Duration)
	switch {
	case s.Source.Kind == vaultcore.MachineSource:
		return s.Source.String()
	case s.Source.Kind == vaultcore.WebIdentitySource:
		return fmt.Sprintf("with the token of %s = %s, %s", s.Source.Key, shown(s.Source.Value), text)
	case s.Kind != Session && s.Kind != Role:
		return vaultcore.PrintableUpTo(s.Source.Value, maxCommand)
	}
	if s.CappedFrom != 0 {
		text += fmt.Sprintf(" (capped from %s: a role assumed with session credentials lasts 1 h at most)", vaultcore.Length(s.CappedFrom))
	}
	switch {
	case s.MFASerial == "":
		return text
	case s.Kind == Role:
		return fmt.Sprintf("with MFA %s, %s", s.MFASerial, text)
	default:
		return fmt.Sprintf("%s, %s", s.MFASerial, text)
	}
}

// Elsewhere says where the step's requests go, if that is not the usual: to another
// endpoint, to one of AWS's variants, through a proxy ("to http://127.0.0.1:4566", "to
// AWS's FIPS endpoint", "through the proxy http://proxy:3128"). It is empty otherwise.
func (s Step) Elsewhere() string {
	var words []string
	if s.Endpoint != "" {
		words = append(words, "to "+vaultcore.Printable(s.Endpoint))
	}
	if s.Authority != "" && s.Authority != s.Endpoint {
		words = append(words, "to "+vaultcore.Printable(s.Authority)+" for the sign-in")
	}
	if s.Variant != (vaultcore.Variant{}) && s.ownHosts() {
		words = append(words, "to AWS's "+s.Variant.String()+" endpoint")
	}
	if s.Via.Proxy != "" {
		words = append(words, "through the proxy "+vaultcore.Printable(s.Via.Proxy))
	}
	return strings.Join(words, ", ")
}

// Notice is [Step.Elsewhere] as a sentence, for a question whose answer the step sends
// there.
func (s Step) Notice() string {
	if where := s.Elsewhere(); where != "" {
		return "Requests go " + where + "."
	}
	return ""
}

// Endpoints are what is asked in place of AWS's own on the way, each once.
func (p Plan) Endpoints() []string {
	var all []string
	for _, step := range p.Steps {
		for _, endpoint := range []string{step.Endpoint, step.Authority} {
			if endpoint != "" && !slices.Contains(all, endpoint) {
				all = append(all, endpoint)
			}
		}
	}
	return all
}

// Call is the STS call that the step makes, as `vaultbar list` names it:
// "sts.AssumeRole", or what else makes its session. It is empty for a key.
func (s Step) Call() string {
	switch s.Kind {
	case Session:
		return "sts.GetSessionToken"
	case Role:
		return "sts.AssumeRole"
	case Kind(vaultcore.SSOSource):
		return "sso.GetRoleCredentials"
	case Kind(vaultcore.WebIdentitySource):
		return "sts.AssumeRoleWithWebIdentity"
	case Kind(vaultcore.LoginSource):
		return "signin.CreateOAuth2Token"
	case Kind(vaultcore.ProcessSource):
		return s.Source.Key
	default:
		return ""
	}
}

// Role is the name, without its path, of the role that the step assumes, or that of
// its permission set; empty for other steps.
func (s Step) Role() string {
	if s.Source.Role != "" {
		return s.Source.Role
	}
	_, name, _ := aws.ParseRole(s.RoleARN)
	return name
}

// Asks says whether a person is asked for an MFA code when step i is carried
// out.
func (p Plan) Asks(i int) bool {
	return i >= 0 && i < len(p.Steps) && p.Steps[i].MFASerial != ""
}

// Device is the MFA device that the plan asks for; empty for none. No plan asks
// for two.
func (p Plan) Device() string {
	for _, s := range p.Steps {
		if s.MFASerial != "" {
			return s.MFASerial
		}
	}
	return ""
}

// Last is the step whose credentials are handed out.
func (p Plan) Last() Step {
	if len(p.Steps) == 0 {
		return Step{}
	}
	return p.Steps[len(p.Steps)-1]
}

// Source is the name of the key that the plan starts from; empty for another source.
func (p Plan) Source() string {
	if len(p.Steps) == 0 {
		return ""
	}
	return p.Steps[0].KeyName
}

// Root names what the plan starts from: its key, or a source in a way in which no
// key is named.
func (p Plan) Root() string {
	if name := p.Source(); name != "" || len(p.Steps) == 0 {
		return name
	}
	return fmt.Sprintf("%s\n%s", p.Steps[0].Kind, p.Steps[0].Source.Value)
}

// Title says on one line what the plan leads to: "role admin in account
// 222222222222, region ap-northeast-1".
func (p Plan) Title() string {
	last := p.Last()
	text := last.Title()
	switch last.Kind {
	case Key:
		text = "long-term " + text
	case Session:
		text = strings.Replace(text, "session", "session of "+shown(p.Source()), 1)
	}
	if account := last.Account(); account != "" {
		text += " in account " + account
	}
	if p.Region != "" {
		text += ", region " + p.Region
	}
	return text
}
