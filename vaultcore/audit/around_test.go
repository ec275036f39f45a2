package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// kindsOfLines says of which kind the line of each operation is; "" for one that leaves none.
var kindsOfLines = map[string]record.Kind{
	"credentials": record.Issue, "login": record.Issue, "serve": record.Issue, "serve-caller": "", // each hand-out of its server has a line
	"unserve": record.Session, "renew": record.Session, "clear": record.Session,
	"signin": record.SignIn, "signout": record.SignIn,
	"add": record.Key, "remove": record.Key, "import": record.Key, "rotate": record.Key,
	"set": record.Setting, "trust-folder": record.Setting, "setup": record.Config, "sync": record.Config, "edit": record.Config,
	"lock": record.Lock, "unlock": record.Lock, "stop": record.App, "revoke": record.Approval,

	"profiles": "", "explain": "", "snapshot": "", "doctor": "", "identify": "", "accounts": "", "reaches": "", "services": "", "browsers": "", "agents": "", "forget": "", "find": "",
	"watch": "", "settings": "", "status": "",
}

// TestEveryOperation holds that each hand-out and each change leaves one line, done or
// refused, and what only looks leaves none.
func TestEveryOperation(t *testing.T) {
	refused := vaultcore.Faultf(vaultcore.ErrCanceled, "no")
	for _, o := range agent.Operations() {
		want, ok := kindsOfLines[o.Name]
		if !ok {
			t.Errorf("%s: say what line it leaves", o.Name)
		}
		for _, err := range []error{nil, refused} {
			trail := newTrail(t.TempDir(), 1<<20, keptFiles)
			use := agent.Use{Operation: o, Profile: "prod", Caller: func() vaultcore.Caller { return vaultcore.Caller{PID: 42, Program: "terraform"} }, Result: func() any { return nil }}
			if got := trail.Around(t.Context(), use, func(context.Context) error { return err }); !errors.Is(got, err) {
				t.Errorf("%s: the error is %v", o.Name, got)
			}
			kind, outcome := want, record.Done
			if err != nil {
				outcome = "canceled"
				if kind == record.Issue {
					kind = record.Refusal
				}
			}
			switch {
			case want == "" && len(trail.waiting) == 0:
			case want == "" || len(trail.waiting) != 1:
				t.Errorf("%s with %v left %d lines", o.Name, err, len(trail.waiting))
			case trail.waiting[0].Kind != kind || trail.waiting[0].Outcome != outcome || trail.waiting[0].Operation != o.Name:
				t.Errorf("%s with %v left %+v", o.Name, err, trail.waiting[0])
			}
		}
	}
}

// TestGivenUp holds that a line says in words that nobody waited for the answer.
func TestGivenUp(t *testing.T) {
	trail := newTrail(t.TempDir(), 1<<20, keptFiles)
	for _, o := range agent.Operations() {
		if o.Record != record.Issue {
			continue
		}
		use := agent.Use{Operation: o, Profile: "prod", Caller: func() vaultcore.Caller { return vaultcore.Caller{} }, Result: func() any { return nil }}
		_ = trail.Around(t.Context(), use, func(context.Context) error { return fmt.Errorf("asking: %w", context.Canceled) })
	}
	if len(trail.waiting) == 0 {
		t.Fatal("no line was left")
	}
	for _, line := range trail.waiting {
		if line.Kind != record.Refusal || strings.Contains(line.Reason, "context") {
			t.Errorf("%s left %+v", line.Operation, line)
		}
	}
}

