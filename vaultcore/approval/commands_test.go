package approval

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
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
	for answer, kind := range map[string]error{No: vaultcore.ErrCanceled, Once: nil, Always: nil} {
		synctest.Test(t, func(t *testing.T) {
			who, a := newPerson(t, answer)
			c := a.Commands()
			if err := c.Allow(t.Context(), commandOf("dev", "okta --for dev"), "/opt/okta"); !errors.Is(err, kind) {
				t.Errorf("%s: %v", answer, err)
			}
			if allowed := c.Allowed(commandOf("other", "okta --for dev")); allowed != (answer == Always) {
				t.Errorf("%s: allowed from now on: %v", answer, allowed)
			}
			if c.Allowed(commandOf("dev", "okta  --for dev")) {
				t.Errorf("%s: another text is allowed", answer)
			}
			if want := []string{subjectOfCommand(commandOf("dev", "okta --for dev"), "/opt/okta")}; !slices.Equal(who.asked, want) {
				t.Errorf("%s: asked %q", answer, who.asked)
			}
			if who.set("trusted_commands", ""); c.Allowed(commandOf("dev", "okta --for dev")) {
				t.Errorf("%s: it is allowed after it was taken out of the settings", answer)
			}
		})
	}
}

// TestNobodyConfirms: the failure says how to allow a command, and that which no
// question could show is not asked about.
func TestNobodyConfirms(t *testing.T) {
	who, a := newPerson(t, "")
	c := a.Commands()
	command := commandOf("dev", "okta")
	err := c.Allow(t.Context(), command, "/opt/okta")
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Error(err)
	}
	golden.Message(t, "", testkit.ErrorText(err), command.ID(), "ID", who.file, "SETTINGS")
	for _, text := range []string{strings.Repeat("okta ", 100), "okta\u202e --x", "okta \x1b[1A"} {
		if err := c.Allow(t.Context(), commandOf("dev", text), "/opt/okta"); !errors.Is(err, vaultcore.ErrConfig) || !strings.Contains(vaultcore.Hint(err), "trusted_commands = okta:") {
			t.Errorf("%q: %v", text, err)
		}
	}
	who.set("commands", "allow")
	if err := c.Allow(t.Context(), command, "/opt/okta"); err != nil || !c.Allowed(command) {
		t.Errorf("with commands = allow: %v", err)
	}
}

// TestOnceIsForAllWhoWait: one command of two profiles is one question, whose answer
// is for those who wait then and not for those who come later.
func TestOnceIsForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		who, a := newPerson(t, Once)
		c := a.Commands()
		done := make(chan error, 2)
		for _, profile := range []string{"dev", "prod"} {
			go func() { done <- c.Allow(t.Context(), commandOf(profile, "okta"), "/opt/okta") }()
		}
		if err := errors.Join(<-done, <-done); err != nil || len(who.asked) != 1 {
			t.Errorf("%v, asked %q", err, who.asked)
		}
		time.Sleep(time.Second)
		if err := c.Allow(t.Context(), commandOf("dev", "okta"), "/opt/okta"); err != nil || len(who.asked) != 2 {
			t.Errorf("later: %v, asked %q", err, who.asked)
		}
	})
}
