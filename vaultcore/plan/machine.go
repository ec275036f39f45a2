package plan

import (
	"github.com/vaultbar/vaultbar/vaultcore"
)

// Machine is what the environment of whoever asks says of credentials that are there
// without Vaultbar (credential_source). It holds no secret, and can be compared.
type Machine struct {
	Keys      string // tells the program's own keys from others: a hash; empty for none
	Temporary bool   // they are those of a session

	Container string // the address where a container gets its credentials; empty for none
	Token     string // tells the token to show there from others: a hash; empty for none
	TokenFile string // where that token is read instead; empty for nowhere

	Metadata   string // the address of an EC2 instance's metadata; empty for the usual one
	NoMetadata bool   // they are not to be asked
}

// The values of credential_source.
const (
	OfEnvironment = "Environment"
	OfContainer   = "EcsContainer"
	OfInstance    = "Ec2InstanceMetadata"
)

// OfCaller says whether the step's credentials are those that whoever asks has, and
// sends along.
func (s Step) OfCaller() bool {
	return s.Source.Kind == vaultcore.MachineSource && s.Source.Value == OfEnvironment
}

// Fleeting says whether nothing of the plan's sessions may outlive the app: what they
// start from is not in the keychain either.
func (p Plan) Fleeting() bool {
	return len(p.Steps) > 0 && p.Steps[0].Source.Kind == vaultcore.MachineSource
}

// ofMachine checks that a machine has what the base's credential_source names.
func (c chain) ofMachine(m Machine) error {
	switch {
	case c.base.Source.Value == OfEnvironment && c.base.RoleARN == "":
		return fault(c.base, "it has %s, but no role_arn to assume", c.base.Source).
			WithHint("set role_arn for %s; a program with keys in its environment needs no profile to use them", shown(c.base.Name))
	case c.base.Source.Value == OfContainer && m.Container == "":
		return c.noMachine("the environment of the calling program names no container",
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI is set inside an ECS or EKS container: use the profile there")
	case c.base.Source.Value == OfInstance && m.NoMetadata:
		return c.noMachine("AWS_EC2_METADATA_DISABLED turns off the instance metadata", "unset it")
	default:
		return nil
	}
}

func (c chain) noMachine(why, hint string) error {
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "no credentials for %q: it has %s, and %s", shown(c.base.Name), c.base.Source, why).
		WithHint("%s", hint)
}

// lasting says whether the plan starts with long-term keys of the program that asks.
// While they are not known, they are taken for such.
func (c chain) lasting(m Machine) bool {
	return c.keyless && c.base.Source.Kind == vaultcore.MachineSource && c.base.Source.Value == OfEnvironment && !m.Temporary
}

// withMachine completes the step that gets a machine's credentials.
func (s Step) withMachine(m Machine) Step {
	switch s.Source.Value {
	case OfEnvironment:
		s.Source.Caller = m.Keys
		s.Reasons = append(s.Reasons, "the calling command sends the keys in its environment; they are stored nowhere")
	case OfContainer:
		s.Endpoint, s.Source.Caller, s.Source.TokenFile = m.Container, m.Token, m.TokenFile
	case OfInstance:
		s.Endpoint = m.Metadata
	}
	return s
}
