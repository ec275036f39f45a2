//go:build linux

package stories_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// killable is a world whose app is started and killed again and again. It is
// spoken to over its socket and not with the command, which would find or start
// the next app and have that one finish what the killed one began.
type killable struct {
	*world
	app   *exec.Cmd
	agent *agent.Client
}

func newKillable(t *testing.T) *killable {
	t.Helper()
	m := &killable{world: newWorld(t)}
	m.asShipped() // it starts at once
	env := vaultcore.Environment{}.With("AWS_ENDPOINT_URL", m.aws.Server.URL())
	m.agent = agent.NewClient(agent.ClientOptions{Environment: env, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", m.socketPath())
	}})
	return m
}

// live starts an app and opens its keychain, so that what is killed is a verb
// and not the stretching of a passphrase.
func (m *killable) live() {
	m.Helper()
	m.app = lasting(m.command("vaultbar-app"))
	m.check(m.app.Start())
	m.eventually("the app serves", func() bool {
		_, err := m.agent.Status(m.Context())
		return err == nil
	})
	m.check(m.agent.Unlock(m.Context(), agent.UnlockRequest{Caller: m.caller()}))
}

// caller is a program that knows the passphrase and nothing else.
func (m *killable) caller() vaultcore.Caller {
	return vaultcore.Caller{
		Program: "story", Prompt: vaultcore.PromptNone,
		Preanswered: []vaultcore.QuestionKind{vaultcore.AskPassphrase},
		Ask: func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.NewSecret(m.passphrase), nil
		},
	}
}

// die ends the app as a crash would.
func (m *killable) die() {
	_ = m.app.Process.Kill() // it may have ended
	_ = m.app.Wait()
}

// killTimes is when the app is killed at one verb: to random moments in a span that follows
// the write, twice as long as it takes to get there on this machine at this time.
type killTimes struct {
	span               time.Duration
	before, cut, after int
}

func newKillTimes() *killTimes { return &killTimes{span: 20 * time.Millisecond} }

// kills says how it went, and fails the test when the kills do not lie around
// the write.
func (a *killTimes) kills(m *killable, verb string) {
	m.Helper()
	m.Logf("%s: killed %d times before it was written, %d times after that and before it was told, %d times later; the last span was %s",
		verb, a.before, a.cut, a.after, a.span)
	if a.before == 0 || a.cut+a.after == 0 {
		m.Errorf("%s: all kills fell on one side of the write", verb)
	}
}

// killDuring does something, kills the app at a random moment of it, and starts the
// next one. It returns what the caller was told.
func (m *killable) killDuring(a *killTimes, do func(context.Context) error) error {
	m.Helper()
	failure := make(chan error, 1)
	when := time.NewTimer(rand.N(a.span))
	go func() { failure <- do(m.Context()) }()
	<-when.C
	m.die()
	err := wait.For(m, "the caller is told", failure)
	m.live()
	if err != nil && !errors.Is(err, vaultcore.ErrUnreachable) {
		m.Fatalf("killed meanwhile, it said: %v", err)
	}
	return err
}

// record counts a kill, and moves the next ones to the other side of the write.
func (a *killTimes) record(written bool, failure error) {
	switch {
	case !written:
		a.before++
		a.span += a.span / 16
		return
	case failure != nil:
		a.cut++
	default:
		a.after++
	}
	a.span -= a.span / 16
}

// holds is the id of the key that the keychain has for plain, "" for none; no
// other name may have one.
func (m *killable) holds() string {
	m.Helper()
	now, err := m.agent.Snapshot(m.Context())
	m.check(err)
	if len(now.Keys) == 0 {
		return ""
	}
	if !slices.Equal(now.Keys, []string{plain}) {
		m.Fatalf("there are keys for %q", now.Keys)
	}
	got, err := m.agent.Credentials(m.Context(), agent.CredentialsRequest{Profile: plain, NoSession: true, Caller: m.caller()})
	if err != nil {
		m.Fatalf("there is a key that cannot be read: %v", err)
	}
	return got.Credentials.AccessKeyID
}

// leftovers fails the test for any file of the keychain but these.
func (m *killable) leftovers(key string) {
	m.Helper()
	entries, err := os.ReadDir(m.keychain())
	m.check(err)
	for _, e := range entries {
		known := e.Name() == "keychain.json" || e.Name() == ".lock" || key != "" && strings.HasSuffix(e.Name(), plain)
		if !known {
			m.Errorf("the keychain's folder has %s in it", filepath.Join(m.keychain(), e.Name()))
		}
	}
}

func keyOf(k *awstest.Key) vaultcore.Credentials {
	return vaultcore.Credentials{AccessKeyID: k.ID(), SecretAccessKey: k.Secret()}
}
