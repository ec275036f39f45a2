// Package directory remembers what the portals of IAM Identity Center have listed: the
// accounts that a person reaches by each sign-in, what these are called, and the roles
// there. A screen shows names beside ids by it, and a listing that was cut short goes
// on where it was.
//
// A listing is begun with all accounts and then gets the roles of one account after the
// other. It is whole once all of them are there, and only a whole one that is not old
// says what exists: see [Directory.Whole]. Who asks for a listing gets it in pages, each of
// which comes soon: see [Directory.Page].
//
// The file holds ids, names, e-mail addresses and names of roles, and no secret. It lies
// in the state folder and is for its owner alone. Start with [Open].
package directory

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// How long a listing that was cut short goes on where it was, and how long a whole one
// says what exists.
const (
	resumes  = 15 * time.Minute
	wholeFor = time.Hour
)

// Directory is the file and what it says. Make one with [Open]; its methods may be
// called from many goroutines.
type Directory struct {
	file *atomicfile.JSON

	mu       sync.Mutex          // guards what follows
	listings map[string]*listing // by key
	names    map[string]string   // of accounts, by id
}

// listing is what the portal of one sign-in has.
type listing struct {
	Begun    time.Time           `json:"begun"`
	Accounts []vaultcore.Account `json:"accounts"` // by id; those without Roles are not listed yet
}

// key names a sign-in in the file. Two sessions with one start URL may be two people's.
func key(of vaultcore.SignIn) string { return of.Session + " " + of.StartURL + " " + of.Region }

// Open reads the file at path; with an empty path nothing is written down. The
// directory is of use also after an error, which says that it could not be read.
func Open(path string) (*Directory, error) {
	d := &Directory{file: atomicfile.NewJSON(path)}
	err := d.file.Read(&d.listings)
	if err != nil || d.listings == nil {
		d.listings = make(map[string]*listing)
	}
	maps.DeleteFunc(d.listings, func(_ string, l *listing) bool { return l == nil })
	d.nameLocked()
	return d, err
}

// Save writes down what is known.
func (d *Directory) Save() error { return d.file.Write(&d.mu, &d.listings) }

// nameLocked works out what the accounts are called.
func (d *Directory) nameLocked() {
	d.names = make(map[string]string)
	for _, l := range d.listings {
		for _, a := range l.Accounts {
			if a.Name != "" {
				d.names[a.ID] = a.Name
			}
		}
	}
}

// Name is what an account is called; "" when nothing has told.
func (d *Directory) Name(account string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[account]
}

// Begin begins a listing with all accounts of a sign-in, or goes on with the one that
// was cut short a moment ago: of accounts that it has already, the roles stay.
func (d *Directory) Begin(of vaultcore.SignIn, accounts []vaultcore.Account) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	next := &listing{Begun: now, Accounts: slices.Clone(accounts)}
	if before := d.listings[key(of)]; before != nil && !before.whole() && age(before.Begun, now) < resumes {
		next.Begun = before.Begun
		for i, a := range next.Accounts {
			if at := before.find(a.ID); at != nil {
				next.Accounts[i].Roles = at.Roles
			}
		}
	}
	d.listings[key(of)] = next
	d.nameLocked()
}

// age is how long something is ago, by the clock on the wall; a time that is to come is
// as good as long ago.
func age(then, now time.Time) time.Duration { return now.Round(0).Sub(then.Round(0)).Abs() }

// Accounts are those of the last listing of a sign-in, by id; nil when there was none.
func (d *Directory) Accounts(of vaultcore.SignIn) []vaultcore.Account {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.listings[key(of)]; l != nil {
		return slices.Clone(l.Accounts)
	}
	return nil
}

// SetRoles adds the roles of an account to the listing of a sign-in.
func (d *Directory) SetRoles(of vaultcore.SignIn, account string, roles []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.listings[key(of)]; l != nil {
		if at := l.find(account); at != nil {
			at.Roles = append([]string{}, roles...)
		}
	}
}

// Whole returns all accounts with all their roles, unless some are not listed yet or
// the listing is old.
func (d *Directory) Whole(of vaultcore.SignIn) (accounts []vaultcore.Account, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.listings[key(of)]
	if l == nil || !l.whole() || age(l.Begun, time.Now()) >= wholeFor {
		return nil, false
	}
	return slices.Clone(l.Accounts), true
}

// whole says whether the roles of all accounts are listed.
func (l *listing) whole() bool {
	return !slices.ContainsFunc(l.Accounts, func(a vaultcore.Account) bool { return a.Roles == nil })
}

// find is the account of an id; nil when it is not there.
func (l *listing) find(id string) *vaultcore.Account {
	at, ok := slices.BinarySearchFunc(l.Accounts, id, func(a vaultcore.Account, id string) int {
		switch {
		case a.ID < id:
			return -1
		case a.ID > id:
			return 1
		default:
			return 0
		}
	})
	if !ok {
		return nil
	}
	return &l.Accounts[at]
}
