package access

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// world is a person with a protected profile, and what they answer.
type world struct {
	t        *testing.T
	own      settings.Settings
	locked   bool
	answer   string // the id of a choice; "no" refuses, "" is nobody there
	asked    []vaultcore.Question
	clock    time.Duration
	grants   *Grants
	programs *Programs
}

func newWorld(t *testing.T, answer string) *world {
	w := &world{t: t, answer: answer, own: settings.Settings{Profiles: map[string]settings.Profile{
		"prod":   {Protected: settings.Asked, Agents: settings.AgentsDefault},
		"sealed": {Protected: settings.Asked, Agents: settings.AgentsRefuse},
		"asks":   {Agents: settings.AgentsAsk},
		"open":   {Protected: settings.Asked, Agents: settings.AgentsAllow},
	}}}
	w.grants = NewGrants(func() time.Duration { return w.clock }, func() {})
	w.programs = NewPrograms(ProgramOptions{
		Prompter: w, Settings: func() settings.Settings { return w.own },
		Account: func(_ context.Context, name string) string { return "222222222222 (acme " + name + ")" },
		Profile: func(_ context.Context, name string) settings.Profile { return w.own.Rule(name) }, Locked: func() bool { return w.locked }, Grants: w.grants, Life: t.Context,
	})
	return w
}

// Ask is part of asker.
func (w *world) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	for _, caller := range vaultcore.AudienceOf(ctx).Callers() {
		q.Waiting = append(q.Waiting, *caller)
	}
	w.asked = append(w.asked, q)
	switch w.answer {
	case "":
		return vaultcore.Secret{}, vaultcore.ErrNobodyToAsk
	case "no":
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	if !q.Allows(w.answer) {
		w.t.Errorf("%q is no choice of %v", w.answer, q.Choices)
	}
	return vaultcore.NewSecret(w.answer), nil
}

// uses is one request of a program, and whether it was served.
func (w *world) uses(op, profile string, caller vaultcore.Caller) error {
	served := false
	use := agent.Use{Operation: operation(w.t, op), Profile: profile, Caller: func() vaultcore.Caller { return caller }}
	err := w.programs.Around(w.t.Context(), use, func(context.Context) error { served = true; return nil })
	if served != (err == nil) {
		w.t.Errorf("%s of %s: served %t with %v", op, profile, served, err)
	}
	return err
}

