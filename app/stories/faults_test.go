//go:build linux

package stories_test

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// fault is a way in which AWS goes wrong.
type fault struct {
	name string
	kind awstest.Kind
}

func (f fault) of(action string, times int) awstest.Fault {
	return awstest.Fault{Action: action, Times: times, Kind: f.kind}
}

// faults are all but those that take the app's whole patience.
func faults() []fault {
	return []fault{
		{"throttled", awstest.Throttle},
		{"internal error", awstest.Status(http.StatusInternalServerError)},
		{"service unavailable", awstest.Status(http.StatusServiceUnavailable)},
		{"dropped", awstest.Drop},
		{"dropped in the reply", awstest.DropMidBody},
		{"slow", awstest.Slow(50 * time.Millisecond)},
		{"captive portal", awstest.HTML},
		{"request echoed", awstest.EchoBody500},
		{"broken reply", awstest.BadXML},
		{"wrong date", awstest.WrongDate},
	}
}

// How long and how often is tried are for package sts to test; here, that a
// person waits for an end and gets one.
func TestFaultsAreRetriedWithinBounds(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for _, f := range faults() {
		w.must("clear")
		w.aws.Server.ResetCalls()
		w.aws.Server.Fault(f.of("GetSessionToken", 0))
		got := w.run("export", plain)
		w.aws.Server.ClearFaults()
		calls := w.aws.Server.Count("GetSessionToken")
		if calls > 3 || got.code != 0 && got.code != 8 {
			t.Errorf("%s, for ever: exit code %d after %d calls\n%s", f.name, got.code, calls, got.stderr)
		}
	}
	for _, f := range faults()[:4] { // a passing fault of these kinds is nobody's business
		w.stop() // and with it, what the last failure made it wait for
		w.must("clear")
		w.aws.Server.Fault(f.of("GetSessionToken", 2))
		if got := w.run("export", plain); got.code != 0 {
			t.Errorf("%s, twice: exit code %d\n%s", f.name, got.code, got.stderr)
		}
		w.aws.Server.ClearFaults()
	}
}

// With STS gone, what still lives is served; also what could be renewed and
// should be.
func TestLivingSessionsAreServedWithoutSTS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	role := w.export(hoge)
	w.aws.Server.Fault(awstest.Fault{Kind: awstest.Drop})
	if got := w.export(hoge); got != role {
		t.Error("the role's session is another one")
	}
	got := w.run("export", "--format=json", "--min-ttl=2h", hoge) // no role's session lives that long
	if g, err := parse(got.stdout); got.code == 0 && (err != nil || g != role) {
		t.Errorf("asked for more than there is: %v", err)
	}
	w.app().kill()
	if got := w.export(bastion); got.SessionToken == "" {
		t.Error("the saved session is not served")
	}
}

// Somebody edits the config file while the app runs, in the worst of ways.
func TestEditsArePickedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must("list")
	text, err := os.ReadFile(w.configFile())
	w.check(err)
	const believed = 2 * time.Second // after which a file that stays so is no half-written one
	for i := range 100 {
		begun := time.Now()
		w.check(os.WriteFile(w.configFile(), nil, 0o600))
		half := text[:len(text)*(i%10)/10]
		w.check(os.WriteFile(w.configFile(), half, 0o600))
		if got := strings.TrimSpace(w.must("list", "--profiles")); got == "" && time.Since(begun) < believed {
			t.Fatal("a half-written file emptied the list")
		}
		w.check(os.WriteFile(w.configFile(), text, 0o600))
	}
	w.check(os.WriteFile(w.configFile(), append(bytes.Clone(text), "\n[profile late]\nregion = eu-west-1\n"...), 0o600))
	w.eventually("the new profile is listed", func() bool {
		return strings.Contains(w.must("list", "--profiles"), "late\n")
	})
}
