package vault

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func commandOf(profile, text string) process.Command {
	return process.Command{Key: "credential_process", Text: text, Profile: profile}
}

// TestConsent: a person's word on a command is asked for once, kept when it is for
// always, and asked for again when the text changes by a byte.
func TestConsent(t *testing.T) {
	for answer, kind := range map[string]error{answerNo: vaultcore.ErrCanceled, answerOnce: nil, answerAlways: nil} {
		s, _ := newVault(t, inMemory)
		who, c := &sitting{answer: answer}, consent{s}
		caller := who.caller()
		ctx := vaultcore.WithAudience(t.Context(), vaultcore.Alone(&caller))
		if err := c.Allow(ctx, commandOf("dev", "okta --for dev"), "/opt/okta"); !errors.Is(err, kind) {
			t.Errorf("%s: %v", answer, err)
		}
		if allowed := c.Allowed(commandOf("other", "okta --for dev")); allowed != (answer == answerAlways) {
			t.Errorf("%s: allowed from now on: %v", answer, allowed)
		}
		if c.Allowed(commandOf("dev", "okta  --for dev")) {
			t.Errorf("%s: another text is allowed", answer)
		}
		if asked := who.asked(); len(asked) != 1 || asked[0].Subject != subjectOfCommand(commandOf("dev", "okta --for dev"), "/opt/okta") {
			t.Errorf("%s: asked %v", answer, asked)
		}
		if err := settings.Set(s.settings.File(), "trusted_commands", ""); err != nil {
			t.Fatal(err)
		}
		if err := s.reload(); err != nil || c.Allowed(commandOf("dev", "okta --for dev")) {
			t.Errorf("%s: it is allowed after it was taken out of the settings (%v)", answer, err)
		}
	}
}

// TestNobodyConfirms: the failure says how to allow a command, and that which no
// question could show is not asked about.
func TestNobodyConfirms(t *testing.T) {
	s, _ := newVault(t, inMemory)
	c := consent{s}
	command := commandOf("dev", "okta")
	err := c.Allow(t.Context(), command, "/opt/okta")
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Error(err)
	}
	golden.Message(t, "", testkit.ErrorText(err), command.ID(), "ID", s.settings.File(), "SETTINGS")
	for _, text := range []string{strings.Repeat("okta ", 100), "okta\u202e --x", "okta \x1b[1A"} {
		if err := c.Allow(t.Context(), commandOf("dev", text), "/opt/okta"); !errors.Is(err, vaultcore.ErrConfig) || !strings.Contains(vaultcore.Hint(err), "trusted_commands = okta:") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := settings.Set(s.settings.File(), "commands", "allow"); err != nil {
		t.Fatal(err)
	}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	if err := c.Allow(t.Context(), command, "/opt/okta"); err != nil || !c.Allowed(command) {
		t.Errorf("with commands = allow: %v", err)
	}
}

// slowly is a person who answers after a minute.
type slowly struct {
	Prompter
	asked int
}

func (p *slowly) Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
	p.asked++
	time.Sleep(time.Minute)
	return vaultcore.NewSecret(answerOnce), nil
}

// TestOnceIsForAllWhoWait: one command of two profiles is one question, whose answer
// is for those who wait then and not for those who come later.
func TestOnceIsForAllWhoWait(t *testing.T) {
	own, _ := newVault(t, inMemory)
	synctest.Test(t, func(t *testing.T) {
		person := &slowly{}
		c := consent{&Vault{
			settings: own.settings, prompter: person, log: slog.New(slog.DiscardHandler), editing: semaphore.NewWeighted(1), life: t.Context(), approvals: inflight.NewAnswers(nil),
		}}
		done := make(chan error, 2)
		for _, profile := range []string{"dev", "prod"} {
			go func() { done <- c.Allow(t.Context(), commandOf(profile, "okta"), "/opt/okta") }()
		}
		if err := errors.Join(<-done, <-done); err != nil || person.asked != 1 {
			t.Errorf("%v, asked %d times", err, person.asked)
		}
		time.Sleep(time.Second)
		if err := c.Allow(t.Context(), commandOf("dev", "okta"), "/opt/okta"); err != nil || person.asked != 2 {
			t.Errorf("later: %v, asked %d times", err, person.asked)
		}
	})
}