func operation(t *testing.T, name string) agent.Operation {
	for _, o := range agent.Operations() {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("there is no operation %s", name)
	return agent.Operation{}
}

// process is one whose file has so much in it; an empty what is a process of which no
// file says what it does.
func process(pid int, program, what string) vaultcore.Process {
	p := vaultcore.Process{PID: pid, Started: uint64(pid), Program: program, Path: "/usr/bin/" + program}
	if what != "" {
		p.Files = []string{fileOf(what)}
	}
	return p
}

// folder is where files with some contents are, by these.
var folder string

// roles are other programs that the test binary plays, with ROLE set.
var roles = make(map[string]func() error)

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv("ROLE")]; ok {
		if err := role(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	var err error
	if folder, err = os.MkdirTemp("", "access"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func fileOf(what string) string {
	path := filepath.Join(folder, what)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.WriteFile(path, []byte(what), 0o600); err != nil {
		panic(err)
	}
	return path
}

func from(chain ...vaultcore.Process) vaultcore.Caller {
	caller := vaultcore.Caller{Chain: func() vaultcore.Chain { return chain }}
	if at := vaultcore.Chain(chain).Asker(); at >= 0 {
		caller.Program = chain[at].Program
	}
	return caller
}

func messenger(pid int) vaultcore.Process {
	p := process(pid, "vaultbar", "v")
	p.Messenger = true
	return p
}

func shell(pid int) vaultcore.Process {
	p := process(pid, "zsh", "")
	p.Leads = true
	return p
}

func TestWhoIsAskedAbout(t *testing.T) {
	plain, claude := from(messenger(9), process(8, "terraform", "tf"), shell(7)), from(messenger(9), process(8, "terraform", "tf"), process(6, "claude", "c"), shell(7))
	marked := from(messenger(9), process(8, "terraform", "tf"), shell(7))
	marked.Env, _ = vaultcore.NewEnvironment(map[string]string{"CLAUDECODE": "1"})
	tests := []struct {
		name, op, profile string
		caller            vaultcore.Caller
		locked, change    bool
		asks              bool
		fails             error
	}{
		{"a profile that is not protected", "credentials", "dev", plain, false, false, false, nil},
		{"a protected one", "credentials", "prod", plain, false, false, true, nil},
		{"its console", "login", "prod", plain, false, false, true, nil},
		{"while locked", "credentials", "prod", plain, true, false, false, nil},
		{"its explanation", "explain", "prod", plain, false, false, false, nil},
		{"an agent, not protected", "credentials", "dev", claude, false, false, false, nil},
		{"an agent, protected", "credentials", "prod", claude, false, false, true, nil},
		{"an agent where agents are asked about", "credentials", "asks", claude, false, false, true, nil},
		{"another program there", "credentials", "asks", plain, false, false, false, nil},
		{"by its variable alone", "credentials", "asks", marked, false, false, true, nil},
		{"an agent that is refused", "credentials", "sealed", claude, false, false, false, vaultcore.ErrNoCredentials},
		{"agents allowed, but protected", "credentials", "open", claude, false, false, true, nil},
		{"an agent changes a setting", "set", "", claude, false, false, false, vaultcore.ErrNobodyToAsk},
		{"by its variable", "set", "", marked, false, false, false, vaultcore.ErrNobodyToAsk},
		{"an agent unlocks", "unlock", "", claude, true, false, false, vaultcore.ErrNobodyToAsk},
		{"an agent signs in", "signin", "", claude, false, false, false, vaultcore.ErrNobodyToAsk},
		{"an agent adds a key", "add", "dev", claude, false, false, false, vaultcore.ErrNobodyToAsk},
		{"an agent locks", "lock", "", claude, false, false, false, nil},
		{"an agent that may change things", "set", "", claude, false, true, false, nil},
		{"a person changes a setting", "set", "", plain, false, false, false, nil},
	}
	for _, test := range tests {
		w := newWorld(t, "once")
		w.locked, w.own.AgentsMayChange = test.locked, test.change
		if err := w.uses(test.op, test.profile, test.caller); !errors.Is(err, test.fails) || len(w.asked) > 0 != test.asks {
			t.Errorf("%s: asked %d times, %v", test.name, len(w.asked), err)
		}
	}
}

func TestNobodyIsThereToAllow(t *testing.T) {
	w := newWorld(t, "")
	if err := w.uses("credentials", "prod", from(process(8, "terraform", "tf"), shell(7))); !errors.Is(err, vaultcore.ErrNobodyToAsk) || vaultcore.Hint(err) == "" {
		t.Error(err)
	}
}

// A grant holds for the program, the profile, the processes and the time that the
// person saw, and for nothing else.
func TestGrants(t *testing.T) {
	tf, term := process(8, "terraform", "tf"), shell(7)
	replaced := process(8, "terraform", "another")
	later := process(8, "terraform", "tf")
	later.Started = 99
	repl := process(8, "python3", "")
	exec := repl
	exec.Path, exec.Program = "/usr/bin/curl", "curl"
	copied := process(18, "terraform", "tf")
	copied.Path = "/tmp/terraform"
	apart := process(18, "terraform", "tf") // by setsid
	apart.Leads = true
	gone := process(8, "terraform", "tf")
	gone.Running = func() bool { return false }
	tests := []struct {
		name    string
		answer  string
		granted vaultcore.Caller
		then    vaultcore.Caller
		profile string
		after   time.Duration
		asks    bool
	}{
		{"once is once", "once", from(tf, term), from(tf, term), "prod", 0, true},
		{"for an hour", "hour", from(messenger(9), tf, term), from(messenger(19), process(18, "terraform", "tf"), term), "prod", 59 * time.Minute, false},
		{"the hour is over", "hour", from(tf, term), from(tf, term), "prod", time.Hour, true},
		{"another profile", "hour", from(tf, term), from(tf, term), "open", 0, true},
		{"another program", "hour", from(tf, term), from(process(18, "curl", "curl"), term), "prod", 0, true},
		{"a copy of it elsewhere", "hour", from(tf, term), from(copied, term), "prod", 0, true},
		{"a replaced executable", "hour", from(tf, term), from(replaced, term), "prod", 0, true},
		{"another terminal", "hour", from(tf, term), from(process(18, "terraform", "tf"), shell(17)), "prod", 0, true},
		{"a program with libraries put into it", "hour", from(tf, term), from(process(18, "terraform", ""), term), "prod", 0, true},
		{"by its child and grandchild in the terminal", "hour", from(tf, term), from(messenger(19), process(18, "terraform", "tf"), process(17, "make", "make"), process(16, "bash", "bash"), term), "prod", 0, false},
		{"in a session of its own", "hour", from(tf, term), from(apart, term), "prod", 0, true},
		{"in a terminal that was opened in the terminal", "hour", from(tf, term), from(process(18, "terraform", "tf"), shell(17), term), "prod", 0, true},
		{"by an agent in the terminal", "hour", from(tf, term), from(process(18, "terraform", "tf"), process(17, "claude", "claude"), term), "prod", 0, true},
		{"by the agent that it was for", "hour", from(tf, process(7, "claude", "claude"), term), from(process(18, "terraform", "tf"), process(17, "claude", "claude"), term), "prod", 0, false},
		{"while it runs", "runs", from(tf, term), from(messenger(19), tf, term), "prod", unused - time.Second, false},
		{"while it runs, and it has not asked for long", "runs", from(tf, term), from(messenger(19), tf, term), "prod", unused, true},
		{"another run of it", "runs", from(tf, term), from(process(18, "terraform", "tf"), term), "prod", 0, true},
		{"a number used again", "runs", from(tf, term), from(later, term), "prod", 0, true},
		{"it has ended", "runs", from(gone, term), from(gone, term), "prod", 0, true},
		{"no file says what it does", "hour", from(repl, term), from(repl, term), "prod", 0, false},
		{"another of that kind", "hour", from(repl, term), from(process(18, "python3", ""), term), "prod", 0, true},
		{"it has become another program", "runs", from(repl, term), from(exec, term), "prod", 0, true},
	}
	for _, test := range tests {
		w := newWorld(t, test.answer)
		if err := w.uses("credentials", "prod", test.granted); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		w.clock, w.answer = w.clock+test.after, "once"
		if err := w.uses("credentials", test.profile, test.then); err != nil || len(w.asked) == 2 != test.asks {
			t.Errorf("%s: asked %d times, %v", test.name, len(w.asked), err)
		}
	}
}

// What was found out and decided is known inside and outside of the operation: who asks,
// by what it was allowed, and by which grant. Where no rule needs to know who asks,
// nobody looks.
func TestDecided(t *testing.T) {
	claude, zsh, tf := process(5, "claude", "c"), process(7, "zsh", ""), process(8, "terraform", "tf")
	w := newWorld(t, "hour")
	uses := func(op, profile string, caller vaultcore.Caller) (within agent.Decision) {
		t.Helper()
		ctx, decided := agent.Deciding(t.Context())
		use := agent.Use{Operation: operation(t, op), Profile: profile, Caller: func() vaultcore.Caller { return caller }}
		must(t, w.programs.Around(ctx, use, func(ctx context.Context) error { within = agent.Decided(ctx); return nil }))
		if outside := decided(); outside.By != within.By || outside.Grant != within.Grant || outside.Agent != within.Agent || len(outside.Chain) != len(within.Chain) {
			t.Errorf("outside %+v, within %+v", outside, within)
		}
		return within
	}
	for _, want := range []agent.Decision{{By: "hour", Grant: 1}, {By: "grant", Grant: 1}} {
		if got := uses("credentials", "prod", from(tf, zsh, claude)); got.By != want.By || got.Grant != want.Grant || got.Agent != "claude" || !got.Protected || len(got.Chain) != 3 || !got.Chain[2].Is(claude) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	w.answer = "once"
	if got := uses("credentials", "prod", from(process(18, "make", "m"), shell(17))); got.By != "once" || got.Grant != 0 || got.Agent != "" || len(got.Chain) != 2 {
		t.Errorf("allowed once: %+v", got)
	}
	looked := vaultcore.Caller{Chain: func() vaultcore.Chain { t.Error("somebody looked who asks"); return nil }}
	if got := uses("credentials", "unprotected", looked); got.By != "" || got.Protected || got.Chain != nil {
		t.Errorf("no rule: %+v", got)
	}
}

// The person is shown the program that a grant would be for, by its executable where it goes
// by another name.
func TestWhoIsShown(t *testing.T) {
	w := newWorld(t, "once")
	liar := process(8, "terraform", "x")
	liar.Path, liar.Renamed, liar.Dir = "/tmp/x", true, "~/infra"
	caller := from(messenger(9), liar, shell(7))
	caller.Names = func() (string, string) { return "another", "/" } // as it is a moment later
	must(t, w.uses("credentials", "prod", caller))
	golden.Message(t, "", w.asked[0].Asker)
}

// A grant is for what the person was asked about: one for credentials is none for the
// long-term key, for a console or for a server.
func TestGrantIsForWhatWasAsked(t *testing.T) {
	caller := from(process(8, "terraform", "tf"), shell(7))
	for _, other := range []agent.Use{
		{Operation: operation(t, "credentials"), NoSession: true}, {Operation: operation(t, "login")},
		{Operation: operation(t, "serve")}, {Operation: operation(t, "serve-caller")},
	} {
		w := newWorld(t, "hour")
		must(t, w.uses("credentials", "prod", caller))
		other.Profile, other.Caller = "prod", func() vaultcore.Caller { return caller }
		must(t, w.programs.Around(t.Context(), other, func(context.Context) error { return nil }))
		if len(w.asked) != 2 || w.asked[0].Subject == w.asked[1].Subject {
			t.Errorf("%s, the key itself %t: asked %v", other.Name, other.NoSession, w.asked)
		}
	}
}

// What is in the file of a program counts as it was when the person was asked: one that is
// replaced while they think gets nothing of their answer.
func TestReplacedWhileAsked(t *testing.T) {
	w := newWorld(t, "hour")
	asker := process(8, "deploy", "deploy-before")
	must(t, os.WriteFile(asker.Files[0], []byte("before"), 0o600))
	w.programs.o.Prompter = replacing{w, func() { must(t, os.WriteFile(asker.Files[0], []byte("replaced"), 0o600)) }}
	must(t, w.uses("credentials", "prod", from(asker, shell(7))))
	must(t, w.uses("credentials", "prod", from(asker, shell(7))))
	if len(w.asked) != 2 {
		t.Errorf("asked %d times", len(w.asked))
	}
}

// replacing is a person while whose thinking something happens.
type replacing struct {
	asker
	meanwhile func()
}

func (r replacing) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	r.meanwhile()
	return r.asker.Ask(ctx, q)
}

// An answer is accounted for with the grant that it has made.
func TestAnAnswerNamesItsGrant(t *testing.T) {
	for answer, want := range map[string]int{"hour": 1, "runs": 1, "once": 0, "no": 0} {
		w, noted := newWorld(t, answer), []int(nil)
		w.programs.o.Prompter = noting{w, func(d agent.Decision) { noted = append(noted, d.Grant) }}
		_ = w.uses("credentials", "prod", from(process(8, "terraform", "tf"), shell(7))) // refused by "no"
		if !slices.Equal(noted, []int{want}) {
			t.Errorf("%s: noted are the grants %v, want %d", answer, noted, want)
		}
	}
}

// A server that an agent has started is held to the settings as they are when it hands
// something out, but what the person has allowed goes on.
func TestServedIsDecidedAnew(t *testing.T) {
	asks, refuses := settings.Profile{Agents: settings.AgentsAsk}, settings.Profile{Agents: settings.AgentsRefuse}
	for name, test := range map[string]struct {
		before agent.Decision
		now    settings.Profile
		want   error
	}{
		"allowed still":           {agent.Decision{Agent: "claude"}, settings.Profile{Agents: settings.AgentsAllow}, nil},
		"it is to be asked about": {agent.Decision{Agent: "claude"}, asks, vaultcore.ErrNoCredentials},
		"it is protected":         {agent.Decision{Agent: "claude"}, settings.Profile{Protected: settings.Asked}, vaultcore.ErrNoCredentials},
		"the person allowed it":   {agent.Decision{Agent: "claude", By: "once"}, asks, nil},
		"a grant":                 {agent.Decision{Agent: "claude", By: agent.ByGrant, Grant: 3}, asks, nil},
		"refused to all":          {agent.Decision{Agent: "claude", By: agent.ByGrant, Grant: 3}, refuses, vaultcore.ErrNoCredentials},
		"no agent":                {agent.Decision{}, refuses, nil},
	} {
		w := newWorld(t, "")
		w.own.Profiles["prod"] = test.now
		ctx, _ := agent.Deciding(t.Context())
		agent.Asks(ctx, nil, test.before.Agent)
		agent.Allow(ctx, test.before.By, test.before.Grant)
		served := false
		err := w.programs.Served(ctx, agent.Use{Operation: operation(t, "credentials"), Profile: "prod"}, func(context.Context) error { served = true; return nil })
		if !errors.Is(err, test.want) || served != (test.want == nil) {
			t.Errorf("%s: served %t with %v, want %v", name, served, err, test.want)
		}
	}
}

// noting keeps account of answers.
type noting struct {
	asker
	note func(agent.Decision)
}

func (n noting) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	defer agent.AfterDecision(ctx, n.note)
	return n.asker.Ask(ctx, q)
}

func TestGrantsEnd(t *testing.T) {
	w := newWorld(t, "hour")
	for i, profile := range []string{"prod", "open"} {
		must(t, w.uses("credentials", profile, from(process(10+i, "terraform", "tf"), shell(7))))
	}
	w.clock += time.Minute
	if list := w.grants.List(); len(list) != 2 || list[0].ID == list[1].ID || list[0].Profile != "prod" || list[0].Ends.IsZero() || list[0].Program != "terraform" {
		t.Errorf("%+v", list)
	}
	if n := w.grants.End(w.grants.List()[1].ID, ""); n != 1 || len(w.grants.List()) != 1 {
		t.Errorf("%d ended", n)
	}
	if n := w.grants.End(0, "open"); n != 0 {
		t.Errorf("%d of another profile ended", n)
	}
	if n := w.grants.End(0, ""); n != 1 || len(w.grants.List()) != 0 {
		t.Errorf("%d ended", n)
	}
	must(t, w.uses("credentials", "prod", from(process(10, "terraform", "tf"), shell(7))))
	if len(w.asked) != 3 {
		t.Errorf("asked %d times", len(w.asked))
	}
}

// A grant for as long as a program runs ends after half a day, however much it is used.
func TestAGrantLastsHalfADay(t *testing.T) {
	w := newWorld(t, "runs")
	tf := from(process(8, "terraform", "tf"), shell(7))
	for w.clock < longest {
		must(t, w.uses("credentials", "prod", tf))
		if len(w.asked) != 1 {
			t.Fatalf("asked again after %v", w.clock)
		}
		w.clock += time.Hour
	}
	must(t, w.uses("credentials", "prod", tf))
	if len(w.asked) != 2 {
		t.Errorf("asked %d times in %v", len(w.asked), w.clock)
	}
}

// What a grant began ends when somebody ends the grant, and not when its time or a lock
// does.
func TestWhatAGrantBeganEnds(t *testing.T) {
	w := newWorld(t, "hour")
	ended := func(id int) bool {
		select {
		case <-w.grants.Ended(id):
			return true
		default:
			return false
		}
	}
	for i, program := range []string{"terraform", "make", "compose"} {
		must(t, w.uses("credentials", "prod", from(process(10+i, program, program), shell(7))))
	}
	first, second, third := w.grants.Ended(1), w.grants.Ended(2), w.grants.Ended(3)
	w.grants.End(1, "")
	select {
	case <-first:
	default:
		t.Error("what the first began goes on")
	}
	if ended(0) || !ended(1) || ended(2) || !ended(99) {
		t.Error("of no grant, one that is revoked, one that stands and one that is none, another ends")
	}
	w.clock += hourTime
	w.grants.List()
	w.grants.Drop()
	select {
	case <-second:
		t.Error("a lock or the time ended what the second began")
	case <-third:
		t.Error("a lock or the time ended what the third began")
	default:
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An asker that cannot be told from others is allowed nothing for longer.
func TestAnUnknownAskerIsAllowedOnce(t *testing.T) {
	w := newWorld(t, "once")
	must(t, w.uses("credentials", "prod", vaultcore.Caller{}))
	if q := w.asked[0]; q.Allows(string(hour)) || q.Allows(string(whileThere)) || len(q.Choices) != 2 {
		t.Errorf("the choices are %v", q.Choices)
	}
}

// A program under ever new names does not tire the person out.
func TestTenThousandRequests(t *testing.T) {
	w := newWorld(t, "no")
	for i := range 10_000 {
		name := strings.Repeat("x", i%50) + string(rune('a'+i%26))
		if err := w.uses("credentials", "prod", from(process(100+i, name, "x"), shell(7))); !errors.Is(err, vaultcore.ErrCanceled) {
			t.Fatal(err)
		}
		w.clock += 100 * time.Millisecond // a quarter of an hour and more in all
	}
	if n := len(w.asked); n < refusalsAllowed || n > 10 {
		t.Errorf("asked %d times", n)
	}
	w.clock += longestPause
	w.answer = "once"
	must(t, w.uses("credentials", "prod", from(process(8, "terraform", "tf"), shell(7))))
}

// A program that asks again while its question pauses is no refusal of others.
func TestRetryIsNoRefusal(t *testing.T) {
	w := newWorld(t, "no")
	terraform := from(process(8, "terraform", "tf"), shell(7))
	if err := w.uses("credentials", "prod", terraform); !errors.Is(err, vaultcore.ErrCanceled) {
		t.Fatal(err)
	}
	w.programs.o.Prompter = pausing{}
	for range 2 * refusalsAllowed {
		if err := w.uses("credentials", "prod", terraform); !errors.Is(err, vaultcore.ErrPaused) {
			t.Fatal(err)
		}
	}
	w.programs.o.Prompter, w.answer = w, "once"
	must(t, w.uses("credentials", "prod", from(process(9, "tofu", "t"), shell(7))))
}

// pausing asks nobody.
type pausing struct{}

func (pausing) Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
	return vaultcore.Secret{}, &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Cause: vaultcore.ErrPaused, Message: "paused"}
}

// Programs that ask alike wait for one answer; others are another question.
func TestManyAskAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "once")
		answer := make(chan struct{})
		slow := &slowly{asker: w, until: answer}
		w.programs.o.Prompter = slow
		var done sync.WaitGroup
		for i := range 20 {
			caller := from(messenger(100+i), process(200+i, "terraform", "tf"), shell(7))
			done.Go(func() {
				if err := w.uses("credentials", "prod", caller); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(answer)
		done.Wait()
		if len(w.asked) != 1 {
			t.Errorf("asked %d times", len(w.asked))
		}
	})
}

// slowly is a person who takes their time.
type slowly struct {
	asker
	until chan struct{}
}

func (s *slowly) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	<-s.until
	return s.asker.Ask(ctx, q)
}

