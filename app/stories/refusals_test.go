//go:build linux

package stories_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// Package sts's own tests have the whole table of AWS's refusals; these show
// that they arrive.
func TestRefusalsReachThePerson(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*world)
		args    []string
		code    int
	}{
		{"wrong code", nil, []string{"export", "-t", "000000", hoge}, 7},
		{"key inactive", func(w *world) { w.aws.Key.SetActive(false) }, []string{"export", bastion}, 7},
		{"role that does not exist", func(w *world) { w.aws.Role.Delete() }, []string{"export", hoge}, 7},
		{"external id", func(w *world) {
			w.aws.Account.Role("hoge", awstest.Trust{Principals: []string{w.aws.User.ARN()}, ExternalID: "x1"})
		}, []string{"export", hoge}, 7},
		{"throttled", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.Throttle}) }, []string{"export", bastion}, 8},
		{"out of order", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.Status(http.StatusServiceUnavailable)}) }, []string{"export", bastion}, 8},
		{"captive portal", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.HTML}) }, []string{"export", bastion}, 8},
		{"no network", func(w *world) { w.aws.Server.Close() }, []string{"export", bastion}, 8},
		{"no such profile", nil, []string{"export", "bastion"}, 3},
		{"no key", nil, []string{"export", plain}, 3},
		{"region missing", nil, []string{"export", "--region=", bastion}, 2},
		{"nobody to ask", nil, []string{"export", "--prompt=none", bastion}, 5},
		{"nobody to ask, by itself", nil, []string{"export", bastion}, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(bastion, w.aws.Key)
			if test.prepare != nil {
				test.prepare(w)
			}
			args := test.args
			if test.code == 7 || test.code == 8 { // AWS must be asked, so nothing else may be missing
				args = append([]string{args[0], "-t", w.code()}, args[1:]...)
			}
			w.wantComplaint(w.run(args...), test.code, "")
		})
	}
}

// A person gets three tries.
func TestWrongCodeIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	s := w.sit(w.command("vaultbar", "exec", bastion, "--", "true"))
	s.expect(codePrompt)
	s.answer("000000")
	s.expect("refused")
	s.expect(codePrompt)
	s.answer(w.code())
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.all())
	}

	w.must("clear")
	s = w.sit(w.command("vaultbar", "exec", bastion, "--", "true"))
	for range 3 {
		s.expect(codePrompt)
		s.answer("000000")
	}
	if code := s.wait(); code != 7 || s.asked() != 3 || !strings.Contains(s.all(), "hint: ") {
		t.Errorf("after three wrong codes: exit code %d, asked %d times\n%s", code, s.asked(), s.all())
	}
}

// A clock that is off works, or is named.
func TestClockThatIsOff(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		t.Run(offset.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.Server.SetClockOffset(offset)
			w.add(bastion, w.aws.Key, "--no-verify")
			got := w.run("export", "--format=json", "-t", w.code(), hoge)
			if got.code == 0 {
				if g, err := parse(got.stdout); err != nil || g.SessionToken == "" {
					t.Errorf("no session came of it: %v", err)
				}
				return
			}
			if got.code != 7 || !complaint.MatchString(got.stderr) || !strings.Contains(got.stderr, "clock") {
				t.Errorf("exit code %d\n%s", got.code, got.stderr)
			}
		})
	}
}
