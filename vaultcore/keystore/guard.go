package keystore

import "context"

// purpose is what a keychain is unlocked for.
type purpose int

const (
	toRead purpose = iota
	toWrite
	toRemove
	toSave  // to write, but asking nobody
	toSweep // to remove, but asking nobody
)

// guard stands before a ring and unlocks it.
type guard interface {
	// locked says whether reading would ask a person first, as far as it is
	// known without asking anything.
	locked() bool
	// asks is the same of memory alone, so that it never blocks.
	asks() bool
	// unlock makes the ring usable. It may ask a person, and returns when they
	// answered, or ctx ended. It opens no prompt of the system's to save or sweep, nor
	// when nobody waits under ctx, but returns ErrLocked.
	unlock(ctx context.Context, why purpose) error
	// lock forgets what unlock learned.
	lock()
}

// unguarded is the guard of a backend that sees to its own locking.
type unguarded struct{}

func (unguarded) locked() bool                          { return false }
func (unguarded) asks() bool                            { return false }
func (unguarded) unlock(context.Context, purpose) error { return nil }
func (unguarded) lock()                                 {}
