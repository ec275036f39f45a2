package sso

import (
	"context"
	"regexp"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// remote is a person who signs in elsewhere, with the code that they were shown at a
// terminal which is gone before they have finished.
type remote struct {
	*visitor
	pages chan string
}

func (r remote) Shows(context.Context) bool { return false }

func (r remote) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if q.Allows("yes") {
		return r.visitor.Ask(ctx, q)
	}
	r.pages <- q.Address + "?user_code=" + userCode.FindString(q.Subject)
	return vaultcore.Secret{}, &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Cause: vaultcore.ErrAskedLeft}
}

var userCode = regexp.MustCompile(`[A-Z]{4}-[A-Z]{4}`)

// TestTheTerminalLeaves: a device code that was shown once is good for those who still
// wait, though nobody is there any more who could say no.
func TestTheTerminalLeaves(t *testing.T) {
	d := newFixture(t)
	at := remote{d.person, make(chan string, 1)}
	s := d.sourceAt(at, at)
	got := make(chan error, 1)
	go func() {
		_, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
		got <- err
	}()
	ann := awstest.Visitor{Name: "ann"}
	if _, err := ann.Visit(t.Context(), awstest.NewBrowser(), wait.For(t, "the page is asked for", at.pages)); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(t, "the sign-in ends", got); err != nil {
		t.Error(err)
	}
}
