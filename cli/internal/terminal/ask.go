package terminal

import (
	"context"
	"sync/atomic"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Asker answers the questions that the app puts to this process: from what it
// was given beforehand, else by asking the person.
type Asker struct {
	Terminal *Terminal
	// Code is an MFA code given beforehand; zero when there is none. It is
	// answered once: AWS takes a code once.
	Code vaultcore.Secret
	// Passphrase is the file keychain's, from the environment; zero when there
	// is none.
	Passphrase vaultcore.Secret

	codeUsed, phraseUsed atomic.Bool
	answered             atomic.Bool
}

// Preanswered lists the kinds of question that are answered without a person.
func (a *Asker) Preanswered() []vaultcore.QuestionKind {
	var kinds []vaultcore.QuestionKind
	if !a.Code.IsZero() && !a.codeUsed.Load() {
		kinds = append(kinds, vaultcore.AskMFA)
	}
	if !a.Passphrase.IsZero() {
		kinds = append(kinds, vaultcore.AskPassphrase, vaultcore.AskNewPassphrase)
	}
	return kinds
}

// Answered says whether any question got an answer from here.
func (a *Asker) Answered() bool { return a.answered.Load() }

// Ask answers one question. It may return: ErrCanceled, ErrNobodyToAsk.
func (a *Asker) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	answer, ok := a.silently(q.Kind)
	if !ok {
		var err error
		if answer, err = a.put(ctx, q); err != nil {
			return vaultcore.Secret{}, err
		}
	}
	a.answered.Store(true)
	return answer, nil
}

// silently answers from what was given beforehand. A passphrase that was not
// taken is not given again either: the person is asked instead.
func (a *Asker) silently(kind vaultcore.QuestionKind) (vaultcore.Secret, bool) {
	given, used := a.Code, &a.codeUsed
	switch kind {
	case vaultcore.AskMFA:
	case vaultcore.AskPassphrase, vaultcore.AskNewPassphrase:
		given, used = a.Passphrase, &a.phraseUsed
	default:
		return vaultcore.Secret{}, false
	}
	if given.IsZero() || used.Swap(true) {
		return vaultcore.Secret{}, false
	}
	return given, true
}

// put shows a question to the person.
func (a *Asker) put(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	s, err := a.Terminal.open()
	if err != nil {
		return vaultcore.Secret{}, err
	}
	defer s.close()
	s.say(q.Notice)
	if !a.Terminal.Attended() || len(q.Waiting) > 1 || q.Kind == vaultcore.AskApproval || q.Kind == vaultcore.AskSignInCode {
		s.say(q.Who())
	}
	s.say(q.Way())
	s.say(q.Account())
	if q.Kind == vaultcore.AskSignInCode {
		s.say(q.SafeSubject())
	}
	s.say(q.SafeAddress())
	switch q.Kind {
	case vaultcore.AskMFA:
		return s.code(ctx, q.Text()+": ")
	case vaultcore.AskNewPassphrase:
		return s.choose(ctx, q.Text()+": ")
	case vaultcore.AskPassphrase:
		return s.some(ctx, q.Text()+": ")
	case vaultcore.AskApproval:
		return s.approve(ctx, q)
	case vaultcore.AskSignInCode:
		text, err := s.line(ctx, q.Text()+": ")
		return vaultcore.NewSecret(text), err
	default:
		return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "this command is older than the running app and does not know this kind of prompt").
			WithHint("update the vaultbar command")
	}
}

// approve reads a choice: its word, or as much of it as tells it from the others.
func (s *screen) approve(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	for {
		text, err := s.line(ctx, q.Text()+": ")
		if err != nil {
			return vaultcore.Secret{}, err
		}
		choice, ok := q.Chosen(text)
		switch {
		case ok && q.Allows(choice.ID):
			err := q.Confirm(choice, func(wrong, text string) (string, error) {
				s.say(wrong)
				return s.line(ctx, text+": ")
			})
			switch {
			case err == vaultcore.ErrCanceled:
				return vaultcore.Secret{}, errNotAllowed
			case err != nil:
				return vaultcore.Secret{}, err
			}
			return vaultcore.NewSecret(choice.ID), nil
		case ok:
			return vaultcore.Secret{}, errNotAllowed
		}
		s.say("Type one of these words, or its first letters.")
	}
}

// errNotAllowed is no call: every start would make it.
var errNotAllowed = &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "not allowed"}

// code reads the six digits of an MFA code.
func (s *screen) code(ctx context.Context, prompt string) (vaultcore.Secret, error) {
	for {
		text, err := s.line(ctx, prompt)
		if err != nil {
			return vaultcore.Secret{}, err
		}
		if code, ok := vaultcore.ReadCode(text); ok {
			return vaultcore.NewSecret(code), nil
		}
		s.say("An MFA code has six digits.")
	}
}

// some reads hidden text that is not empty.
func (s *screen) some(ctx context.Context, prompt string) (vaultcore.Secret, error) {
	for {
		text, err := s.hidden(ctx, prompt)
		if err != nil || !text.IsZero() {
			return text, err
		}
		s.say("It cannot be empty.")
	}
}

// choose reads a new passphrase twice, until both are the same.
func (s *screen) choose(ctx context.Context, prompt string) (vaultcore.Secret, error) {
	for {
		first, err := s.some(ctx, prompt)
		if err != nil {
			return vaultcore.Secret{}, err
		}
		second, err := s.hidden(ctx, "The same again: ")
		if err != nil {
			return vaultcore.Secret{}, err
		}
		if first.Equal(second) {
			return first, nil
		}
		s.say("The two do not match. Try again.")
	}
}
