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
	Remote   bool `json:"remote,omitempty"` // the person sits at another machine
}

// senderOf says who asks. A caller that cannot be asked sends nothing about its
// terminal: what is not offered is never used.
func senderOf(c *vaultcore.Caller, env vaultcore.Environment) sender {
	s := sender{Prompt: c.Prompt, Program: c.Program, Env: env.Values()}
	if c.Ask == nil {
		return s
	}
	s.Answers = c.Preanswered
	s.TTY = c.Terminal == vaultcore.TerminalAttended
	if c.Terminal == vaultcore.TerminalReachable {
		s.Terminal = c.Terminal
	}
	s.Approves, s.Remote = c.Terminal != vaultcore.NoTerminal, c.Remote
	return s
}

// checkPrompt refuses a prompt mode of a newer version: it is a limit that the
// caller sets, and one that is not understood is not kept.
func (s *sender) checkPrompt() error {
	switch s.Prompt {
	case "", vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptNone, vaultcore.PromptYkman:
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "the running app does not know the prompt mode %q", vaultcore.Printable(string(s.Prompt)))
}

// describe fills in what a frame says about its sender.
func (s *sender) describe(c *vaultcore.Caller) {
	c.Prompt, c.Preanswered, c.Remote = s.Prompt, s.Answers, s.Remote
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
	Part   *R `json:"part,omitempty"` // the first of a long result; more follows
	Result *R `json:"result,omitempty"`
	notice
}

// notice is what a frame holds that is no result.
type notice struct {
	V        int           `json:"v,omitempty"` // only told to a peer of another version
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
