package sts_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// mfaSession is a step that needs a code.
var mfaSession = plan.Step{Kind: plan.Session, Profile: "base", MFASerial: "arn:aws:iam::111111111111:mfa/ann", Duration: 8 * time.Hour}

// codeChecker takes one code, once; err replaces its answer.
type codeChecker struct {
	good  string
	err   error
	calls int
}

func (c *codeChecker) Run(_ context.Context, _ plan.Step, _ vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error) {
	c.calls++
	if c.err != nil {
		return vaultcore.Credentials{}, c.err
	}
	if code.Reveal() != c.good {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrWrongCode, "wrong code")
	}
	return vaultcore.Credentials{AccessKeyID: "ASIA"}, nil
}

// typist types one code after the other, each after ten seconds.
type typist struct {
	codes []string
	err   error
	asked []vaultcore.Question
}

func (p *typist) Ask(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	time.Sleep(10 * time.Second)
	p.asked = append(p.asked, q)
	if p.err != nil {
		return vaultcore.Secret{}, p.err
	}
	return vaultcore.NewSecret(p.codes[min(len(p.asked), len(p.codes))-1]), nil
}

func TestCodes(t *testing.T) {
	for _, test := range []struct {
		name   string
		typed  []string
		err    error
		asked  int
		calls  int
		notice string
	}{
		{name: "right", typed: []string{"111111"}, asked: 1, calls: 1},
		{name: "wrong, then right", typed: []string{"999999", "111111"}, asked: 2, calls: 2, notice: "AWS refused that code. Try the next one."},
		{name: "wrong three times", typed: []string{"999997", "999998", "999999"}, err: vaultcore.ErrWrongCode, asked: 3, calls: 3},
		{name: "the same again is not sent", typed: []string{"999999", "999999", "111111"}, asked: 3, calls: 2, notice: "That code was used already. Wait for the next one."},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				aws, person := &codeChecker{good: "111111"}, &typist{codes: test.typed}
				_, err := sts.NewSource(aws, person, nil).Run(t.Context(), mfaSession, vaultcore.Credentials{})
				if !errors.Is(err, test.err) || len(person.asked) != test.asked || aws.calls != test.calls {
					t.Errorf("%v, asked %d, calls %d", err, len(person.asked), aws.calls)
				}
				if last := person.asked[len(person.asked)-1]; test.notice != "" && last.Notice != test.notice {
					t.Errorf("notice %q", last.Notice)
				}
			})
		})
	}
}

func TestSecondNeedOfACodeIsToldToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aws, person := &codeChecker{good: "111111"}, &typist{codes: []string{"111111", "222222"}}
		source := sts.NewSource(aws, person, nil)
		role := mfaSession
		role.Kind, role.RoleARN = plan.Role, "arn:aws:iam::222222222222:role/admin"
		for _, step := range []plan.Step{mfaSession, role} {
			if _, err := source.Run(t.Context(), step, vaultcore.Credentials{}); err != nil {
				t.Fatal(err)
			}
			aws.good = "222222"
		}
		if person.asked[1].Again {
			t.Errorf("asked %+v", person.asked[1])
		}
		golden.Message(t, "", person.asked[1].Notice)
	})
}

// unsentError is a failure before anything was sent, as a Client returns it.
type unsentError struct{ error }

func (unsentError) Unsent() bool    { return true }
func (e unsentError) Unwrap() error { return e.error }

func TestACodeThatWasNotSentIsStillGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aws := &codeChecker{good: "111111", err: unsentError{vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network")}}
		person := &typist{codes: []string{"111111"}}
		source := sts.NewSource(aws, person, nil)
		if _, err := source.Run(t.Context(), mfaSession, vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrNoAnswer) {
			t.Fatal(err)
		}
		aws.err = nil
		if _, err := source.Run(t.Context(), mfaSession, vaultcore.Credentials{}); err != nil {
			t.Errorf("the same code, typed again: %v", err)
		}
		if len(person.asked) != 2 || person.asked[1].Notice != "" {
			t.Errorf("asked %d times, the last time with the notice %q", len(person.asked), person.asked[1].Notice)
		}
	})
}
