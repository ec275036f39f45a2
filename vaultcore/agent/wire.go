package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// protocol is the major version of the protocol. Within a major version fields
// and operations are only added. A client ignores fields that it does not know. A
// server refuses them, like operations that it does not know, as of a newer
// version: see strict.go.
const protocol = 1

// revealed is a secret on its way through the socket. Only the frames that
// exist to carry a secret have fields of this type, which a test holds.
type revealed string

// Format prints "[secret]" whatever the verb, as the secret itself does.
func (revealed) Format(f fmt.State, verb rune) { vaultcore.Secret{}.Format(f, verb) }

// span is a duration as text: "15m".
type span time.Duration

// MarshalText writes the duration as [time.Duration.String] does.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads; no span is negative.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if d < 0 {
		return fmt.Errorf("the duration %s is negative", d)
	}
	*s = span(d)
	return nil
}

// inbound is what every frame of a client has: a request, which has an op and the
// fields of its operation beside these, or the answer to a question.
type inbound struct {
	V      int         `json:"v,omitempty"`
	Op     string      `json:"op,omitempty"`
	Answer *wireAnswer `json:"answer,omitempty"`
	sender
}

// Format prints no field: fmt would follow the pointers in it to the secrets.
func (inbound) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[request]") }

// sender is who asks, and how its person can be asked.
type sender struct {
	TTY      bool                     `json:"tty,omitempty"`      // a person sits at the terminal
	Terminal vaultcore.Terminal       `json:"terminal,omitempty"` // "reachable": there is a terminal all the same
	Prompt   vaultcore.PromptMode     `json:"prompt,omitempty"`
	Answers  []vaultcore.QuestionKind `json:"answers,omitempty"` // what is answered without a person
	Program  string                   `json:"program,omitempty"` // a better name than the one the server sees
	Env      map[string]string        `json:"env,omitempty"`     // see vaultcore.Environment
	// Approves says that the sender knows what an approval is. One of an earlier
	// version would take it for a question for the passphrase.
	Approves bool `json:"approves,omitempty"`
}

// senderOf says who asks. A caller that cannot be asked sends nothing about its
// terminal: what is not offered is never used.
func senderOf(c vaultcore.Caller, env vaultcore.Environment) sender {
	s := sender{Prompt: c.Prompt, Program: c.Program, Env: env.Values()}
	if c.Ask == nil {
		return s
	}
	s.Answers = c.Silent
	s.TTY = c.Terminal == vaultcore.TerminalAttended
	if c.Terminal == vaultcore.TerminalReachable {
		s.Terminal = c.Terminal
	}
	s.Approves = c.Terminal != vaultcore.NoTerminal
	return s
}

// checkPrompt refuses a prompt mode of a newer version: it is a limit that the
// caller sets, and one that is not understood is not kept.
func (s *sender) checkPrompt() error {
	switch s.Prompt {
	case "", vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptNone:
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "the running app does not know the prompt mode %q", vaultcore.Printable(string(s.Prompt)))
}

// describe fills in what a frame says about its sender.
func (s *sender) describe(c *vaultcore.Caller) {
	c.Prompt, c.Silent = s.Prompt, s.Answers
	if c.Prompt == "" {
		c.Prompt = vaultcore.PromptAuto
	}
	if s.Program != "" {
		c.Program = s.Program
	}
	switch {
	case s.TTY:
		c.Terminal = vaultcore.TerminalAttended
	case s.Terminal == vaultcore.TerminalReachable:
		c.Terminal = vaultcore.TerminalReachable
	}
}

// askable says whether the sender can be asked anything.
func (s *sender) askable() bool {
	return s.TTY || s.Terminal == vaultcore.TerminalReachable || len(s.Answers) > 0
}

// wireAnswer is what a person said to the question with this id.
type wireAnswer struct {
	ID       int        `json:"id"`
	Text     revealed   `json:"text,omitempty"`
	Canceled bool       `json:"canceled,omitempty"`
	Error    *wireError `json:"error,omitempty"` // why it could not be asked
}

