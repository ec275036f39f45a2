package tray

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

const (
	// tick is the least time between two redraws that only a countdown asks
	// for: ten sessions that count down out of step wake the machine twice a
	// minute, not ten times.
	tick = 30 * time.Second
	// again is how long after a snapshot that failed the next one is tried.
	again = 30 * time.Second
	// startUp is how long after its start the library is sure to show an icon
	// that it is given. One that it is given while it starts may be lost.
	startUp = 2 * time.Second
	// maxChosen is how many profiles chosen from a list are remembered.
	maxChosen = 5
)

// bar owns the menu. Its fields below the channels belong to the goroutine that
// runs it.
type bar struct {
	options Options
	log     *slog.Logger

	wake     broadcast.Wake   // something changed
	states   chan state       // what is known now
	clicks   chan click       // in the order in which they came
	chosen   chan string      // a profile was chosen from a list
	finished chan menu.Action // what a click began is over
	stopped  chan struct{}    // closed when nothing is drawn any more
	hosts    <-chan bool      // a tray host came, or went; nil where one is always there

	surface surface
	shown   menu.Menu
	rows    []row
	known   state
	recent  []string             // profiles that were chosen, latest first
	running map[menu.Action]bool // what clicks began
	ticked  time.Time            // the last redraw for a countdown
	drawn   bool                 // a snapshot is drawn
	whole   bool                 // the host that is here has met the top level, and gets the submenus
	rise    *time.Timer          // for the submenus of a host that came
	lonely  *time.Timer          // for telling that no host comes
	missing bool                 // that was told
	failing bool                 // the last snapshot failed, and was logged
	ticker  *time.Timer          // for the next countdown or attempt
}

// click is a click on a row, by its number.
type click struct {
	row int
	at  time.Time
}

// state is what was known at one moment.
type state struct {
	snap vaultcore.Snapshot
	err  error
	some bool // it was asked for at all
}

func newBar(o Options) *bar {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &bar{
		options: o, log: log,
		wake: broadcast.NewWake(), states: make(chan state), clicks: make(chan click, 64),
		chosen: make(chan string), finished: make(chan menu.Action), stopped: make(chan struct{}),
		running: make(map[menu.Action]bool),
	}
}

func (b *bar) menuOptions() menu.Options {
	return menu.Options{Console: true, Chosen: b.recent}
}

// begin makes the rows, with what is known already. It returns without waiting:
// the tray serves no menu before.
func (b *bar) begin(s surface) {
	b.surface = s
	b.shown = menu.Starting(b.menuOptions())
	b.learn(b.known)
	if b.known.some && b.known.err == nil {
		b.shown, b.drawn = menu.Build(b.known.snap, time.Now(), b.menuOptions()), true
	}
	b.rows = flatten(b.shown.Items)
	b.build()
	s.face(menu.Menu{}, b.shown)
}

// clicked hands a click over to the owner.
func (b *bar) clicked(row int) {
	select {
	case b.clicks <- click{row, time.Now()}:
	case <-b.stopped:
	}
}

// run draws what is known and does what is clicked, until ctx ends.
func (b *bar) run(ctx context.Context) {
	defer close(b.stopped)
	go b.watch(ctx)
	go b.follow(ctx)
	for _, timer := range []**time.Timer{&b.ticker, &b.rise, &b.lonely} {
		*timer = time.NewTimer(time.Hour)
		(*timer).Stop()
		defer (*timer).Stop()
	}
	started := time.NewTimer(startUp)
	defer started.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-b.states:
			b.learn(now)
			b.redraw()
		case c := <-b.clicks:
			b.handleClick(ctx, c)
		case name := <-b.chosen:
			b.choose(name)
			b.redraw()
		case action := <-b.finished:
			delete(b.running, action)
		case here := <-b.hosts:
			b.greet(here)
		case <-b.rise.C:
			b.fill()
		case <-b.lonely.C:
			b.missed()
		case <-started.C:
			b.surface.face(menu.Menu{}, b.shown)
		case <-b.ticker.C:
			b.ticked = time.Now()
			b.wake.Notify()
		}
	}
}

// learn takes in what a look has found. A vault that is locked may refuse to
// tell: then what was known before still is, but for its sessions.
func (b *bar) learn(now state) {
	if errors.Is(now.err, vaultcore.ErrLocked) {
		now.snap, now.err = withoutSessions(b.known.snap), nil
	}
	b.known = now
}

func withoutSessions(snap vaultcore.Snapshot) vaultcore.Snapshot {
	snap.Locked, snap.Asking, snap.SignIns = true, nil, nil
	snap.Profiles = slices.Clone(snap.Profiles)
	for i := range snap.Profiles {
		p := &snap.Profiles[i]
		p.State, p.Expires, p.Sessions, p.Err = vaultcore.StateNone, time.Time{}, nil, ""
	}
	return snap
}

// redraw draws what is known, and sets the timer for when that will read
// differently.
func (b *bar) redraw() {
	now := time.Now()
	if b.known.err != nil {
		b.fail()
		return
	}
	if !b.known.some {
		return
	}
	b.failing, b.drawn = false, true
	m := menu.Build(b.known.snap, now, b.menuOptions())
	b.draw(m)
	b.ticker.Stop()
	if !m.Next.IsZero() {
		b.ticker.Reset(max(time.Until(m.Next), b.ticked.Add(tick).Sub(now), 0))
	}
}

// fail leaves the last menu as it is, since it says more than none, and tries
// again later. Before the first it says that nothing can be told.
func (b *bar) fail() {
	if !b.failing {
		b.failing = true
		b.log.Warn("the menu cannot be brought up to date", "error", b.known.err)
	}
	if !b.drawn {
		b.draw(menu.Failing(b.menuOptions()))
	}
	b.ticker.Reset(again)
}

// choose remembers a profile that was chosen from a list.
func (b *bar) choose(name string) {
	b.recent = slices.DeleteFunc(b.recent, func(other string) bool { return other == name })
	b.recent = append([]string{name}, b.recent...)
	b.recent = b.recent[:min(len(b.recent), maxChosen)]
}