// TestWhoAsked holds that a line has who asked as far as a rule has looked it up, and that
// nobody looks for the sake of the line.
func TestWhoAsked(t *testing.T) {
	chain := vaultcore.Chain{
		{PID: 9, Started: 90, Program: "vaultbar", Path: "/usr/bin/vaultbar", Dir: "~/infra", Terminal: "pts/3", Messenger: true},
		{PID: 8, Started: 80, Program: "terraform", Path: "/usr/bin/terraform", Dir: "~/infra", Terminal: "pts/3"},
		{PID: 7, Started: 70, Program: "zsh", Path: "/bin/zsh", Dir: "~/infra", Terminal: "pts/3", Leads: true},
		{PID: 5, Started: 50, Program: "claude", Path: "/usr/bin/node", Dir: "~"},
	}
	caller := vaultcore.Caller{
		PID: 9, Names: func() (string, string) { return "terraform", "~/infra" }, Sandbox: func() string { return "the container build" },
		Chain: func() vaultcore.Chain { t.Error("somebody looked who asks"); return nil },
	}
	use := agent.Use{Operation: agent.Operation{Name: "credentials", Record: record.Issue, HandsOut: true}, Profile: "prod", Caller: func() vaultcore.Caller { return caller }, Result: func() any { return nil }}
	for _, test := range []struct {
		name string
		do   func(context.Context)
		want string
	}{
		{"no rule", func(context.Context) {}, `{"caller":[{"pid":9,"program":"terraform","dir":"~/infra","sandbox":"the container build"}],"allowed":"program"}`},
		{"a grant to what an agent runs", func(ctx context.Context) {
			agent.Asks(ctx, chain, "claude")
			agent.Allow(ctx, "grant", 3)
		}, `{"caller":[` +
			`{"pid":9,"started":90,"program":"vaultbar","path":"/usr/bin/vaultbar","dir":"~/infra","terminal":"pts/3","messenger":true,"sandbox":"the container build"},` +
			`{"pid":8,"started":80,"program":"terraform","path":"/usr/bin/terraform","dir":"~/infra","terminal":"pts/3"},` +
			`{"pid":7,"started":70,"program":"zsh","path":"/bin/zsh","dir":"~/infra","terminal":"pts/3","session_leader":true},` +
			`{"pid":5,"started":50,"program":"claude","path":"/usr/bin/node","dir":"~"}],"agent":"claude","allowed":"grant","grant":3}`},
	} {
		trail := newTrail(t.TempDir(), 1<<20, keptFiles)
		check(t, trail.Around(t.Context(), use, func(ctx context.Context) error { test.do(ctx); return nil }))
		e := trail.waiting[0]
		got := mustFields(t, record.Entry{Caller: e.Caller, Agent: e.Agent, Allowed: e.Allowed, Grant: e.Grant})
		if want := mustFields(t, json.RawMessage(test.want)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}

	trail := newTrail(t.TempDir(), 1<<20, keptFiles)
	ctx, _ := agent.Deciding(t.Context())
	agent.Asks(ctx, chain, "claude")
	trail.Decided(vaultcore.WithAudience(ctx, vaultcore.Alone(&caller)), vaultcore.Approval("Let it?"), "", vaultcore.ErrCanceled)
	if e := trail.waiting[0]; len(e.Caller) != 4 || e.Agent != "claude" || e.Outcome != "canceled" {
		t.Errorf("the answer to an approval: %+v", e)
	}
	trail.SignedIn(vaultcore.WithAudience(ctx, vaultcore.Alone(&caller)), "corp")
	if e := trail.waiting[1]; e.Kind != record.SignIn || e.Detail != "corp" || len(e.Caller) != 4 || e.Agent != "claude" {
		t.Errorf("a sign-in inside another operation: %+v", e)
	}
	var long vaultcore.Chain
	for range 5 * maxProcesses {
		long = append(long, chain[1])
	}
	if n := len(processes(caller, long)); n != maxProcesses {
		t.Errorf("a line has %d processes", n)
	}
}

// mustFields are the fields of a line that say something here.
func mustFields(t *testing.T, value any) map[string]any {
	t.Helper()
	text, err := json.Marshal(value)
	check(t, err)
	var all map[string]any
	check(t, json.Unmarshal(text, &all))
	for _, always := range []string{"n", "time", "kind", "operation", "outcome"} {
		delete(all, always)
	}
	return all
}

// TestOfItself holds that what Vaultbar or an edit of a file has changed is not put down
// to a program.
func TestOfItself(t *testing.T) {
	trail := newTrail(t.TempDir(), 1<<20, keptFiles)
	trail.Edited("prod", "protected", "no")
	if e := trail.waiting[0]; e.Kind != record.Setting || e.Profile != "prod" || e.Detail != "protected = no" || e.Who() != "an edit of the file" {
		t.Errorf("an edit: %+v", e)
	}
	trail.Deleted("robot", "AKIAIOSFODNN7EXAMPLE", nil)
	trail.Deleted("robot", "AKIAIOSFODNN7EXAMPLE", vaultcore.Faultf(vaultcore.ErrRefused, "no"))
	trail.Swept("old")
	for i, want := range []record.Entry{
		{Operation: "rotate", Profile: "robot", Outcome: record.Done, Allowed: record.ByRotation},
		{Operation: "rotate", Profile: "robot", Outcome: "refused"},
		{Operation: "remove", Profile: "old", Outcome: record.Done, Allowed: record.BySweep},
	} {
		if e := trail.waiting[1+i]; e.Kind != record.Key || e.Operation != want.Operation || e.Profile != want.Profile || e.Outcome != want.Outcome || e.Allowed != want.Allowed || e.Who() != "Vaultbar" {
			t.Errorf("a change of a key: %+v", e)
		}
	}
	ctx, _ := agent.Deciding(t.Context())
	agent.Allow(ctx, record.ByScreen, 0)
	use := agent.Use{Operation: agent.Operation{Name: "lock", Record: record.Lock}, Caller: func() vaultcore.Caller { return vaultcore.Caller{} }, Result: func() any { return nil }}
	check(t, trail.Around(ctx, use, func(context.Context) error { return nil }))
	if e := trail.waiting[4]; e.Kind != record.Lock || e.Allowed != "screen" || e.Who() != "Vaultbar" {
		t.Errorf("a lock with the screen: %+v", e)
	}
}