// outbound is any frame that a server sends. Exactly one field is set; a
// client ignores a frame with none that it knows.
type outbound[R any] struct {
	V        int           `json:"v,omitempty"`    // only told to a peer of another version
	Part     *R            `json:"part,omitempty"` // the first of a long result; more follows
	Result   *R            `json:"result,omitempty"`
	Error    *wireError    `json:"error,omitempty"`
	Ask      *wireQuestion `json:"ask,omitempty"`
	Withdraw *withdrawal   `json:"withdraw,omitempty"`
	Changed  bool          `json:"changed,omitempty"` // a new snapshot would differ; only during a watch
}

// wireError is a failure on the wire.
type wireError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// withdrawal ends the question with this id: nobody waits for its answer.
type withdrawal struct {
	ID int `json:"id"`
}

// former is a request that has another form on the wire: durations as text, and
// secrets, whose own type refuses to be written.
type former interface{ form() any }

// formOf is the form of a request on the wire.
func formOf(request any) any {
	if r, ok := request.(former); ok {
		return r.form()
	}
	return request
}

type credentialsForm struct {
	Profile   string `json:"profile,omitempty"`
	MinTTL    span   `json:"min_ttl,omitempty"`
	NoSession bool   `json:"no_session,omitempty"`
	Duration  span   `json:"duration,omitempty"`
	Region    string `json:"region,omitempty"`
}

func (r *CredentialsRequest) form() any {
	return credentialsForm{r.Profile, span(r.MinTTL), r.NoSession, span(r.Duration), r.Region}
}

// UnmarshalJSON reads the form on the wire.
func (r *CredentialsRequest) UnmarshalJSON(text []byte) error {
	var f credentialsForm
	err := json.Unmarshal(text, &f)
	*r = CredentialsRequest{Profile: f.Profile, MinTTL: time.Duration(f.MinTTL), NoSession: f.NoSession, Duration: time.Duration(f.Duration), Region: f.Region}
	return err
}

// The forms below have the fields of their request but for those that they name
// themselves. The names of the first are repeated for the sake of their order.
type (
	loginFields LoginRequest
	loginForm   struct {
		Profile  string `json:"profile,omitempty"`
		Duration span   `json:"duration,omitempty"`
		loginFields
	}
	addFields AddRequest
	addForm   struct {
		Profile string  `json:"profile,omitempty"`
		Region  string  `json:"region,omitempty"`
		Key     wireKey `json:"key"`
		addFields
	}
	identifyForm struct {
		Profile string  `json:"profile,omitempty"`
		Key     wireKey `json:"key"`
	}
)

func (r *LoginRequest) form() any {
	return loginForm{r.Profile, span(r.Duration), loginFields(*r)}
}

// UnmarshalJSON reads the form on the wire.
func (r *LoginRequest) UnmarshalJSON(text []byte) error {
	var f loginForm
	err := json.Unmarshal(text, &f)
	*r = LoginRequest(f.loginFields)
	r.Profile, r.Duration = f.Profile, time.Duration(f.Duration)
	return err
}

func (r *AddRequest) form() any { return addForm{r.Profile, r.Region, keyOf(r.Key), addFields(*r)} }

// UnmarshalJSON reads the form on the wire.
func (r *AddRequest) UnmarshalJSON(text []byte) error {
	var f addForm
	err := json.Unmarshal(text, &f)
	*r = AddRequest(f.addFields)
	r.Profile, r.Region, r.Key = f.Profile, f.Region, f.Key.credentials()
	return err
}

func (r *IdentifyRequest) form() any { return identifyForm{r.Profile, keyOf(r.Key)} }

// UnmarshalJSON reads the form on the wire.
func (r *IdentifyRequest) UnmarshalJSON(text []byte) error {
	var f identifyForm
	err := json.Unmarshal(text, &f)
	*r = IdentifyRequest{Profile: f.Profile, Key: f.Key.credentials()}
	return err
}

