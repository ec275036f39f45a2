package liveconfig

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// How a request waits for a file that somebody is writing.
const (
	// quietTime is how long the file must be left alone before a request reads what
	// is new in it: a program that writes line by line is not interrupted.
	quietTime = 20 * time.Millisecond
	// poll is the pause between two looks.
	poll = 10 * time.Millisecond
	// racy is how much older than the reading the file must be before its mark is
	// trusted: two writes within the resolution of a file's times look alike. That
	// of FAT is two seconds.
	racy = 3 * time.Second
)

// Latest returns what the file says now, for a request about a profile, or about
// none in particular (""). An edit that was made before the call counts. Where the
// file is as it was, that costs one stat.
//
// A file that looks half-written is waited for, but not longer than debounce: then the
// last good config counts. Only a profile that is missing there is waited for until
// the file has been left alone, or what it lacks is believed. When ctx ends, so does
// the waiting.
func (r *File) Latest(ctx context.Context, profile string) awsconfig.Config {
	for start := time.Now(); ; {
		pause := r.refresh(profile, time.Since(start))
		if pause <= 0 {
			return r.Current()
		}
		if retry.Sleep(ctx, pause) != nil {
			return r.Current()
		}
	}
}

// refresh reads the file if it has changed, and returns how long a request that has
// waited so long should wait before the next look; 0 when it need not.
func (r *File) refresh(profile string, waited time.Duration) time.Duration {
	now := r.look()
	quiet := max(time.Since(now.touched()), 0) // the clock of a file server may be ahead
	r.mu.Lock()
	seen := r.seen
	r.mu.Unlock()
	fresh := now != seen.mark
	if fresh && quiet < quietTime && waited < debounce {
		return quietTime - quiet
	}
	taken := seen.taken
	if fresh || !taken || seen.at.Sub(now.touched()) < racy {
		taken = r.load(false)
	}
	missing := false
	if profile != "" {
		_, known := r.Current().Profiles.Get(profile)
		missing = !known
	}
	switch {
	case !taken && waited < debounce,
		!taken && missing && waited < debounce+debounceLost,
		missing && quiet < debounce && waited < debounce:
		return poll
	}
	return 0
}
