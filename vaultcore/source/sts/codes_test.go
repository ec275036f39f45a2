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

// device shows a new code every 30 s, and wants to be touched for a while.
type device struct {
	begun  time.Time
	codes  []string
	touch  time.Duration // 0 for none
	err    error
	called int
}

func (d *device) Has(context.Context, plan.Step) string { return "the mfa_process of base" }

func (d *device) Code(ctx context.Context, _ plan.Step, touch func()) (vaultcore.Secret, error) {
	d.called++
	if d.touch != 0 {
		touch()
		select {
		case <-time.After(d.touch):
		case <-ctx.Done():
			return vaultcore.Secret{}, ctx.Err()
		}
	}
	if d.err != nil {
		return vaultcore.Secret{}, d.err
	}
	return vaultcore.NewSecret(d.codes[min(int(time.Since(d.begun)/(30*time.Second)), len(d.codes)-1)]), nil
}

func TestCodesOfPrograms(t *testing.T) {
	failed := vaultcore.Faultf(vaultcore.ErrProcess, "the mfa_process of base failed")
	for name, test := range map[string]struct {
		device device
		typed  []string
		asks   error // what comes of asking
		err    error
		called int
		asked  int
		calls  int
	}{
		"a code":                      {device: device{codes: []string{"111111"}}, called: 1, calls: 1},
		"a wrong one":                 {device: device{codes: []string{"000000"}}, typed: []string{"111111"}, called: 1, asked: 1, calls: 2},
		"a wrong one, nobody":         {device: device{codes: []string{"000000"}}, asks: vaultcore.ErrNobodyToAsk, err: vaultcore.ErrWrongCode, called: 1, asked: 1, calls: 1},
		"it fails":                    {device: device{err: failed}, typed: []string{"111111"}, called: 1, asked: 1, calls: 1},
		"it fails, nobody":            {device: device{err: failed}, asks: vaultcore.ErrNobodyToAsk, err: vaultcore.ErrProcess, called: 1, asked: 1},
		"it is refused by the person": {device: device{err: vaultcore.ErrCanceled}, typed: []string{"111111"}, err: vaultcore.ErrCanceled, called: 1},
		"nobody to confirm it":        {device: device{err: vaultcore.ErrNobodyToAsk}, err: vaultcore.ErrNobodyToAsk, called: 1},
		"touched in time":             {device: device{codes: []string{"111111"}, touch: time.Second}, typed: []string{"222222"}, called: 1, asked: 1, calls: 1},
		"typed instead":               {device: device{codes: []string{"000000"}, touch: time.Hour}, typed: []string{"111111"}, called: 1, asked: 1, calls: 1},
		"canceled instead":            {device: device{codes: []string{"111111"}, touch: time.Hour}, asks: vaultcore.ErrCanceled, err: vaultcore.ErrCanceled, called: 1, asked: 1},
		"touched, nobody to tell it":  {device: device{codes: []string{"111111"}, touch: time.Minute}, asks: vaultcore.ErrNobodyToAsk, called: 1, asked: 1, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.device.begun = time.Now()
				aws, person := &codeChecker{good: "111111"}, &typist{codes: test.typed, err: test.asks}
				got, err := sts.NewSource(aws, person, &test.device).Run(t.Context(), mfaSession, vaultcore.Credentials{})
				if !errors.Is(err, test.err) || (err == nil) != (got.AccessKeyID != "") {
					t.Errorf("%+v, %v", got, err)
				}
				if test.device.called != test.called || len(person.asked) != test.asked || aws.calls != test.calls {
					t.Errorf("the program ran %d times, %d questions, %d calls", test.device.called, len(person.asked), aws.calls)
				}
				if test.asked > 0 {
					golden.Message(t, "", person.asked[0].Notice)
				}
			})
		})
	}
}

// TestSpentCode: the code that a program gives was used a moment ago; its next one is
// waited for, and it is not run again and again.
func TestSpentCode(t *testing.T) {
	for _, codes := range [][]string{{"111111", "222222"}, {"111111"}} {
		synctest.Test(t, func(t *testing.T) {
			device := &device{begun: time.Now(), codes: codes}
			aws, person := &codeChecker{good: "111111"}, &typist{err: vaultcore.ErrNobodyToAsk}
			source := sts.NewSource(aws, person, device)
			if _, err := source.Run(t.Context(), mfaSession, vaultcore.Credentials{}); err != nil {
				t.Fatal(err)
			}
			aws.good = "222222"
			_, err := source.Run(t.Context(), mfaSession, vaultcore.Credentials{})
			if fresh := len(codes) == 2; (err == nil) != fresh || !fresh && !errors.Is(err, vaultcore.ErrWrongCode) {
				t.Errorf("%v: %v", codes, err)
			}
			if device.called != 3 || time.Since(device.begun) > time.Minute {
				t.Errorf("%v: it ran %d times, in %s", codes, device.called, time.Since(device.begun))
			}
		})
	}
}

// TestGivenCode: a code that comes with the request goes before any program.
func TestGivenCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		device, person := &device{codes: []string{"000000"}}, &typist{codes: []string{"111111"}}
		caller := &vaultcore.Caller{Preanswered: []vaultcore.QuestionKind{vaultcore.AskMFA}}
		ctx := vaultcore.WithAudience(t.Context(), vaultcore.Alone(caller))
		if _, err := sts.NewSource(&codeChecker{good: "111111"}, person, device).Run(ctx, mfaSession, vaultcore.Credentials{}); err != nil || device.called != 0 {
			t.Errorf("%v; the program ran %d times", err, device.called)
		}
	})
}
