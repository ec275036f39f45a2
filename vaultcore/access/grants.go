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

// grant is for a program, by what is in its files, below one process; where no file
// says what the program does it is for one process alone.
type grant struct {
	shown vaultcore.Grant
	asker vaultcore.Process
	what  string            // what is in the files of the asker; empty where none says what it does
	below vaultcore.Process // the process that must lead to it
	until time.Duration     // by the clock; 0 for as long as below runs
}

// term is for how long something is allowed.
type term string

const (
	once       term = "once"
	hour       term = "hour"
	whileThere term = "runs"
)

// hourTime is how long "for 1 hour" is.
const hourTime = time.Hour

// Allow makes a grant to who asks.
func (g *Grants) Allow(profile, program string, chain vaultcore.Chain, how term) {
	at := chain.Asker()
	if how == once || at < 0 || chain[at].Started == 0 {
		return
	}
	asker := chain[at]
	made := grant{
		shown: vaultcore.Grant{Profile: profile, Program: program, Begun: time.Now()},
		asker: asker, what: contentsOf(asker), below: asker,
	}
	if how == hour {
		made.until = g.clock() + hourTime
		if made.what != "" {
			made.below = terminalOf(chain[at:])
		}
	}
	g.mu.Lock()
	g.lastID++
	made.shown.ID = g.lastID
	g.all = append(g.all, made)
	g.mu.Unlock()
	g.changed()
}

// terminalOf is the process below which a program is one and the same asker: the
// leader of its session, such as the shell of a terminal; its parent, where the
// program leads a session of its own.
func terminalOf(chain vaultcore.Chain) vaultcore.Process {
	for i, p := range chain[1:] {
		if p.Leads || i+2 == len(chain) {
			return p
		}
	}
	return chain[0]
}

// Covers says whether a grant allows who asks to have a profile.
func (g *Grants) Covers(profile string, chain vaultcore.Chain) bool {
	at := chain.Asker()
	if at < 0 {
		return false
	}
	now := g.clock()
	g.mu.Lock()
	all := slices.Clone(g.all)
	g.mu.Unlock()
	return slices.ContainsFunc(all, func(made grant) bool {
		return made.shown.Profile == profile && !made.over(now) && made.holds(chain, chain[at])
	})
}

// holds says whether a grant is for this asker: the same program below the same
// process. One of which no file says what it does must be the very process, still of
// the same program.
func (g grant) holds(chain vaultcore.Chain, asker vaultcore.Process) bool {
	if g.what != "" {
		return contentsOf(asker) == g.what && chain.Has(g.below)
	}
	return asker.Is(g.asker) && asker.Path == g.asker.Path && asker.Program == g.asker.Program
}

func (g grant) over(now time.Duration) bool { return g.until != 0 && now >= g.until || !g.below.Runs() }

// List returns the grants that hold, oldest first.
func (g *Grants) List() []vaultcore.Grant {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = slices.DeleteFunc(g.all, func(made grant) bool { return made.over(now) })
	var list []vaultcore.Grant
	for _, made := range g.all {
		if made.until != 0 {
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
	before := len(g.all)
	g.all = slices.DeleteFunc(g.all, func(made grant) bool {
		return (id == 0 || made.shown.ID == id) && (profile == "" || made.shown.Profile == profile)
	})
	ended := before - len(g.all)
	g.mu.Unlock()
	if ended > 0 {
		g.changed()
	}
	return ended
}