// wireKey is a long-term key on its way into the keychain.
type wireKey struct {
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey revealed  `json:"secret_access_key"`
	SessionToken    revealed  `json:"session_token,omitempty"`
	Expires         time.Time `json:"expires,omitzero"`
	AccountID       string    `json:"account_id,omitempty"`
}

func keyOf(c vaultcore.Credentials) wireKey {
	return wireKey{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: revealed(c.SecretAccessKey.Reveal()),
		SessionToken:    revealed(c.SessionToken.Reveal()),
		Expires:         c.Expires.Round(0),
		AccountID:       c.AccountID,
	}
}

func (k wireKey) credentials() vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID:     k.AccessKeyID,
		SecretAccessKey: vaultcore.NewSecret(string(k.SecretAccessKey)),
		SessionToken:    vaultcore.NewSecret(string(k.SessionToken)),
		Expires:         k.Expires,
		AccountID:       k.AccountID,
	}
}

// credentialsReply and loginReply are the only replies that carry secrets.
type credentialsReply struct {
	wireKey
	Region   string   `json:"region,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

func credentialsToWire(r CredentialsResult) credentialsReply {
	return credentialsReply{keyOf(r.Credentials), r.Region, r.Warnings}
}

func (r credentialsReply) result() CredentialsResult {
	return CredentialsResult{r.credentials(), r.Region, r.Warnings}
}

// loginReply carries a secret only where the request was to print it.
type loginReply struct {
	Address revealed `json:"address,omitempty"`
	LoginResult
}

func loginToWire(r LoginResult) loginReply {
	return loginReply{revealed(r.Address.Reveal()), r}
}

func (r loginReply) result() LoginResult {
	r.LoginResult.Address = vaultcore.NewSecret(string(r.Address))
	return r.LoginResult
}

// The lists have a name on the wire, so that something can be added beside them.
type (
	profilesReply struct {
		Profiles []string `json:"profiles"`
	}
	servicesReply struct {
		Services []ConsoleService `json:"services"`
	}
	settingsReply struct {
		Settings []Setting `json:"settings"`
	}
)

func profilesToWire(names []string) profilesReply            { return profilesReply{names} }
func (r profilesReply) names() []string                      { return r.Profiles }
func servicesToWire(services []ConsoleService) servicesReply { return servicesReply{services} }
func (r servicesReply) services() []ConsoleService           { return r.Services }
func settingsToWire(settings []Setting) settingsReply {
	return settingsReply{append([]Setting{}, settings...)}
}
func (r settingsReply) settings() []Setting { return r.Settings }

// snapshotReply has the questions of a snapshot in the form that they are asked in.
type snapshotReply struct {
	Profiles []vaultcore.ProfileState `json:"profiles"`
	Keys     []string                 `json:"keys"` // null when the keychain cannot tell
	Asking   []*wireQuestion          `json:"asking,omitempty"`
	vaultcore.Snapshot
}

func snapshotToWire(s vaultcore.Snapshot) snapshotReply {
	r := snapshotReply{Profiles: s.Profiles, Keys: s.Keys, Snapshot: s}
	if r.Profiles == nil {
		r.Profiles = []vaultcore.ProfileState{}
	}
	for _, q := range s.Asking {
		r.Asking = append(r.Asking, questionToWire(0, q))
	}
	return r
}

func (r snapshotReply) snapshot() vaultcore.Snapshot {
	s := r.Snapshot
	s.Profiles, s.Keys = r.Profiles, r.Keys
	for _, q := range r.Asking {
		s.Asking = append(s.Asking, q.question())
	}
	return s
}

// halves divides a snapshot of more profiles than fit into a frame.
func (r snapshotReply) halves() (first, rest any, ok bool) {
	half := len(r.Profiles) / 2
	if half == 0 {
		return nil, nil, false
	}
	last := r
	last.Profiles = r.Profiles[half:]
	return snapshotReply{Profiles: r.Profiles[:half]}, last, true
}

// join puts a part before the reply that it is a part of.
func (r *snapshotReply) join(part *snapshotReply) {
	r.Profiles = append(part.Profiles, r.Profiles...)
}
