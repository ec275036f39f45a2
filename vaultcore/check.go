package vaultcore

import "slices"

// Verdict is what came of a [Check].
type Verdict string

// The verdicts.
const (
	CheckOK   Verdict = "ok"
	CheckWarn Verdict = "warn" // it works, and not as somebody may think
	CheckFail Verdict = "fail" // something does not work
)

// Check is one thing that `vaultbar doctor` has looked at. It holds no secret.
type Check struct {
	Name    string  `json:"check"` // of what was looked at: "config"
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`           // one line
	Next    string  `json:"next,omitempty"` // what to do about it
}

// Surroundings is what a command knows of where it was called, for whoever looks at how
// things are set up. It holds no secret.
type Surroundings struct {
	Command string `json:"command,omitempty"` // its own absolute path
	// Variables are those that AWS's tools look at, and PATH. Of one that is secret it
	// says that it is set.
	Variables map[string]string `json:"variables,omitempty"`
}

// Get returns a variable, or "".
func (s Surroundings) Get(name string) string { return s.Variables[name] }

// The variables of [Surroundings]. Those of secrets are said to be set, and no more.
var (
	shownVariables = []string{
		"AWS_CONFIG_FILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_DEFAULT_PROFILE", "AWS_EC2_METADATA_DISABLED", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE",
		"AWS_VAULT", "AWS_WEB_IDENTITY_TOKEN_FILE", "PATH", "VAULTBAR_BACKEND",
	}
	secretVariables = []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	}
)

// SurroundingsOf takes them from a program's environment. Paths are made whole, as in
// an [Environment].
func SurroundingsOf(getenv func(string) string, command string) Surroundings {
	s := Surroundings{Command: command, Variables: map[string]string{}}
	for _, name := range shownVariables {
		value := getenv(name)
		if slices.Contains(environmentPaths, name) {
			value = whole(value)
		}
		if value != "" {
			s.Variables[name] = value
		}
	}
	for _, name := range secretVariables {
		if getenv(name) != "" {
			s.Variables[name] = "set"
		}
	}
	return s
}

// Failing says whether anything that was looked at does not work.
func Failing(checks []Check) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.Verdict == CheckFail })
}

// Candidate is one of the places where AWS's tools look for a profile's credentials.
type Candidate struct {
	Name string `json:"place"`           // "credential_process"
	Text string `json:"text"`            // what is there, or why it is passed over
	Wins bool   `json:"wins,omitempty"`  // it is the one that is used
	Has  bool   `json:"there,omitempty"` // there are credentials
}

// Search is how some of AWS's tools look for a profile's credentials: the places in
// their order.
type Search struct {
	Tools  string      `json:"tools"` // "aws, boto3"
	Places []Candidate `json:"places"`
}
