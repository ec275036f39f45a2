package ui

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// clicking makes actions on a vault, which say what fails.
func clicking(vault agent.Service) (s *Actions, failed func() []string) {
	b := &recorder{}
	s = NewActions(&Desktop{notifier: b, log: slog.New(slog.NewTextHandler(io.Discard, nil))}, vault, func() {}, "")
	s.failed = func(_ context.Context, doing, _ string, err error) {
		b.mourn("failed to " + doing + ": " + err.Error())
	}
	return s, func() []string { b.mu.Lock(); defer b.mu.Unlock(); return b.failed }
}

// Each action that a menu can offer is in the table.
func TestEveryActionIsInTheTable(t *testing.T) {
	s, _ := clicking(&testkit.FakeService{})
	profiles := []vaultcore.ProfileState{
		{Name: "living", Source: "living", Key: true, State: vaultcore.StateActive, Account: "111111111111", Expires: time.Now().Add(time.Hour), Sessions: []vaultcore.SessionState{{}}},
		{Name: "waiting", Source: "living", State: vaultcore.StateWaiting}, {Name: "keyless", Wants: "keyless"}, {Name: "broken", Err: "it has a mistake"},
	}
	signIns := []vaultcore.SignInState{{Name: "corp", Renews: true}, {Name: "acme", Needed: 1}}
	for i := range 40 {
		profiles = append(profiles, vaultcore.ProfileState{Name: fmt.Sprint("more-", i), Source: "living"})
	}
	asking := []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "living"}}
	seen := make(map[menu.Kind]bool)
	var walk func([]menu.Item)
	walk = func(items []menu.Item) {
		for _, item := range items {
			walk(item.Children)
			seen[item.Action.Kind] = true
		}
	}
	for _, snapshot := range []vaultcore.Snapshot{{}, {Plain: []vaultcore.PlainKey{{Profile: "plain"}}}, {Served: []vaultcore.ServedState{{Profile: "prod"}}}, {Profiles: profiles, SignIns: signIns, Faults: []string{"one"}}, {Profiles: profiles, Locked: true}, {Profiles: profiles, Asking: asking}} {
		walk(menu.Build(snapshot, time.Now(), menu.Options{Console: true}).Items)
	}
	delete(seen, menu.None)
	table := s.table()
	for kind := range seen {
		if _, ok := table[kind]; !ok {
			t.Errorf("%s does nothing", kind)
		}
	}
	for kind := range table {
		if !seen[kind] {
			t.Errorf("no menu offers %s", kind)
		}
	}
}

// What the vault alone does is one request of it, by the person at the menu.
func TestClicksAreRequests(t *testing.T) {
	for kind, op := range map[menu.Kind]string{
		menu.Start: "credentials", menu.Choose: "credentials", menu.Renew: "renew", menu.End: "clear",
		menu.Lock: "lock", menu.Unlock: "unlock", menu.Set: "set", menu.Quit: "stop",
		menu.SignIn: "signin", menu.SignInAgain: "signin", menu.SignOut: "signout", menu.StopServing: "unserve",
	} {
		f := &testkit.FakeService{
			Results: map[string]agent.CredentialsResult{"prod": {}}, Options: []agent.Setting{{Key: "pinned"}},
			SignIns: map[string]agent.SignInResult{"corp": {}}, SignOuts: map[string]agent.SignOutResult{"corp": {}},
		}
		s, failed := clicking(f)
		raised := ""
		s.Do(t.Context(), menu.Action{Kind: kind, Profile: "prod", SignIn: "corp", Setting: "pinned", Value: "yes"}, func(profile string) error { raised = profile; return nil })
		calls := f.Calls()
		if len(calls) != 1 || calls[0].Op != op || len(failed()) != 0 {
			t.Errorf("%s: %+v, %q", kind, calls, failed())
			continue
		}
		if (raised == "prod") != (kind == menu.Choose) {
			t.Errorf("%s raises %q", kind, raised)
		}
		if again, ok := calls[0].Request.(agent.SignInRequest); ok && (again.Name != "corp" || again.Force != (kind == menu.SignInAgain)) {
			t.Errorf("%s: %+v", kind, again)
		}
		if request := reflect.ValueOf(calls[0].Request); request.IsValid() && request.Kind() == reflect.Struct {
			caller, _ := request.FieldByName("Caller").Interface().(vaultcore.Caller)
			if !caller.Clicked || caller.Prompt != vaultcore.PromptDialog {
				t.Errorf("%s is asked by %+v", kind, caller)
			}
		}
	}
}

func TestFailuresAreTold(t *testing.T) {
	refused := vaultcore.Faultf(vaultcore.ErrRefused, "AWS said no")
	for _, c := range []struct {
		err  error
		want []string
	}{
		{refused, []string{"failed to start the session of prod: AWS said no"}},
		{fmt.Errorf("asking: %w", vaultcore.ErrCanceled), nil},
	} {
		s, failed := clicking(&testkit.FakeService{Errors: map[string]error{"credentials": c.err}})
		s.Do(t.Context(), menu.Action{Kind: menu.Start, Profile: "prod"}, nil)
		if !slices.Equal(failed(), c.want) {
			t.Errorf("%v: %q, not %q", c.err, failed(), c.want)
		}
	}
}

func TestNothingWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		s, failed := clicking(&testkit.FakeService{Results: map[string]agent.CredentialsResult{"prod": {}}, Hold: hold})
		began := time.Now()
		s.Do(t.Context(), menu.Action{Kind: menu.Start, Profile: "prod"}, nil)
		if waited := time.Since(began); waited != withPerson || len(failed()) != 1 {
			t.Errorf("after %v: %q", waited, failed())
		}
	})
}
