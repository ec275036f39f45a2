// Package journal writes down what must go from the keychain: sessions and
// sign-ins that were ended, and keys that were removed. A keychain may be locked,
// away or broken at that moment; what is written here is never used again all the
// same, also not after a restart with the keychain back.
//
// Each session bears the [Journal.Mark] of the time when it was saved. What ends
// sessions raises the mark and notes how old those are that it ended, so that it
// need not know what the keychain has saved. Marks grow with the clock and never
// fall, so that they stay in order when the file is lost. A file that cannot be
// read ends every session: that costs a question, no more.
//
// The file holds names of profiles and fingerprints, and no secret. It lies in
// the state folder. Start with [Open].
package journal

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// Journal is the file and what it says. Make one with [Open]; its methods may be
// called from many goroutines. An error of theirs means that what was noted holds
// until the app ends, and could not be written down.
type Journal struct {
	file *atomicfile.JSON

	mu   sync.Mutex // guards what follows
	page page
}

// page is what the file says.
type page struct {
	Mark     int64            `json:"mark"`
	All      int64            `json:"all,omitempty"`      // sessions of an earlier mark have ended
	Roots    map[string]int64 `json:"roots,omitempty"`    // the same, of those that came from the key of this name
	Profiles map[string]int64 `json:"profiles,omitempty"` // the same, of those of this profile
	Sessions map[string]int64 `json:"sessions,omitempty"` // the same, of those with this fingerprint
	SignIns  map[string]int64 `json:"sign_ins,omitempty"` // the same, of the sign-ins of these ids
	Keys     []string         `json:"keys,omitempty"`     // keys of profiles, which were removed
}

// Open reads the journal at path; with an empty path it is kept in memory only.
// The journal is of use also after an error, which says that it could not be read:
// every session that was saved has ended then.
func Open(path string) (*Journal, error) {
	j := &Journal{file: atomicfile.NewJSON(path)}
	err := j.file.Read(&j.page)
	if err != nil {
		j.page = page{}
		j.raiseLocked()
		j.page.All = j.page.Mark
	}
	if j.page.Roots == nil {
		j.page.Roots = make(map[string]int64)
	}
	if j.page.Profiles == nil {
		j.page.Profiles = make(map[string]int64)
	}
	if j.page.Sessions == nil {
		j.page.Sessions = make(map[string]int64)
	}
	if j.page.SignIns == nil {
		j.page.SignIns = make(map[string]int64)
	}
	return j, err
}

// raiseLocked begins a new mark.
func (j *Journal) raiseLocked() { j.page.Mark = max(j.page.Mark+1, time.Now().UnixNano()) }

// note changes the journal and writes it down.
func (j *Journal) note(change func(*page)) error {
	j.mu.Lock()
	change(&j.page)
	j.mu.Unlock()
	return j.write()
}

// write puts what the journal says into its file.
func (j *Journal) write() error { return j.file.Write(&j.mu, &j.page) }

// Mark is what a session bears that is saved now.
func (j *Journal) Mark() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.page.Mark
}

// Saved is what is known of a saved session, or of a sign-in.
type Saved struct {
	SignIn  string // the id of a sign-in
	Session string // its fingerprint
	Root    string // the name of the key that it came from
	Profile string // whose session it is; empty when that was not saved
	Mark    int64
}

// Ended says whether a saved session or sign-in has ended.
func (j *Journal) Ended(s Saved) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.page
	return s.Mark < max(p.All, p.Roots[s.Root], p.Profiles[s.Profile], p.Sessions[s.Session], p.SignIns[s.SignIn])
}

// EndAll notes that all sessions and sign-ins saved so far have ended.
func (j *Journal) EndAll() error {
	return j.note(func(p *page) {
		j.raiseLocked()
		p.All = p.Mark
		clear(p.Roots)
		clear(p.Profiles)
		clear(p.Sessions)
		clear(p.SignIns)
	})
}

// EndRoot notes the same of those that came from the key of this name.
func (j *Journal) EndRoot(root string) error {
	return j.note(func(p *page) {
		j.raiseLocked()
		p.Roots[root] = p.Mark
	})
}

// EndProfile notes that the sessions of a profile have ended, and so have those of
// these fingerprints, which it shares with others.
func (j *Journal) EndProfile(profile string, sessions ...string) error {
	return j.note(func(p *page) {
		j.raiseLocked()
		p.Profiles[profile] = p.Mark
		for _, session := range sessions {
			p.Sessions[session] = p.Mark
		}
	})
}

// Gone strikes out what was noted up to a mark, because the keychain has nothing
// of it any more.
func (j *Journal) Gone(upTo int64) error {
	return j.note(func(p *page) {
		older := func(_ string, mark int64) bool { return mark <= upTo }
		maps.DeleteFunc(p.Roots, older)
		maps.DeleteFunc(p.Profiles, older)
		maps.DeleteFunc(p.Sessions, older)
	})
}

// GoneSession strikes out one session.
func (j *Journal) GoneSession(session string) error {
	j.mu.Lock()
	noted := j.page.Sessions[session] != 0
	j.mu.Unlock()
	if !noted {
		return nil
	}
	return j.note(func(p *page) { delete(p.Sessions, session) })
}

// EndSignIn notes that a sign-in has ended, as saved so far.
func (j *Journal) EndSignIn(id string) error {
	return j.note(func(p *page) {
		j.raiseLocked()
		p.SignIns[id] = p.Mark
	})
}

// GoneSignIn strikes out one sign-in: the keychain has nothing of it any more.
func (j *Journal) GoneSignIn(id string) error {
	j.mu.Lock()
	noted := j.page.SignIns[id] != 0
	j.mu.Unlock()
	if !noted {
		return nil
	}
	return j.note(func(p *page) { delete(p.SignIns, id) })
}

// RemoveKey notes that the key of a profile was removed.
func (j *Journal) RemoveKey(profile string) error {
	return j.note(func(p *page) {
		if !slices.Contains(p.Keys, profile) {
			p.Keys = append(p.Keys, profile)
		}
	})
}

// Removed says whether the key of a profile was removed, whatever the keychain
// has.
func (j *Journal) Removed(profile string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Contains(j.page.Keys, profile)
}

// RemovedKeys are the profiles whose keys the keychain may still have, though they
// were removed.
func (j *Journal) RemovedKeys() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.page.Keys)
}

// ForgetKey strikes out the key of a profile: the keychain has removed it, or has
// a new one.
func (j *Journal) ForgetKey(profile string) error {
	if !j.Removed(profile) {
		return nil
	}
	return j.note(func(p *page) {
		p.Keys = slices.DeleteFunc(p.Keys, func(other string) bool { return other == profile })
	})
}
