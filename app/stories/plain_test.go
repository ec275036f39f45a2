//go:build linux

package stories_test

import (
	"strings"
	"testing"
)

func TestNoSessionHandsOutTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	got := w.run("export", "--format=json", "--no-session", bastion)
	g, err := parse(got.stdout)
	if got.code != 0 || err != nil || g.AccessKeyID != w.aws.Key.ID() || g.SecretAccessKey != w.aws.Key.Secret().Reveal() || g.SessionToken != "" || !g.Expiration.IsZero() {
		t.Errorf("exit code %d, %v: not the long-term key\n%s", got.code, err, got.stderr)
	}
	w.reads("", got.stderr)
}

func TestSessionWithoutMFAIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	got := w.run("export", "--format=json", plain)
	g, err := parse(got.stdout)
	if got.code != 0 || err != nil || !strings.HasPrefix(g.AccessKeyID, "ASIA") || g.SessionToken == "" {
		t.Fatalf("exit code %d, %v\n%s", got.code, err, got.stderr)
	}
	w.reads("export", got.stderr)
	if again := w.run("export", "--format=json", plain); again.code != 0 || again.stderr != "" {
		t.Errorf("it is told of the same session again: %q", again.stderr)
	}
	made := w.aws.Server.Count("GetSessionToken")
	got = w.run("renew", plain) // of a session that is a moment old
	if got.code != 0 {
		t.Errorf("renew: exit code %d, %q", got.code, got.stderr)
	}
	if w.aws.Server.Count("GetSessionToken") == made {
		w.reads("renew, and no new one was made", got.stderr)
	}
	s := w.sit(w.command("vaultbar", "exec", plain, "--", "true"))
	if code := s.wait(); code != 0 || !strings.Contains(s.all(), noMFA) {
		t.Errorf("a person is not told: %s", s.all())
	}
}

// The settings may forbid to hand out long-term keys at all.
func TestNoSessionCanBeForbidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("allow_no_session = no\n")
	w.add(bastion, w.aws.Key)
	got := w.run("export", "--no-session", bastion)
	w.wantComplaint(got, 3, "")
}
