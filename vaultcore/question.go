package vaultcore

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// QuestionKind is what a person is asked for.
type QuestionKind string

// The kinds of question.
const (
	AskMFA           QuestionKind = "mfa"            // the six digits of a TOTP device
	AskPassphrase    QuestionKind = "passphrase"     // of the file keychain
	AskNewPassphrase QuestionKind = "new-passphrase" // of a file keychain that is being made; typed twice
	AskApproval      QuestionKind = "approval"       // one of several choices; see [Approval]
	AskSignInCode    QuestionKind = "sign-in-code"   // the text that a page shows at the end of a sign-in elsewhere; one line
)

// Question is one question put to a person.
type Question struct {
	Kind    QuestionKind `json:"kind"`
	Profile string       `json:"profile,omitempty"` // the profile that needs the answer; may be empty for a passphrase
	Device  string       `json:"device,omitempty"`  // the MFA device's serial, or the keychain's folder
	Notice  string       `json:"notice,omitempty"`  // what to know before answering, as a sentence; may be empty
	Again   bool         `json:"again,omitempty"`   // it is asked again, after an answer that was wrong
	Waiting []Caller     `json:"waiting,omitempty"`

	// Subject is what is to be allowed, and Choices are the answers to choose
	// from: of an approval only.
	Subject string   `json:"subject,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	// Asker tells approvals of one subject apart that are about who asks; it is empty
	// for those that are not.
	Asker string `json:"asker,omitempty"`
	// Wants is of an approval of a program that wants something of a profile.
	Wants *Wanted `json:"wants,omitempty"`

	// SignIn is the name of the sign-in that an approval or a code is about; see
	// [SignInApproval]. Address is a page that the person has to open for it: it is
	// shown whole, on a line of its own.
	SignIn  string `json:"sign_in,omitempty"`
	Address string `json:"address,omitempty"`
}

// ID tells questions apart: two questions with one ID have one answer.
func (q Question) ID() string {
	switch {
	case q.SignIn != "": // whether, and then the page: who says no to one says no to both
		return string(q.Kind) + " to sign in to " + q.SignIn
	case q.Kind == AskApproval:
		return string(q.Kind) + " " + q.Subject + q.Asker
	default:
		return string(q.Kind) + " " + q.Device
	}
}

// Hidden says whether the answer must not be echoed.
func (q Question) Hidden() bool { return q.Kind == AskPassphrase || q.Kind == AskNewPassphrase }

// Text is the question as one line for a terminal, without the colon.
func (q Question) Text() string {
	switch q.Kind {
	case AskMFA:
		return fmt.Sprintf("MFA code for %s (%s)", Printable(q.Profile), Printable(q.Device))
	case AskNewPassphrase:
		return "Choose a passphrase for the Vaultbar keychain"
	case AskApproval:
		if q.Wants != nil {
			return "Allow it? " + q.keys() // who wants what is said above
		}
		return q.SafeSubject() + " " + q.keys()
	case AskSignInCode:
		return "Code from the page"
	default:
		return "Passphrase of the Vaultbar keychain"
	}
}

// Who says who waits, as a sentence: "terraform (in ~/infra) and 19 more ask
// for prod-admin." Empty when nobody is known.
func (q Question) Who() string {
	switch {
	case len(q.Waiting) == 0:
		return ""
	case q.SignIn != "":
		return q.signsIn()
	case q.Waiting[0].Clicked:
		return q.clicked()
	case q.Wants != nil:
		return q.wants()
	}
	who, verb := q.Waiting[0].String(), "is asking"
	if more := len(q.Waiting) - 1; more > 0 {
		who, verb = andMore(who, more), "are asking"
	}
	profile := q.Waiting[0].Profile
	if profile == "" {
		profile = q.Profile
	}
	if profile == "" {
		return fmt.Sprintf("%s %s.", who, verb)
	}
	return fmt.Sprintf("%s %s for %s.", who, verb, Printable(profile))
}

func andMore(who string, more int) string { return fmt.Sprintf("%s and %d more", who, more) }

// signsIn says who needs a sign-in: "terraform (in ~/infra) and 3 more need you to
// sign in to corp."
func (q Question) signsIn() string {
	to := "sign in to " + Printable(q.SignIn) + "."
	switch more := len(q.Waiting) - 1; {
	case q.Waiting[0].Clicked:
		return "To " + to
	case more > 0:
		return fmt.Sprintf("%s and %d more need you to %s", q.Waiting[0], more, to)
	default:
		return fmt.Sprintf("%s needs you to %s", q.Waiting[0], to)
	}
}

// SafeAddress is the page that a person has to open, safe to show; empty for none.
func (q Question) SafeAddress() string { return PrintableUpTo(q.Address, maxAddress) }

// maxAddress is how many characters the address of a page has at most.
const maxAddress = 2048

// clicked says that it was the person's own click: "To start the session of prod;
// 2 more are waiting." It is empty of an approval that is about no profile: its subject says it.
func (q Question) clicked() string {
	text, name := "To start a session", cmp.Or(q.Waiting[0].Profile, q.Profile)
	switch {
	case name != "":
		text = "To start the session of " + Printable(name)
	case q.Kind == AskApproval:
		return ""
	}
	switch more := len(q.Waiting) - 1; more {
	case 0:
		return text + "."
	case 1:
		return text + "; 1 more is waiting."
	default:
		return fmt.Sprintf("%s; %d more are waiting.", text, more)
	}
}

// Terminal is how well a caller's terminal can be used to ask.
type Terminal string

// The states of a caller's terminal.
const (
	NoTerminal        Terminal = ""          // none
	TerminalReachable Terminal = "reachable" // it has one, but nobody is known to look at it
	TerminalAttended  Terminal = "attended"  // a person sits at it: stdin and stderr are terminals and it does not serve credential_process
)

// PromptMode is where a caller wants questions to go.
type PromptMode string

// The prompt modes of the --prompt flag.
const (
	PromptAuto     PromptMode = "auto"
	PromptTerminal PromptMode = "terminal"
	PromptDialog   PromptMode = "dialog"
	PromptNone     PromptMode = "none"
	// PromptYkman has a YubiKey make MFA codes; all other questions go as by
	// PromptAuto.
	PromptYkman PromptMode = "ykman"
)

// Caller is a program that waits for Vaultbar. Its names are hints for a
// person, never proof of anything.
type Caller struct {
	PID     int    `json:"pid,omitempty"`
	Program string `json:"program,omitempty"` // such as "terraform"; empty when not known
	Dir     string `json:"dir,omitempty"`     // its working directory, home shortened to ~; empty when not known
	Path    string `json:"path,omitempty"`    // its executable, where that is looked up and has another name than Program
	By      string `json:"by,omitempty"`      // the AI agent that it works for, where that is known and matters
	Profile string `json:"profile,omitempty"` // the profile it asked for
	// Names finds Program and Dir where they are empty. It takes a look at the
	// process table, which most requests need not wait for; see [Caller.Named].
	// It is nil where nothing more is to be found.
	Names func() (program, dir string) `json:"-"`

	Terminal Terminal   `json:"-"`
	Prompt   PromptMode `json:"-"`
	// Env is what its environment says; empty for one that did not come over the
	// socket.
	Env Environment `json:"-"`
	// Clicked says that it is the person themselves, who clicked in the menu or
	// on a notification. It is never taken from a program's word.
	Clicked bool `json:"-"`
	// Preanswered are the kinds it answers without a person: a code given by flag,
	// a passphrase from the environment. Each is asked of it once.
	Preanswered []QuestionKind `json:"-"`
	// Ask puts a question to the caller's person. It is nil for a caller that
	// cannot be asked. It may return: ErrCanceled.
	Ask func(context.Context, Question) (Secret, error) `json:"-"`
	// Remote says that its person is known to sit at another machine, by ssh: a
	// browser of this one is not before them.
	Remote bool `json:"-"`
	// Sandbox names the container or sandbox that it runs in, "" for one that runs
	// where we do. It is nil for a caller that did not come over the socket.
	Sandbox func() string `json:"-"`
	// Chain is the processes that lead to it, as far as the system tells. It reads the
	// process table, so it is called only where a rule needs it. It is nil for a
	// caller that did not come over the socket.
	Chain func() Chain `json:"-"`
	// Person says whether the system itself, and not only the caller, holds that
	// a person sits at the caller's terminal and that it is the vaultbar command
	// that would ask them. It takes a look at the process table, so it is called
	// only when an approval is to be asked. It is nil for a caller that does not
	// know approvals, or of whose terminal the system says nothing.
	Person func() bool `json:"-"`
}

// Click is the caller when a person clicks for a profile: they are asked by a
// dialog, also when the same question was canceled a moment ago.
func Click(profile string) Caller {
	return Caller{Program: "Vaultbar", Profile: profile, Prompt: PromptDialog, Clicked: true}
}

// InPerson says whether a person is known to wait for it right now.
func (c Caller) InPerson() bool { return c.Clicked || c.Terminal == TerminalAttended }

// Named is the caller with its names, for whoever is about to tell them.
func (c Caller) Named() Caller {
	if c.Names == nil {
		return c
	}
	program, dir := c.Names()
	c.Program, c.Dir, c.Names = cmp.Or(c.Program, program), cmp.Or(c.Dir, dir), nil
	return c
}

// String names the caller as in "terraform (in ~/infra)", or with its executable as in
// "terraform (/tmp/x, in ~/infra)".
func (c Caller) String() string {
	c = c.Named()
	name := Printable(c.Program)
	if name == "" {
		name = "a program"
	}
	var more []string
	if c.Path != "" {
		more = append(more, Printable(c.Path))
	}
	if c.Dir != "" {
		more = append(more, "in "+Printable(c.Dir))
	}
	if c.By != "" {
		more = append(more, "started by "+Printable(c.By))
	}
	if len(more) == 0 {
		return name
	}
	return name + " (" + strings.Join(more, ", ") + ")"
}

// Answers says whether the caller can answer this kind without a person.
func (c Caller) Answers(kind QuestionKind) bool {
	if kind == AskNewPassphrase {
		kind = AskPassphrase
	}
	for _, k := range c.Preanswered {
		if k == kind {
			return true
		}
	}
	return false
}
