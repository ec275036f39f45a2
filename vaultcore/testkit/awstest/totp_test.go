package awstest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The six last digits of RFC 6238's appendix B, with its seed for SHA-1.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	seed := []byte(strings.Repeat("1234567890", 2))
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		d := &Device{seed: seed}
		if got := d.CodeAt(time.Unix(unix, 0)); got != want {
			t.Errorf("code at %d is %s, want %s", unix, got, want)
		}
	}
}

func TestACodeIsGoodOnceAndOneStepAround(t *testing.T) {
	srv := NewServer(t, Options{Now: func() time.Time { return time.Unix(1_800_000_015, 0) }})
	d := srv.Account("111111111111").User("ann").NewMFA()
	accept := func(code string) bool {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		return d.acceptLocked(code)
	}
	at := func(steps int) string { return d.CodeAt(srv.Now().Add(time.Duration(steps) * totpStep)) }
	for _, step := range []int{-2, 2} {
		if accept(at(step)) {
			t.Errorf("took the code of %d steps away", step)
		}
	}
	for _, step := range []int{-1, 0, 1} {
		if code := at(step); !accept(code) || accept(code) {
			t.Errorf("the code of step %d is not good exactly once", step)
		}
	}
	if d.FreshCode() != "" {
		t.Error("a fresh code is left where all three are used")
	}
	if got := len(srv.AcceptedCodes()); got != 3 {
		t.Errorf("%d codes noted as accepted, want 3", got)
	}
}

func TestOfManyWithOneCodeOneGetsASession(t *testing.T) {
	w := newSmall(t, Trust{})
	code := w.device.Code()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _ = ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
				SerialNumber: aws.String(w.device.Serial()), TokenCode: &code,
			})
		})
	}
	wg.Wait()
	if asked, got := w.srv.Count("GetSessionToken"), w.srv.CountOK("GetSessionToken"); asked != 20 || got != 1 {
		t.Errorf("of %d calls with one code, %d were granted", asked, got)
	}
}
