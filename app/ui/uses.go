package ui

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// What programs got that the person may want to know of is told once, and what comes
// close together, or while nobody sees the screen, in one notice.

const (
	// foldPause is how long nothing may come for what came to be told.
	foldPause = 3 * time.Second
	// longestFold is how long it waits at most.
	longestFold = 30 * time.Second
	// mostPrograms is of how many programs one notice each is shown at a time.
	mostPrograms = 3
	// mostKnown is of how many uses of a kind the person is told at most: programs name
	// themselves, and may bring a config file with profiles of any name.
	mostKnown = 1000
)

// use is one use of a profile that the person is told of.
type use struct {
	who, profile string
	agent        bool // who is an AI agent, not a program that uses it for the first time
	readOnly     bool // the agent may only read
	grant        int  // by which the agent got it; 0 for none
}

// uses are those since the app started.
type uses struct {
	tell    func(context.Context, notify.Notice) error
	visible func(context.Context) error // waits until a person can see the screen

	mu             sync.Mutex // guards what follows
	firsts, agents known
	waiting        []use     // to be told
	began, last    time.Time // when the first and the last of those came
}

// known are uses that were told.
type known map[use]bool

// news says whether a use was not told yet, and notes that it is now.
func (k *known) news(u use) bool {
	if (*k)[u] || len(*k) >= mostKnown {
		return false
	}
	if *k == nil {
		*k = make(known)
	}
	(*k)[u] = true
	return true
}

// FirstUse tells of a program that uses a profile for the first time since the app
// started.
func (u *uses) FirstUse(ctx context.Context, program, profile string) {
	if program != "" {
		u.add(ctx, &u.firsts, use{who: vaultcore.Printable(program), profile: profile})
	}
}

// AgentGot tells of an AI agent that got credentials, once for each grant, and where it
// needed none once for each profile since the app started.
func (u *uses) AgentGot(ctx context.Context, h agent.AgentUse) {
	u.add(ctx, &u.agents, use{who: vaultcore.Printable(h.Agent), profile: h.Profile, agent: true, readOnly: h.ReadOnly, grant: h.Grant})
}

// add has a use told soon, if it is news.
func (u *uses) add(ctx context.Context, k *known, is use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !k.news(is) {
		return
	}
	u.last = time.Now()
	if u.waiting = append(u.waiting, is); len(u.waiting) == 1 {
		u.began = u.last
		go u.tellAll(context.WithoutCancel(ctx))
	}
}

// tellAll tells all that waits, once nothing more comes.
func (u *uses) tellAll(ctx context.Context) {
	for left := u.left(); left > 0; left = u.left() {
		time.Sleep(left)
	}
	_ = u.visible(ctx)
	u.mu.Lock()
	all := u.waiting
	u.waiting = nil
	u.mu.Unlock()
	for _, n := range fold(all) {
		_ = u.tell(ctx, n) // which logs why it cannot
	}
}

// left is how long what waits is not told yet.
func (u *uses) left() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return min(time.Until(u.last.Add(foldPause)), time.Until(u.began.Add(longestFold)))
}

// fold is what the person is told of uses that came close together: a notice for each
// agent, and for each program unless there are many.
func fold(all []use) []notify.Notice {
	var order []use // the first of each notice
	profiles := make(map[use][]string)
	var programs int
	var used []string
	for _, is := range all {
		of := use{who: is.who, agent: is.agent, readOnly: is.readOnly}
		if len(profiles[of]) == 0 {
			order = append(order, of)
			if !of.agent {
				programs++
			}
		}
		if !slices.Contains(profiles[of], is.profile) {
			profiles[of] = append(profiles[of], is.profile)
		}
		if !is.agent && !slices.Contains(used, is.profile) {
			used = append(used, is.profile)
		}
	}
	var notices []notify.Notice
	if programs > mostPrograms {
		notices = append(notices, notify.FirstUses(programs, len(used)))
	}
	for _, of := range order {
		switch {
		case of.agent:
			notices = append(notices, notify.AgentGot(of.who, of.readOnly, profiles[of]...))
		case programs <= mostPrograms:
			notices = append(notices, notify.FirstUse(of.who, profiles[of]...))
		}
	}
	return notices
}
