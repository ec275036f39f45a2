package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// Notices that are not urgent come once a week at most, across restarts of the app.

const (
	// quietFor is how long a notice that is not urgent is not repeated.
	quietFor = 7 * vaultcore.Day
	// settling is how long a rotation is given before it is taken to have been left.
	settling = 10 * time.Minute
)

// quiet remembers when a notice was last shown, by a file for each in a folder; in an
// empty folder's name it remembers nothing.
type quiet string

func (q quiet) file(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(string(q), "told-"+hex.EncodeToString(sum[:8]))
}

// may says whether a notice may be shown again.
func (q quiet) may(key string, now time.Time) bool {
	if q == "" {
		return true
	}
	info, err := os.Stat(q.file(key))
	return err != nil || now.Sub(info.ModTime()).Abs() >= quietFor
}

// shown notes that a notice was shown.
func (q quiet) shown(key string) {
	if q == "" {
		return
	}
	_ = os.WriteFile(q.file(key), nil, 0o600) // or it is told once more
	now := time.Now()
	_ = os.Chtimes(q.file(key), now, now)
}

// keys tells of keys that are old, and of rotations that do not go on by themselves.
func (r *Reminders) keys(a *agenda, s vaultcore.Snapshot) {
	tell := func(notice notify.Notice, name string) {
		if r.shown[notice.Key] || r.quiet.may(notice.Key, a.now) {
			a.due = append(a.due, reminder{notice: notice, does: menu.Action{Kind: menu.Rotate, Profile: name}, quiet: true})
		}
	}
	for _, rotation := range s.Rotating {
		switch left := rotation.Begun.Add(settling).Sub(a.now); {
		case rotation.Waits():
		case left > 0:
			a.look(a.now.Add(left))
		default:
			tell(notify.RotationWaits(rotation.Names[0]), rotation.Names[0])
		}
	}
	for _, key := range s.KeptKeys {
		if _, open := s.Rotation(key.Name); !open && key.Old(s.KeyAgeWarn(), a.now) {
			tell(notify.KeyIsOld(key.Name, vaultcore.Age(key.Created, a.now), restingOn(s, key.Name)), key.Name)
		}
	}
}

// restingOn counts the other profiles whose credentials start from a key.
func restingOn(s vaultcore.Snapshot, name string) int {
	n := 0
	for _, p := range s.Profiles {
		if p.Name != name && p.Source == name {
			n++
		}
	}
	return n
}
