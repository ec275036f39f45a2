package sts_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// TestWrongClock holds that a clock which is off by up to a day does no harm,
// and that the time left is right on this machine.
func TestWrongClock(t *testing.T) {
	for _, off := range []time.Duration{-24 * time.Hour, -20 * time.Minute, -10 * time.Minute, 10 * time.Minute, 20 * time.Minute, 24 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			w := newWorld(t)
			w.aws.SetClockOffset(off)
			p := w.client()
			session, err := p.Run(t.Context(), w.session(), w.key.Credentials(), w.code())
			if err != nil {
				t.Fatal(err)
			}
			checkLives(t, session, 8*time.Hour)
			w.aws.ResetCalls()
			role, err := p.Run(t.Context(), w.role(w.admin), session, vaultcore.Secret{})
			if err != nil {
				t.Fatal(err)
			}
			checkLives(t, role, time.Hour)
			if n := w.aws.Count(""); n != 1 {
				t.Errorf("AWS's time was learned, and still it was asked %d times", n)
			}
		})
	}
}

// TestWrongDate holds that the Date of a reply is not believed against the end
// of the session in it, and that the next request recovers.
func TestWrongDate(t *testing.T) {
	w := newWorld(t)
	w.aws.Fault(awstest.Fault{Kind: awstest.WrongDate, Times: 1})
	p := w.client()
	for range 2 {
		session, err := p.Run(t.Context(), w.session(), w.key.Credentials(), w.code())
		if err != nil {
			t.Fatal(err)
		}
		checkLives(t, session, 8*time.Hour)
	}
}

// TestClockIsNamed holds what is said when AWS's time cannot be learned.
func TestClockIsNamed(t *testing.T) {
	for _, off := range []time.Duration{20 * time.Minute, -30 * time.Minute, 26 * time.Hour} {
		w := newWorld(t)
		w.aws.SetClockOffset(off)
		p := w.client(func(o *sts.Options) {
			o.Carriers = roundTrip(func(r *http.Request) (*http.Response, error) {
				reply, err := http.DefaultTransport.RoundTrip(r)
				if err == nil {
					reply.Header.Del("Date")
				}
				return reply, err
			})
		})
		_, err := p.Run(t.Context(), w.session(), w.key.Credentials(), w.code())
		checkFault(t, err, vaultcore.ErrRefused, off.String())
	}
}
