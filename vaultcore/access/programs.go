package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// Programs decide about programs that ask over the socket: what of a protected profile
// they get, and what the programs of AI agents get and may do. A person who has
// protected nothing and runs no agent is asked nothing.
//
// Who asks is what the system says, not what the program does. What a program of the
// same user can forge all the same, the page on protection says.
type Programs struct {
	o         ProgramOptions
	approvals *inflight.Answers
	files     contents

	mu      sync.Mutex // guards what follows
	refused map[string]*refusals
}

// ProgramOptions are what [Programs] work with.
type ProgramOptions struct {
	Prompter asker
	Settings func() settings.Settings
	Profile  func(ctx context.Context, name string) settings.Profile // all that protects one
	Account  func(ctx context.Context, profile string) string        // that one leads to, as the person is shown it; empty where it is not known
	Locked   func() bool
	Grants   *Grants
	Life     func() context.Context // under which questions are asked: until the next lock
	Log      *slog.Logger           // may be nil
}

// refusals are those of a profile since the person last allowed something.
type refusals struct {
	inARow int
	wait   retry.Backoff // how long nobody is asked about the profile after more
	until  time.Duration // nobody is asked about it before
}

// NewPrograms makes the decision, which is none while it is locked.
func NewPrograms(o ProgramOptions) *Programs {
	return &Programs{o: o, approvals: inflight.NewAnswers(o.Log), refused: make(map[string]*refusals)}
}

// Around asks before a program gets credentials of a protected profile, and refuses
// what an agent must not do. It may return: ErrCanceled, ErrNobodyToAsk,
// ErrNoCredentials where the settings refuse. What it finds out about who asks,
// [agent.Decided] says inside. It is an [agent.Around].
func (s *Programs) Around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	ctx, _ = agent.Deciding(ctx)
	use.Revise(s.unlessAgent)
	if err := s.admit(ctx, use); err != nil {
		return err
	}
	return do(ctx)
}

func (s *Programs) admit(ctx context.Context, use agent.Use) error {
	own := s.o.Settings()
	var profile settings.Profile
	if use.HandsOut && own.Decides() {
		profile = s.o.Profile(ctx, use.Profile)
	}
	if profile.Protected.Asks() {
		agent.Protect(ctx)
	}
	switch {
	case use.Harmless && !use.Personal, s.o.Locked() && use.WhileLocked == "":
		return nil // what is refused anyway is no reason to ask anybody
	case use.HandsOut && !profile.Protects() && len(own.AgentPrograms) == 0:
		s.marked(ctx, use) // whoever asks: there is nothing to look up
		return nil
	case !use.HandsOut && own.AgentsMayChange && !use.Personal:
		return nil
	}
	who := s.look(use, own)
	agent.Asks(ctx, who.chain, who.agent)
	switch {
	case use.Personal && who.agent != "":
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%s is asking for this, but agents may not sign in, unlock or end what you have allowed", who.agent).
			WithHint("do it yourself, in a terminal or in the menu")
	case !use.HandsOut && who.agent != "":
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%s is asking for this, but agents may not change keys, settings or the config file", who.agent).
			WithHint("do it yourself, in a terminal or in the menu; `vaultbar settings set agents_may_change yes` lets agents do it")
	case !use.HandsOut:
		return nil
	case who.agent != "" && profile.ForAgents() == settings.AgentsRefuse:
		return refusedTo(who.agent, use.Profile)
	case profile.Protected.Asks(), who.agent != "" && profile.ForAgents() == settings.AgentsAsk:
		return s.ask(ctx, use, who, profile)
	}
	return nil
}

// Served decides anew about what is handed out by a server that an agent has started: the
// settings may have been tightened since. What the person has allowed it goes on. Nobody is
// asked: who starts the server again is. It may return: ErrNoCredentials. It is an
// [agent.Around] of what Vaultbar itself does, by what was decided before.
func (s *Programs) Served(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	before := agent.Decided(ctx)
	if !use.HandsOut || before.Agent == "" || s.o.Locked() {
		return do(ctx)
	}
	switch profile := s.o.Profile(ctx, use.Profile); {
	case profile.ForAgents() == settings.AgentsRefuse:
		return refusedTo(before.Agent, use.Profile)
	case before.By == "" && (profile.Protected.Asks() || profile.ForAgents() == settings.AgentsAsk):
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s is served %s, which now needs your approval first", before.Agent, vaultcore.Printable(use.Profile)).
			WithHint("start the command again to be asked")
	}
	return do(ctx)
}

// refusedTo is the refusal of an agent by the settings.
func refusedTo(agent, profile string) error {
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s gets no credentials of %s: the settings refuse them to agents", agent, vaultcore.Printable(profile)).
		WithHint("do it yourself, or run `vaultbar settings set --profile %s agents ask`", vaultcore.Argument(profile))
}

// unlessAgent has nobody taken for a person who sits at the terminal of what an agent
// runs: who types there may be the agent. It looks only when somebody wants to know.
func (s *Programs) unlessAgent(caller *vaultcore.Caller) {
	if caller.Person == nil {
		return
	}
	asks := *caller
	caller.Person = func() bool {
		var chain vaultcore.Chain
		if asks.Chain != nil {
			chain = asks.Chain()
		}
		name, _ := agentOf(chain, asks.Env, s.o.Settings().AgentPrograms)
		return name == "" && asks.Person()
	}
}

