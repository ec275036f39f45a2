package access

import (
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Grants are what the person has allowed programs for a while. They are in memory
// alone: they end with the app, with a lock, and when their time or their program is
// over.
type Grants struct {
	clock   func() time.Duration
	changed func()

	mu     sync.Mutex // guards what follows
	lastID int
	all    []grant // oldest first
}

// NewGrants makes an empty list. The clock runs on while the machine sleeps; changed is
// called when a grant is made or is ended by somebody.
func NewGrants(clock func() time.Duration, changed func()) *Grants {
	return &Grants{clock: clock, changed: changed}
}

// want is what a program asks for, and which program it is, as it was when it asked.
type want struct {
	profile  string
	thing    string // what it would be handed, in words
	chain    vaultcore.Chain
	agent    string // that it works for; empty for none
	sandbox  string // that it runs in; empty for none
	contents string // of the files of the asker; empty where none says what it does
}

// wantOf looks at the files of the asker, which may be others in a moment.
func wantOf(files *contents, profile, thing string, who who) want {
	w := want{profile: profile, thing: thing, chain: who.chain, agent: who.agent, sandbox: who.sandbox}
	if asker, ok := w.asker(); ok {
		w.contents = files.of(asker)
	}
	return w
}

// asker is the program that asks; none where the system does not tell it from others.
func (w want) asker() (vaultcore.Process, bool) {
	at := w.chain.Asker()
	if at < 0 || w.chain[at].Started == 0 {
		return vaultcore.Process{}, false
	}
	return w.chain[at], true
}

// below is the process below which a program is one and the same asker: the leader of
// its session, such as the shell of a terminal, or the last process that is known. One
// that began a session of its own is another asker.
func (w want) below() vaultcore.Process {
	chain := w.chain[w.chain.Asker():]
	for _, p := range chain {
		if p.Leads {
			return p
		}
	}
	return chain[len(chain)-1]
}

// byFiles says whether the files of a program say what it does. In a container or sandbox
// they do not: what else it loads there can be anything.
func (w want) byFiles() bool { return w.contents != "" && w.sandbox == "" }

// grant is for one thing of a profile and for a program, by what is in its files, below
// one process; where no file says what the program does it is for one process alone. What
// the person's own program was allowed is nothing for an agent that runs the same program
// in the same terminal.
type grant struct {
	shown vaultcore.Grant
	of    want
	term  term
	below vaultcore.Process // the process that must lead to it; for an hour, the one that leads its session
	until time.Duration     // by the clock
	used  time.Duration     // by the clock: last
	ended chan struct{}     // closed when somebody ends it
}

// term is for how long something is allowed.
type term string

const (
	once       term = "once"
	hour       term = "hour"
	whileThere term = "runs"
)

// How long a grant lasts at most. One for as long as a program runs ends when it was not
// used for long, too: a session that the program got has long ended by then.
const (
	hourTime = time.Hour
	longest  = 12 * time.Hour
	unused   = 2 * time.Hour
)

// Allow makes a grant to who asks, whom the person saw as program, and returns its id; 0
// where what is allowed is over with this use.
func (g *Grants) Allow(w want, program string, how term) (id int) {
	asker, ok := w.asker()
	if how == once || !ok {
		return 0
	}
	made := grant{
		shown: vaultcore.Grant{Profile: w.profile, Of: w.thing, Program: program, Begun: time.Now()},
		of:    w, term: how, below: asker, used: g.clock(), ended: make(chan struct{}),
	}
	made.until = made.used + longest
	if how == hour {
		made.until = made.used + hourTime
		if w.byFiles() {
			made.below = w.below()
		}
	}
	g.mu.Lock()
	g.lastID++
	made.shown.ID = g.lastID
	g.all = append(g.all, made)
	g.mu.Unlock()
	g.changed()
	return made.shown.ID
}

// Covers returns the id of a grant that allows who asks to have what it wants, 0 where
// there is none.
func (g *Grants) Covers(w want) int {
	now := g.clock()
	g.mu.Lock()
	all := slices.Clone(g.all)
	g.mu.Unlock()
	for _, made := range all {
		if made.holds(w) && !made.over(now) {
			g.use(made.shown.ID, now)
			return made.shown.ID
		}
	}
	return 0
}

func (g *Grants) use(id int, now time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.all {
		if g.all[i].shown.ID == id {
			g.all[i].used = now
		}
	}
}

// holds says whether a grant is for this: the same thing, for the same program below the
// same process. One of which no file says what it does must be the very process, still of
// the same program.
func (g grant) holds(w want) bool {
	asker, ok := w.asker()
	if !ok || w.profile != g.of.profile || w.thing != g.of.thing || w.agent != g.of.agent || w.sandbox != g.of.sandbox || w.contents != g.of.contents {
		return false
	}
	switch {
	case w.byFiles() && g.term == hour:
		return w.below().Is(g.below)
	case w.byFiles():
		return w.chain.Has(g.below)
	}
	was, _ := g.of.asker()
	return asker.Is(was) && asker.Path == was.Path && asker.Program == was.Program
}

func (g grant) over(now time.Duration) bool {
	return now >= g.until || g.term == whileThere && now-g.used >= unused || !g.below.Runs()
}

// List returns the grants that hold, oldest first.
func (g *Grants) List() []vaultcore.Grant {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = slices.DeleteFunc(g.all, func(made grant) bool { return made.over(now) })
	var list []vaultcore.Grant
	for _, made := range g.all {
		if made.term == hour {
			made.shown.Ends = time.Now().Add(made.until - now)
		}
		list = append(list, made.shown)
	}
	return list
}

// End ends the grant with this id, or all with 0, of this profile, or of all with the
// empty name, and returns how many there were.
func (g *Grants) End(id int, profile string) int {
	g.mu.Lock()
	ended := 0
	g.all = slices.DeleteFunc(g.all, func(made grant) bool {
		ends := (id == 0 || made.shown.ID == id) && (profile == "" || made.shown.Profile == profile)
		if ends {
			close(made.ended)
			ended++
		}
		return ends
	})
	g.mu.Unlock()
	if ended > 0 {
		g.changed()
	}
	return ended
}

// Drop ends all grants, as a lock does. What they began ends by a lock or goes on, as it
// does where no grant was needed.
func (g *Grants) Drop() {
	g.mu.Lock()
	g.all = nil
	g.mu.Unlock()
	g.changed()
}

// Ended is closed when somebody ends the grant with this id, and at once for one that is
// there no more. That a lock, its time or its program has ended it closes nothing: the
// person has taken nothing back. It is nil for 0, no grant.
func (g *Grants) Ended(id int) <-chan struct{} {
	if id == 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, made := range g.all {
		if made.shown.ID == id {
			return made.ended
		}
	}
	gone := make(chan struct{})
	close(gone)
	return gone
}
