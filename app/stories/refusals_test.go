//go:build linux

package stories_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// complaint is what a person must be told: one line for the cause, then hints.
var complaint = regexp.MustCompile(`^(vaultbar: [^\n]+\n)(hint: [^\n]+\n)+$`)

func (w *world) wantComplaint(got outcome, code int, words ...string) {
	w.Helper()
	if got.code != code || got.stdout != "" {
		w.Errorf("exit code %d, want %d; %d bytes on stdout", got.code, code, len(got.stdout))
	}
	if !complaint.MatchString(got.stderr) {
		w.Errorf("not one line and its hints:\n%s", got.stderr)
	}
	for _, word := range words {
		if !strings.Contains(got.stderr, word) {
			w.Errorf("no word of %q:\n%s", word, got.stderr)
		}
	}
}

// Package sts's own tests have the whole table of AWS's refusals; these show
// that they arrive.
func TestRefusalsReachThePerson(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*world)
		args    []string
		code    int
		words   []string
	}{
		{"wrong code", nil, []string{"export", "-t", "000000", hoge}, 7, []string{"MFA code", "ann"}},
		{"key inactive", func(w *world) { w.aws.Key.SetActive(false) }, []string{"export", bastion}, 7, []string{"inactive"}},
		{"role that does not exist", func(w *world) { w.aws.Role.Delete() }, []string{"export", hoge}, 7, []string{"hoge", "trust policy"}},
		{"external id", func(w *world) {
			w.aws.Account.Role("hoge", awstest.Trust{Principals: []string{w.aws.User.ARN()}, ExternalID: "x1"})
		}, []string{"export", hoge}, 7, []string{"external id"}},
		{"throttled", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.Throttle}) }, []string{"export", bastion}, 8, []string{"throttl"}},
		{"out of order", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.Status(http.StatusServiceUnavailable)}) }, []string{"export", bastion}, 8, []string{"503"}},
		{"captive portal", func(w *world) { w.aws.Server.Fault(awstest.Fault{Kind: awstest.HTML}) }, []string{"export", bastion}, 8, []string{"network"}},
		{"no network", func(w *world) { w.aws.Server.Close() }, []string{"export", bastion}, 8, nil},
		{"no such profile", nil, []string{"export", "bastion"}, 3, []string{bastion}},
		{"no key", nil, []string{"export", plain}, 3, []string{"vaultbar add " + plain}},
		{"region missing", nil, []string{"export", "--region=", bastion}, 2, nil},
		{"nobody to ask", nil, []string{"export", "--prompt=none", bastion}, 5, []string{"nobody to ask"}},
		{"nobody to ask, by itself", nil, []string{"export", bastion}, 5, []string{"nobody to ask"}},
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
			w.wantComplaint(w.run(args...), test.code, test.words...)
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
			w.wantComplaint(got, 7, "clock")
		})
	}
}
