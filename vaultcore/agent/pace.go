package agent

import "time"

// This file is about time: what a peer is given, and when.

// begin marks a request as under way; only one can be.
func (p *peer) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy {
		return false
	}
	p.busy, p.watched = true, false
	p.turn++
	if p.awaited == 0 {
		p.awaited = p.turn
		p.timer.Reset(watchDelay)
	}
	return true
}

// lookAfter starts the watch of a request that has been under way for
// watchDelay. The timer is not stopped and started with each request, which
// would cost more than a quick request does: it runs on, and finds out here
// whether the request that it was started for is still the one.
func (p *peer) lookAfter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := p.busy && p.turn == p.awaited
	p.awaited = 0
	switch {
	case late:
		p.watchLocked()
	case p.busy:
		p.awaited = p.turn
		p.timer.Reset(watchDelay)
	}
}

// watch has another goroutine take over the reading while a request is under
// way.
func (p *peer) watch() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchLocked()
}

func (p *peer) watchLocked() {
	if !p.busy || p.watched {
		return
	}
	p.watched = true
	p.setDeadlineLocked(0)
	p.loops.Go(p.loop)
}

// finish marks the request as done, and says whether another goroutine reads
// on. It comes before the reply is written: the peer may ask again as soon as
// it has read that.
func (p *peer) finish() (watched bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy, p.resting = false, time.Now()
	p.setDeadlineLocked(idleTime)
	return p.watched
}

// idle is how long the peer has asked nothing; false while it waits for us.
func (p *peer) idle() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.resting), !p.busy
}

// rest allows the peer the time it has between two frames: without a limit
// while it waits for us or we for its person.
func (p *peer) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy {
		p.setDeadlineLocked(0)
		return
	}
	p.setDeadlineLocked(idleTime)
}

// hurry starts the clock of a frame that has begun.
func (p *peer) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setDeadlineLocked(frameTime)
}

// dismiss ends the connection once its request has returned.
func (p *peer) dismiss() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dismissed = true
	p.setDeadlineLocked(0)
}

func (p *peer) isDismissed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dismissed
}

// setDeadlineLocked gives the reading so much time from now; 0 is no limit.
func (p *peer) setDeadlineLocked(d time.Duration) {
	var deadline time.Time
	switch {
	case p.dismissed:
		deadline = time.Unix(1, 0)
	case d != 0:
		deadline = time.Now().Add(d)
	}
	if near(deadline, p.deadline) {
		return
	}
	p.deadline = deadline
	_ = p.conn.SetReadDeadline(deadline)
}

// near says whether a deadline need not be moved: to move it for less than a
// second with each frame would cost more than the frame.
func near(want, have time.Time) bool {
	if want.IsZero() || have.IsZero() {
		return want.IsZero() && have.IsZero()
	}
	late := want.Sub(have)
	return late >= 0 && late < time.Second
}
