// Package vaultcore holds the words that the rest of Vaultbar speaks: profiles
// and credentials, secrets, questions put to a person, snapshots for a screen,
// and the errors that everyone shares.
//
// It does nothing itself: no I/O, no clock, no goroutine, and it imports
// nothing but the standard library, so that every package, the start-up
// sensitive command line included, can use the same words at no cost. Each
// technology lives in a folder below this one and imports it; nothing here
// imports any of them.
//
// Start with [Profile] (what the config file says), [Credentials] (what a
// program gets), [Snapshot] (what a screen shows) and [Fault] (how a failure
// reads).
package vaultcore
