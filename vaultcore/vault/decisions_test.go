package vault

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// What the vault decides itself is decided by values, without a keychain or AWS.

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)

func TestStateOf(t *testing.T) {
	living := func(left time.Duration, renews bool) vaultcore.ProfileState {
		return vaultcore.ProfileState{Name: "prod", Expires: noon.Add(left), Renews: renews, Sessions: []vaultcore.SessionState{{}}}
	}
	failing := living(time.Hour, true)
	failing.Err = "no network"
	waits := func(profile string) []vaultcore.Question {
		return []vaultcore.Question{{Profile: "bastion", Waiting: []vaultcore.Caller{{Profile: profile}}}}
	}
	for _, c := range []struct {
		name   string
		p      vaultcore.ProfileState
		asking []vaultcore.Question
		want   vaultcore.State
	}{
		{"no session", vaultcore.ProfileState{Name: "prod"}, nil, vaultcore.StateNone},
		{"no session, and the last try failed", vaultcore.ProfileState{Name: "prod", Err: "no network"}, nil, vaultcore.StateFailed},
		{"a session", living(time.Hour, false), nil, vaultcore.StateActive},
		{"a session that ends soon", living(10*time.Minute, false), nil, vaultcore.StateEnding},
		{"one that is renewed", living(10*time.Minute, true), nil, vaultcore.StateActive},
		{"one whose renewal fails", failing, nil, vaultcore.StateActive},
		{"somebody waits for it", living(time.Hour, false), waits("prod"), vaultcore.StateWaiting},
		{"somebody waits for another", living(time.Hour, false), waits("other"), vaultcore.StateActive},
	} {
		if got := stateOf(c.p, c.asking, 10*time.Minute, noon); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestUnusable(t *testing.T) {
	missing := &plan.MissingKey{Profile: vaultcore.Profile{Name: "bastion"}}
	for _, c := range []struct {
		err        error
		wants, why string
	}{
		{fmt.Errorf("listing: %w", vaultcore.ErrLocked), "", ""},
		{missing, "bastion", ""},
		{vaultcore.ErrNoCredentials, "", ""},
		{errors.New("a mistake"), "", "a mistake"},
	} {
		var p vaultcore.ProfileState
		if unusable(&p, c.err); p.Wants != c.wants || p.Err != c.why {
			t.Errorf("%v: %+v", c.err, p)
		}
	}
}

func TestNextUse(t *testing.T) {
	for _, c := range []struct {
		name   string
		device string
		locked bool
		until  time.Time
	}{
		{"no device", "", false, time.Time{}},
		{"no device, locked", "", true, time.Time{}},
		{"device", "ann", false, time.Time{}},
		{"device, locked", "ann", true, time.Time{}},
		{"device, for 90 min", "ann", false, noon.Add(90 * time.Minute)},
		{"device, for 36 h", "ann", false, noon.Add(36 * time.Hour)},
		{"device, locked, for 90 min", "ann", true, noon.Add(90 * time.Minute)},
	} {
		golden.Message(t, c.name, nextUse(c.device, c.locked, c.until, noon))
	}
}

// A list of keys that is not new is asked for again where a key may be missing in it.
func TestWhichListCounts(t *testing.T) {
	for _, c := range []struct {
		fresh bool
		err   error
		want  bool
	}{
		{false, nil, false}, {false, vaultcore.ErrConfig, false}, {false, vaultcore.ErrNoCredentials, true}, {false, vaultcore.ErrNoProfile, true},
		{true, vaultcore.ErrNoCredentials, false},
	} {
		if got := (listing{fresh: c.fresh}).doubted(c.err); got != c.want {
			t.Errorf("fresh %t, %v: %t", c.fresh, c.err, got)
		}
	}
}
