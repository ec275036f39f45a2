package sts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

const (
	// mfaTries is how often a person is asked for one session.
	mfaTries = 3
	// codeStep is how long a TOTP device shows one code (RFC 6238).
	codeStep = 30 * time.Second
	// codeLife is how long AWS could still take a code: its own step and one
	// on each side.
	codeLife = 3 * codeStep
)

// Asker puts a question to whoever waits under ctx. It may return: ErrCanceled,
// ErrNobodyToAsk.
type Asker interface {
	Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error)
}

// Caller makes one call of a step, with a code where the step has a device: a
// [Client].
type Caller interface {
	Run(ctx context.Context, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error)
}

// Source is a session.Source for steps of kind [plan.Session] and [plan.Role]. It
// asks whoever waits for the MFA code of a step that needs one.
type Source struct {
	aws   Caller
	asker Asker
	codes Codes // nil: no program gives codes

	mu    sync.Mutex           // guards what follows
	spent map[string]time.Time // when codes were used, hashed with their device, and when each device was
}

// NewSource makes a source that calls AWS by a client. Codes may be nil.
func NewSource(aws Caller, asker Asker, codes Codes) *Source {
	return &Source{aws: aws, asker: asker, codes: codes, spent: make(map[string]time.Time)}
}

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// Asks says whether the step needs an MFA code.
func (s *Source) Asks(step plan.Step) bool { return step.MFASerial != "" }

// Run carries out a step. It may return: what [Client.Run] and the [Asker] return.
func (s *Source) Run(ctx context.Context, step plan.Step, from vaultcore.Credentials) (vaultcore.Credentials, error) {
	if step.MFASerial == "" {
		return s.aws.Run(ctx, step, from, vaultcore.Secret{})
	}
	return s.runWithCode(ctx, step, from)
}

// maxFailure is how many characters of a program's failure a question shows.
const maxFailure = 200

// runWithCode carries out a step with an MFA code: one that a program gives, where
// there is such a program, else one that a person is asked for, at most three times.
// A code is sent to AWS once.
func (s *Source) runWithCode(ctx context.Context, step plan.Step, from vaultcore.Credentials) (vaultcore.Credentials, error) {
	where := step.Notice()
	question := vaultcore.Question{Kind: vaultcore.AskMFA, Profile: step.Profile, Device: step.MFASerial}
	var refused error
	if program := s.program(ctx, step); program != "" {
		credentials, err := s.runByProgram(ctx, step, from, question)
		if !errors.Is(err, vaultcore.ErrWrongCode) && !errors.Is(err, vaultcore.ErrProcess) {
			return credentials, err
		}
		failed := vaultcore.Capital(program) + " gave no code that AWS accepts."
		if errors.Is(err, vaultcore.ErrProcess) {
			failed = vaultcore.Sentence(vaultcore.PrintableUpTo(err.Error(), maxFailure))
		}
		question.Again, question.Notice, refused = true, notice(failed, where), err
	} else {
		question.Notice = notice(s.spentNotice(step.MFASerial), where)
	}
	for range mfaTries {
		code, err := s.asker.Ask(ctx, question)
		if errors.Is(err, vaultcore.ErrNobodyToAsk) && refused != nil {
			return vaultcore.Credentials{}, refused
		}
		if err != nil {
			return vaultcore.Credentials{}, err
		}
		if err := s.spend(step.MFASerial, code); err != nil {
			question.Again, question.Notice, refused = true, notice("That code was used already. Wait for the next one.", where), err
			continue
		}
		credentials, err := s.send(ctx, step, from, code)
		if !errors.Is(err, vaultcore.ErrWrongCode) {
			return credentials, err
		}
		question.Again, question.Notice, refused = true, notice("AWS refused that code. Try the next one.", where), err
	}
	return vaultcore.Credentials{}, refused
}

// send carries out a step with a code that is noted as spent.
func (s *Source) send(ctx context.Context, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error) {
	credentials, err := s.aws.Run(ctx, step, from, code)
	if unsent(err) {
		s.unspend(step.MFASerial, code)
	}
	return credentials, err
}

// notice joins the sentences that there are.
func notice(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}

// spentNotice says that the code which the device shows now is used up, if it is.
func (s *Source) spentNotice(device string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().Round(0)
	last, ok := s.spent[device]
	if !ok || !last.Truncate(codeStep).Equal(now.Truncate(codeStep)) {
		return ""
	}
	wait := last.Truncate(codeStep).Add(codeStep).Sub(now)
	return fmt.Sprintf("The last code has been used. The next one comes in %d s.", int(wait/time.Second)+1)
}

// spend notes that a code goes to AWS, and refuses one that went there before.
func (s *Source) spend(device string, code vaultcore.Secret) error {
	mark := markOf(device, code)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().Round(0) // of the wall clock, by which codes change
	for other, at := range s.spent {
		if now.Sub(at) > codeLife {
			delete(s.spent, other)
		}
	}
	if _, ok := s.spent[mark]; ok {
		return vaultcore.Faultf(vaultcore.ErrWrongCode, "the MFA code of %s was used already", vaultcore.Printable(device)).
			WithHint("wait until the device shows the next code, then try again")
	}
	s.spent[mark], s.spent[device] = now, now
	return nil
}

// unspend takes back that a code went to AWS: it never left this machine.
func (s *Source) unspend(device string, code vaultcore.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.spent, markOf(device, code))
	delete(s.spent, device)
}

func unsent(err error) bool {
	var reply interface{ Unsent() bool }
	return errors.As(err, &reply) && reply.Unsent()
}

// markOf is a code and its device, hashed: codes are not kept.
func markOf(device string, code vaultcore.Secret) string {
	sum := sha256.Sum256([]byte(device + "\x00" + code.Reveal()))
	return hex.EncodeToString(sum[:])
}

// checkCode keeps a code that cannot be right from being sent.
func checkCode(step plan.Step, code vaultcore.Secret) error {
	text, ok := vaultcore.ReadCode(code.Reveal())
	if step.MFASerial == "" || ok && text == code.Reveal() {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrWrongCode, "a code of %s has six digits", vaultcore.Printable(step.MFASerial)).WithCause(&Reply{Action: actionOf(step), unsent: true}).
		WithHint("type the six digits that the device shows now")
}
