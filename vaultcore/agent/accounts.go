package agent

import (
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// AccountsRequest asks for a page of the accounts of a sign-in.
type AccountsRequest struct {
	SignIn   string           `json:"sign_in,omitempty"`  // its name, or a profile that uses it; may be empty where there is one
	Roles    bool             `json:"roles,omitempty"`    // with their roles
	Accounts []string         `json:"accounts,omitempty"` // only those with these ids or names; empty for all
	After    string           `json:"after,omitempty"`    // Next of the page before; empty begins
	Caller   vaultcore.Caller `json:"-"`                  // its person may be asked to sign in
}

// AccountsResult is a page of accounts.
type AccountsResult struct {
	SignIn   string              `json:"sign_in"` // the name of the sign-in
	Accounts []vaultcore.Account `json:"accounts"`
	Done     int                 `json:"done"`  // how many accounts all pages so far were about
	Total    int                 `json:"total"` // how many there are
	Next     string              `json:"next,omitempty"`
}

// SyncRequest changes the config file so that each role that a person has has a profile.
type SyncRequest struct {
	SignIn   string           `json:"sign_in,omitempty"`  // its name, or a profile that uses it; may be empty where there is one
	Region   string           `json:"region,omitempty"`   // of new profiles; empty for that of the sign-in
	Template string           `json:"template,omitempty"` // of the names of new profiles; empty for the usual one
	Ignore   []string         `json:"ignore,omitempty"`   // globs of accounts, by id or name, and of roles
	Prune    bool             `json:"prune,omitempty"`    // take out what was written before and is no longer listed
	Agreed   string           `json:"agreed,omitempty"`   // Change of the result that was shown and is to be made; empty only shows one
	Caller   vaultcore.Caller `json:"-"`
}

// SyncResult is a change to the config file.
type SyncResult struct {
	SetupResult
	Change  string `json:"change,omitempty"` // tells the change from others; empty when there is none
	Added   int    `json:"added"`            // how many profiles
	Removed int    `json:"removed"`
}

func (SyncResult) long() bool { return false } // it is one text

// halves divides a change that is longer than a frame.
func (r SyncResult) halves() (first, rest any, ok bool) {
	half := len(r.Diff) / 2
	for half < len(r.Diff) && !utf8.RuneStart(r.Diff[half]) {
		half++
	}
	last := r
	last.Diff = r.Diff[half:]
	return SyncResult{SetupResult: SetupResult{Diff: r.Diff[:half]}}, last, half > 0
}

// join puts a part before the result that it is a part of.
func (r *SyncResult) join(before any) { r.Diff = before.(*SyncResult).Diff + r.Diff }
