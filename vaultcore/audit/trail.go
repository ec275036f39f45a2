package audit

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	maxWaiting = 8192             // entries that wait in memory for being written
	retryAfter = time.Second      // after a failure
	tellAfter  = time.Second      // screens are told of new entries, all together
	held       = 10 * time.Second // after which it is said that another app has the trail
)

// Options are what a [Trail] works with.
type Options struct {
	Folder  string // of the files; made where it is missing
	Log     *slog.Logger
	Changed func() // is told of new entries, not of each; may be nil
	// Alarm tells the person in one sentence that the trail was damaged, or is not
	// written. It may take long, and may be nil.
	Alarm func(ctx context.Context, what string)
}

// Trail takes in what happens and writes it down. Its methods may be called from many
// goroutines.
type Trail struct {
	o    Options
	most int64 // bytes in a file
	kept int   // files
	wake broadcast.Wake

	mu      sync.Mutex     // guards what follows
	waiting []record.Entry // for being written, oldest first
	lost    int            // entries that came when too many were waiting, since the last that did not
	recent  []record.Entry // the latest that were written, newest first
	trouble string         // why nothing is written; empty while all is well
	telling bool           // screens are about to be told
}

// New makes a trail, of which nothing is written before [Trail.Run].
func New(o Options) *Trail {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Alarm == nil {
		o.Alarm = func(context.Context, string) {}
	}
	return &Trail{o: o, most: maxFile, kept: keptFiles, wake: broadcast.NewWake()}
}

// Add takes in an entry and waits for nothing. Its time is now where it has none.
func (t *Trail) Add(e record.Entry) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	t.mu.Lock()
	if len(t.waiting) < maxWaiting {
		t.waiting = append(t.waiting, e)
	} else {
		t.lost++
	}
	t.mu.Unlock()
	t.wake.Notify()
}

// Recent returns the latest entries, newest first.
func (t *Trail) Recent() []record.Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.recent)
}

// Trouble says why nothing is written now, or "".
func (t *Trail) Trouble() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trouble
}

// Run writes until ctx ends and all that came before is written, or cannot be. While
// another app has the trail it waits for its end.
func (t *Trail) Run(ctx context.Context) {
	release, ok := t.own(ctx)
	if !ok {
		return
	}
	defer release()
	w := t.open(ctx)
	if w == nil {
		return
	}
	for ended := false; !ended; {
		select {
		case <-t.wake:
		case <-ctx.Done():
			ended = true
		}
		if !t.flush(ctx, w) {
			t.wake.Notify()
			_ = retry.Sleep(ctx, retryAfter)
		}
	}
	if err := w.close(); err != nil {
		t.o.Log.Warn("the trail could not be closed", "error", err)
	}
}

// own waits until no other app has the trail.
func (t *Trail) own(ctx context.Context) (release func(), ok bool) {
	got := make(chan func())
	go func() {
		for ctx.Err() == nil {
			release, err := t.lock()
			if err != nil {
				t.fail(ctx, "the trail cannot be written", err)
				_ = retry.Sleep(ctx, retryAfter)
				continue
			}
			select {
			case got <- release:
			case <-ctx.Done():
				release()
			}
			return
		}
	}()
	long := time.NewTimer(held)
	defer long.Stop()
	for {
		select {
		case release := <-got:
			t.mend()
			return release, true
		case <-long.C:
			t.fail(ctx, "another app writes the trail", nil)
		case <-ctx.Done():
			return nil, false
		}
	}
}

func (t *Trail) lock() (release func(), err error) {
	if err := os.MkdirAll(t.o.Folder, 0o700); err != nil {
		return nil, err
	}
	return atomicfile.Lock(filepath.Join(t.o.Folder, lockFile))
}

// open takes the trail up, says what is wrong with it, and fills what is recent.
func (t *Trail) open(ctx context.Context) *writer {
	for {
		w, found, err := openWriter(t.o.Folder, t.most, t.kept)
		if err == nil {
			t.mend()
			t.judge(ctx, found)
			t.remember(latest(t.o.Folder))
			t.o.Changed()
			return w
		}
		t.fail(ctx, "the trail cannot be written", err)
		if ctx.Err() != nil {
			return nil
		}
		_ = retry.Sleep(ctx, retryAfter)
	}
}

