package console

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// profile is a profile of which sessions are wanted: a user, or a role with a number
// of steps below it.
type profile struct {
	kind   Kind // of its usual session
	direct Kind // of one that starts from the key itself
	renews bool
}

// found is a session of a profile.
type found struct {
	profile
	wanted Wanted
	least  *time.Duration // what was asked of the credentials
}

func (f found) Facts() Facts {
	kind := f.kind
	if f.wanted.FromKey {
		kind = f.direct
	}
	if kind == User {
		return Facts{Kind: User}
	}
	return Facts{Kind: kind, ARN: adminARN, RoleLife: f.wanted.Duration}
}

func (f found) Renews() bool { return f.renews }

func (f found) Credentials(_ context.Context, least time.Duration) (vaultcore.Credentials, error) {
	*f.least = least
	return vaultcore.Credentials{AccessKeyID: fmt.Sprintf("%+v", f.wanted)}, nil
}

func (p profile) find(least *time.Duration) func(context.Context, Wanted) (found, error) {
	return func(_ context.Context, w Wanted) (found, error) { return found{p, w, least}, nil }
}

// knowing is an STS that knows one user, and counts.
type knowing struct {
	asked, federated int
	err              error
}

func (s *knowing) WhoIs(context.Context, vaultcore.Credentials) (vaultcore.Identity, error) {
	s.asked++
	return vaultcore.Identity{ARN: annARN, Account: "111111111111"}, nil
}

func (s *knowing) Federate(_ context.Context, f Federation, key vaultcore.Credentials) (vaultcore.Credentials, error) {
	s.federated++
	return vaultcore.Credentials{AccessKeyID: f.Name + " by " + key.AccessKeyID}, s.err
}

func TestWhoSignsIn(t *testing.T) {
	const asProfile, fromKey = "{Duration:0s FromKey:false}", "{Duration:0s FromKey:true}"
	user, chained := profile{kind: User, direct: User}, profile{kind: Role, direct: Role, renews: true}
	direct := profile{kind: Role, direct: DirectRole, renews: true}
	for _, c := range []struct {
		name    string
		profile profile
		wanted  time.Duration
		with    string // the credentials
		least   time.Duration
		sent    time.Duration // SessionDuration
	}{
		{"user", user, 0, "ann by " + fromKey, 0, 0},
		{"user for longer", user, 3 * time.Hour, "ann by " + fromKey, 0, 0},
		{"role", chained, 0, asProfile, leastLife, 0},
		{"role that needs a person again", profile{kind: Role, direct: Role}, 0, asProfile, 0, 0},
		{"role for less than an hour", chained, 30 * time.Minute, "{Duration:30m0s FromKey:false}", leastLife, 0},
		{"role for longer, over a session", chained, 2 * time.Hour, asProfile, leastLife, 0},
		{"role by a token for longer", profile{kind: TokenRole, renews: true}, 2 * time.Hour, "{Duration:2h0m0s FromKey:false}", leastLife, 0},
		{"role by a token for too long", profile{kind: TokenRole}, 20 * time.Hour, "{Duration:12h0m0s FromKey:false}", 0, 0},
		{"issued session for longer", profile{kind: Issued, renews: true}, 2 * time.Hour, asProfile, leastLife, 0},
		{"role for longer, with the key itself", direct, 2 * time.Hour, fromKey, 0, 2 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			var users Users
			var least time.Duration
			client := &knowing{}
			find := c.profile.find(&least)
			for range 2 {
				session, err := Find(t.Context(), c.wanted, find)
				if err != nil {
					t.Fatal(err)
				}
				key := func(ctx context.Context, w Wanted) (Session, error) { return find(ctx, w) }
				login, err := users.SignIn(t.Context(), session, c.wanted, key, client)
				if err != nil || login.Credentials.AccessKeyID != c.with || login.Choice.SessionDuration != c.sent || least != c.least {
					t.Errorf("%v: signs in with %s for %s, which live %s at least", err, login.Credentials.AccessKeyID, login.Choice.SessionDuration, least)
				}
			}
			if want := map[bool]int{true: 1}[c.profile.kind == User]; client.asked != want {
				t.Errorf("AWS was asked %d times whose key it is", client.asked)
			}
		})
	}
}

func TestUsersThatAreDenied(t *testing.T) {
	var users Users
	var least time.Duration
	find := profile{kind: User, direct: User}.find(&least)
	key := func(ctx context.Context, w Wanted) (Session, error) { return find(ctx, w) }
	session, _ := find(t.Context(), Wanted{})
	_, err := users.SignIn(t.Context(), session, 0, key, &knowing{err: vaultcore.ErrRefused})
	if !errors.Is(err, vaultcore.ErrRefused) {
		t.Error(err)
	}
	for i, want := range []int{1, 0} {
		if got := users.Warnings("ann", Choice{WithoutMFA: true}); len(got) != want {
			t.Errorf("time %d: %q", i, got)
		}
	}
}
