package prompt

import (
	"maps"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Pause is how long a question that was canceled is not put again by itself.
const Pause = 30 * time.Second

// How many dialogs may be canceled in a row before none comes up by itself, and for how
// long that is at most. The first time it is [Pause], and twice as long each further time.
const (
	cancelsAllowed = 5
	longestRest    = 10 * time.Minute
)

// refuse takes in that a question was canceled.
func (d *Prompter) refuse(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.refused, func(_ string, at time.Time) bool { return time.Since(at) >= Pause })
	d.refused[id] = time.Now()
}

// dialogEnded takes in what became of a dialog.
func (d *Prompter) dialogEnded(canceled bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !canceled {
		d.inARow, d.rests = 0, time.Time{}
		d.rest.Reset()
		return
	}
	if d.inARow++; d.inARow >= cancelsAllowed {
		d.rests = time.Now().Add(d.rest.Next())
	}
}

// pausing is how long a question is not put by itself, because it was canceled a moment
// ago, or else several others.
func (d *Prompter) pausing(id string) (left time.Duration, itself bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at, ok := d.refused[id]; ok && time.Since(at) < Pause {
		left, itself = Pause-time.Since(at), true
	}
	return max(left, time.Until(d.rests)), itself
}

// paused is the failure of a question that is not put yet.
func (d *Prompter) paused(q vaultcore.Question) error {
	left, itself := d.pausing(q.ID())
	text := "several questions in a row were canceled, so none is asked automatically for a while"
	if itself {
		text = "the question " + subject(q) + " was canceled a moment ago"
	}
	return vaultcore.Faultf(vaultcore.ErrCanceled, "%s", text).WithCause(vaultcore.ErrPaused).
		WithHint("to be asked again, run a vaultbar command in a terminal or choose the profile in the menu, or wait %d s", int(left.Seconds())+1)
}