func TestAgents(t *testing.T) {
	script := func(path string) vaultcore.Process {
		p := process(8, "node", "")
		p.Program, p.Script = "cli.js", path
		return p
	}
	windows := process(8, "x", "")
	windows.Path = `C:\Users\ann\bin\claude.exe`
	tests := []struct {
		name   string
		chain  vaultcore.Chain
		env    map[string]string
		others []string
		want   string
	}{
		{"none", vaultcore.Chain{process(8, "terraform", ""), shell(7)}, nil, nil, ""},
		{"by its program", vaultcore.Chain{process(8, "terraform", ""), process(6, "claude", ""), shell(7)}, nil, nil, "claude"},
		{"by its script", vaultcore.Chain{script("/usr/lib/node_modules/@openai/codex/bin/codex.js")}, nil, nil, "codex"},
		{"on Windows", vaultcore.Chain{windows}, nil, nil, "claude"},
		{"AWS Copilot", vaultcore.Chain{process(8, "copilot", "")}, nil, nil, ""},
		{"by its variable", nil, map[string]string{"GEMINI_CLI": "1"}, nil, "gemini"},
		{"by the variable of all", nil, map[string]string{"AI_AGENT": "bot@2"}, nil, "bot@2"},
		{"the chain over a variable", vaultcore.Chain{process(6, "claude", "")}, map[string]string{"GEMINI_CLI": "1"}, nil, "claude"},
		{"one of the settings", vaultcore.Chain{process(8, "mybot", "")}, nil, []string{"mybot"}, "mybot"},
	}
	for _, test := range tests {
		env, err := vaultcore.NewEnvironment(test.env)
		must(t, err)
		if got, _ := agentOf(test.chain, env, test.others); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// Each variable by which an agent is known is sent with a request.
func TestVariablesOfAgentsAreSent(t *testing.T) {
	all := []string{anyAgent}
	for _, known := range knownAgents {
		all = append(all, known.variable)
	}
	for _, name := range all {
		if _, err := vaultcore.NewEnvironment(map[string]string{name: "1"}); name != "" && err != nil {
			t.Error(err)
		}
	}
}

// The question says who asks, what for and by which programs; of a profile where that is
// set, that its name has to be typed.
func TestQuestion(t *testing.T) {
	bash := process(5, "bash", "b")
	for _, test := range []struct {
		name, op, profile string
		chain             vaultcore.Chain
		what, way         string
	}{
		{"in a terminal", "credentials", "prod", vaultcore.Chain{messenger(9), process(8, "terraform", "tf"), shell(7), process(6, "xterm", "x")}, "prod", "zsh → terraform"},
		{"below an agent", "credentials", "prod", vaultcore.Chain{messenger(9), process(8, "terraform", "tf"), bash, process(4, "claude", "c"), shell(3)}, "prod", "claude → bash → terraform"},
		{"the agent itself", "login", "prod", vaultcore.Chain{messenger(9), process(8, "claude", "c"), shell(3)}, "to sign in to the console as prod", "zsh → claude"},
		{"no terminal", "credentials", "prod", vaultcore.Chain{process(8, "terraform", "tf")}, "prod", ""},
		{"nothing is known", "credentials", "prod", nil, "prod", ""},
		{"the name is typed", "serve-caller", "typed", vaultcore.Chain{shell(7)}, "self-renewing credentials of typed", ""},
		{"many programs", "credentials", "prod", vaultcore.Chain{process(9, "a", "a"), process(8, "b", "b"), process(7, "c", "c"), process(6, "d", "d"), process(5, "e", "e"), process(4, "f", "f"), shell(3)},
			"prod", "zsh → … → d → c → b → a"},
	} {
		w := newWorld(t, "once")
		w.own.Profiles["typed"] = settings.Profile{Protected: settings.Typed}
		if err := w.uses(test.op, test.profile, from(test.chain...)); err != nil || len(w.asked) != 1 {
			t.Fatalf("%s: %v, asked %d times", test.name, err, len(w.asked))
		}
		confirm := ""
		if test.profile == "typed" {
			confirm = "typed"
		}
		want := vaultcore.Wanted{What: test.what, Protected: true, Way: test.way, Account: "222222222222 (acme " + test.profile + ")", Confirm: confirm}
		if got := *w.asked[0].Wants; got != want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