// judge says what was found wrong with the end of the trail, and notes it there.
func (t *Trail) judge(ctx context.Context, found record.Report) {
	if found.Torn > 0 {
		t.o.Log.Warn("the last line of the trail was torn", "bytes", found.Torn)
		t.Add(record.Entry{Kind: record.Record, Operation: "torn", Outcome: record.Done, Detail: fmt.Sprintf("the last line was incomplete: %d bytes were dropped", found.Torn)})
	}
	if len(found.Damage) == 0 {
		return
	}
	for _, damage := range found.Damage {
		t.o.Log.Warn("the trail is damaged", "where", damage.String())
	}
	first := found.Damage[0].String()
	t.Add(record.Entry{Kind: record.Record, Operation: "damaged", Outcome: record.Done, Detail: first})
	go t.o.Alarm(ctx, "Vaultbar's audit trail was damaged or altered: "+first+".")
}

// shown is how many entries are recent.
const shown = 10

// remember adds written entries to the recent ones.
func (t *Trail) remember(written []record.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range written[max(0, len(written)-shown):] {
		t.recent = slices.Insert(t.recent, 0, e)
	}
	t.recent = t.recent[:min(len(t.recent), shown)]
}

// flush writes what waits, and says whether it could.
func (t *Trail) flush(ctx context.Context, w *writer) bool {
	t.mu.Lock()
	batch, lost := t.waiting, t.lost
	t.waiting, t.lost = nil, 0
	t.mu.Unlock()
	if len(batch) == 0 && lost == 0 {
		return true
	}
	entries := slices.Clone(batch)
	if lost > 0 {
		entries = append(entries, record.Entry{Time: time.Now().UTC().Truncate(time.Microsecond), Kind: record.Record, Operation: "lost", Outcome: record.Done,
			Detail: fmt.Sprintf("%s lost while the trail could not be written", lines(int64(lost), "was", "were"))})
	}
	n, err := w.write(entries)
	t.remember(entries[:n])
	if n > 0 {
		t.tell()
	}
	if err != nil {
		t.fail(ctx, "the trail cannot be written", err)
		t.back(batch[min(n, len(batch)):], lost, n == len(entries))
		return false
	}
	t.mend()
	return true
}

// back takes back what could not be written. The note of what was lost comes last.
func (t *Trail) back(batch []record.Entry, lost int, noted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !noted {
		t.lost += lost
	}
	t.waiting = append(batch, t.waiting...)
	if over := len(t.waiting) - maxWaiting; over > 0 {
		t.waiting, t.lost = t.waiting[:maxWaiting], t.lost+over
	}
}

// tell tells screens of new entries, once for all of a moment.
func (t *Trail) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.telling {
		return
	}
	t.telling = true
	time.AfterFunc(tellAfter, func() {
		t.mu.Lock()
		t.telling = false
		t.mu.Unlock()
		t.o.Changed()
	})
}

// fail notes why nothing is written, and says so once.
func (t *Trail) fail(ctx context.Context, what string, err error) {
	switch {
	case vaultcore.NoSpace(err):
		what += ": the disk is full"
	case err != nil:
		what += ": " + err.Error()
	}
	t.mu.Lock()
	news := t.trouble != what
	t.trouble = what
	t.mu.Unlock()
	if news {
		t.o.Log.Warn("the audit trail is currently not written", "reason", what)
		go t.o.Alarm(ctx, "Vaultbar's audit trail is currently not written: "+what+".")
		t.o.Changed()
	}
}

// mend notes that all is well again.
func (t *Trail) mend() {
	t.mu.Lock()
	mended := t.trouble != ""
	t.trouble = ""
	t.mu.Unlock()
	if mended {
		t.o.Log.Info("the audit trail is written again")
	}
}