// marked notes the agent that a program says it works for, which costs no look at the
// processes.
func (s *Programs) marked(ctx context.Context, use agent.Use) {
	if name, _ := agentOf(nil, use.Caller().Env, nil); name != "" {
		agent.Asks(ctx, nil, name)
	}
}

// who is who asks.
type who struct {
	caller  vaultcore.Caller
	chain   vaultcore.Chain
	agent   string // that it works for; empty for none
	at      int    // where in the chain the agent is, -1 where it is not
	sandbox string // that it runs in; empty for none
	shown   string // to the person
}

func (s *Programs) look(use agent.Use, own settings.Settings) who {
	w := who{caller: use.Caller()}
	w.caller.Profile, w.sandbox = use.Profile, sandboxOf(w.caller)
	if w.caller.Chain != nil {
		w.chain = w.caller.Chain()
	}
	if w.agent, w.at = agentOf(w.chain, w.caller.Env, own.AgentPrograms); w.agent != "" {
		w.caller.Person = nil // who types at the terminal of an agent's program may be the agent
	}
	if w.at >= 0 {
		w.chain = slices.Clone(w.chain)
		w.chain[w.at].Program = w.agent // whatever its script is called
	}
	asker := w.chain.Asker()
	if w.agent != "" && w.at != asker {
		w.caller.By = w.agent
	}
	if w.caller.Chain != nil { // what it says of itself does not count
		w.caller.Program, w.caller.Dir, w.caller.Names = "", "", nil
	}
	if asker >= 0 { // the person is shown the very program that a grant would be for
		is := w.chain[asker]
		w.caller.Program, w.caller.Dir = is.Program, is.Dir
		if is.Renamed {
			w.caller.Path = is.Path
		}
	}
	w.caller = w.caller.Named()
	if w.sandbox != "" { // this question is the one about it, too
		w.caller.Dir = sandboxed
	}
	w.shown = w.caller.String()
	return w
}

// ask asks the person, once for all who ask alike.
func (s *Programs) ask(ctx context.Context, use agent.Use, who who, profile settings.Profile) error {
	handed := handedBy(use)
	want := wantOf(&s.files, use.Profile, handed.thing, who)
	if grant := s.o.Grants.Covers(want); grant != 0 {
		agent.Allow(ctx, agent.ByGrant, grant)
		return nil
	}
	if left := s.pause(use.Profile); left > 0 {
		return vaultcore.Faultf(vaultcore.ErrCanceled, "you denied %s to several programs, and are not asked again right away", vaultcore.Printable(use.Profile)).
			WithHint("run it again in %d s to be asked again, or open the console of the profile from the menu", int(left.Seconds())+1)
	}
	q := handed.question(use.Profile, s.o.Account(ctx, use.Profile), who, want, profile.Protected)
	life := s.o.Life()
	answer, err := s.approvals.Do(ctx, life, vaultcore.Alone(&who.caller), want.key(q.ID()), func(ctx context.Context) (string, error) {
		ctx, release := agent.HoldNotes(ctx) // for who keeps account of the answer
		defer release()
		agent.Asks(ctx, who.chain, who.agent)
		return s.put(ctx, q, want, who.shown)
	})
	switch {
	case life.Err() != nil:
		return context.Cause(life)
	case err != nil:
		return denied(err, who.shown, handed.what)
	}
	agent.Allow(ctx, answer, s.o.Grants.Covers(want))
	return nil
}

// put asks, and keeps what the person allows for longer.
func (s *Programs) put(ctx context.Context, q vaultcore.Question, want want, program string) (string, error) {
	answer, err := s.o.Prompter.Ask(ctx, q)
	if err != nil {
		if errors.Is(err, vaultcore.ErrCanceled) && !errors.Is(err, vaultcore.ErrPaused) {
			s.refuse(want.profile)
		}
		return "", err
	}
	s.mu.Lock()
	delete(s.refused, want.profile)
	s.mu.Unlock()
	agent.Allow(ctx, answer.Reveal(), s.o.Grants.Allow(want, program, term(answer.Reveal())))
	if ctx.Err() != nil { // a lock that came meanwhile may have ended the grants before this one
		s.o.Grants.Drop()
		return "", context.Cause(ctx)
	}
	return answer.Reveal(), nil
}

// key is what programs have in common that wait for one answer to a question: all that a
// grant would be bound to.
func (w want) key(question string) string {
	asker, ok := w.asker()
	switch {
	case !ok:
		return fmt.Sprintln(question, w.sandbox)
	case w.contents != "":
		return fmt.Sprintln(question, w.sandbox, w.agent, w.contents, w.below().PID, w.below().Started)
	default:
		return fmt.Sprintln(question, w.sandbox, asker.PID, asker.Started)
	}
}

// How long no question about a profile is put after refusals: a program that asks under
// ever new names must not tire the person out. The same question pauses by itself.
const (
	refusalsAllowed = 3 // in a row, before there is a pause
	firstPause      = 30 * time.Second
	longestPause    = 10 * time.Minute
)

func (s *Programs) refuse(profile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refused[profile]
	if r == nil {
		r = &refusals{wait: retry.Backoff{First: firstPause, Most: longestPause}}
		s.refused[profile] = r
	}
	if r.inARow++; r.inARow >= refusalsAllowed {
		r.until = s.o.Grants.clock() + r.wait.Next()
	}
}

func (s *Programs) pause(profile string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.refused[profile]; r != nil {
		return r.until - s.o.Grants.clock()
	}
	return 0
}
