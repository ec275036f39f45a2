package agent

import (
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

// inbound is any frame that a client sends: a request, which has an op, or the
// answer to a question.
type inbound struct {
	V      int         `json:"v,omitempty"`
	Op     string      `json:"op,omitempty"`
	Answer *wireAnswer `json:"answer,omitempty"`

	Profile   string   `json:"profile,omitempty"`
	MinTTL    span     `json:"min_ttl,omitempty"`
	NoSession bool     `json:"no_session,omitempty"`
	Duration  span     `json:"duration,omitempty"`
	Region    string   `json:"region,omitempty"`
	Key       *wireKey `json:"key,omitempty"`

	EditConfig bool     `json:"edit_config,omitempty"`
	MFASerial  string   `json:"mfa_serial,omitempty"`
	Profiles   []string `json:"profiles,omitempty"`
	Command    string   `json:"command,omitempty"`
	Undo       bool     `json:"undo,omitempty"`
	Agreed     string   `json:"agreed,omitempty"`
	Setting    string   `json:"setting,omitempty"`
	Value      string   `json:"value,omitempty"`

	Service     string    `json:"service,omitempty"`
	Path        string    `json:"path,omitempty"`
	Address     string    `json:"address,omitempty"`
	Link        bool      `json:"link,omitempty"`
	Print       bool      `json:"print,omitempty"`
	LogoutFirst bool      `json:"logout_first,omitempty"`
	Browser     string    `json:"browser,omitempty"`
	Isolation   Isolation `json:"isolation,omitempty"`
	Isolated    string    `json:"isolated,omitempty"` // the name of a kept browser profile
	Private     bool      `json:"private,omitempty"`

	changed func() // what a watch is to call; never on the wire

	// Who asks, and how its person can be asked.
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

// Format prints no field: fmt would follow the pointers in it to the secrets.
func (inbound) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[request]") }

// wireKey is a long-term key on its way into the keychain.
type wireKey struct {
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey revealed  `json:"secret_access_key"`
	SessionToken    revealed  `json:"session_token,omitempty"`
	Expires         time.Time `json:"expires,omitzero"`
	AccountID       string    `json:"account_id,omitempty"`
}

func keyOf(c vaultcore.Credentials) *wireKey {
	return &wireKey{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: revealed(c.SecretAccessKey.Reveal()),
		SessionToken:    revealed(c.SessionToken.Reveal()),
		Expires:         c.Expires,
		AccountID:       c.AccountID,
	}
}

// credentials are the zero ones when no key was sent.
func (k *wireKey) credentials() vaultcore.Credentials {
	if k == nil {
		return vaultcore.Credentials{}
	}
	return vaultcore.Credentials{
		AccessKeyID:     k.AccessKeyID,
		SecretAccessKey: vaultcore.NewSecret(string(k.SecretAccessKey)),
		SessionToken:    vaultcore.NewSecret(string(k.SessionToken)),
		Expires:         k.Expires,
		AccountID:       k.AccountID,
	}
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

// withdrawal ends the question with this id: nobody waits for its answer.
type withdrawal struct {
	ID int `json:"id"`
}

// wireError is a failure on the wire.
type wireError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// setCaller says who asks. A caller that cannot be asked sends nothing about
// its terminal: what is not offered is never used.
func (f *inbound) setCaller(c vaultcore.Caller) {
	f.Prompt, f.Program = c.Prompt, c.Program
	if c.Ask == nil {
		return
	}
	f.Answers = c.Silent
	f.TTY = c.Terminal == vaultcore.TerminalAttended
	if c.Terminal == vaultcore.TerminalReachable {
		f.Terminal = c.Terminal
	}
	f.Approves = c.Terminal != vaultcore.NoTerminal
}

// checkPrompt refuses a prompt mode of a newer version: it is a limit that the
// caller sets, and one that is not understood is not kept.
func (f *inbound) checkPrompt() error {
	switch f.Prompt {
	case "", vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptNone:
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "the running app does not know the prompt mode %q", vaultcore.Printable(string(f.Prompt)))
}

// describe fills in what the frame says about its sender.
func (f *inbound) describe(c *vaultcore.Caller) {
	c.Prompt, c.Silent = f.Prompt, f.Answers
	if c.Prompt == "" {
		c.Prompt = vaultcore.PromptAuto
	}
	if f.Program != "" {
		c.Program = f.Program
	}
	switch {
	case f.TTY:
		c.Terminal = vaultcore.TerminalAttended
	case f.Terminal == vaultcore.TerminalReachable:
		c.Terminal = vaultcore.TerminalReachable
	}
}

// askable says whether the sender can be asked anything.
func (f *inbound) askable() bool {
	return f.TTY || f.Terminal == vaultcore.TerminalReachable || len(f.Answers) > 0
}
