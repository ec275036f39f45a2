package vaultcore

import (
	"errors"
	"fmt"
	"io/fs"
)

// The kinds of failure that a caller acts on. Every error that leaves a package
// and belongs to one of these answers errors.Is. Each has a code on the wire;
// those that a script tells apart have an exit code of the command line.
var (
	ErrNoProfile     = errors.New("no such profile")
	ErrNoCredentials = errors.New("no credentials")
	ErrConfig        = errors.New("the config cannot be used")
	ErrCanceled      = errors.New("canceled")
	ErrNobodyToAsk   = errors.New("nobody to ask")
	ErrLocked        = errors.New("the keychain is locked")
	ErrKeychain      = errors.New("the keychain failed")
	ErrTampered      = errors.New("the keychain was tampered with")
	ErrWrongCode     = errors.New("AWS refused the MFA code")
	ErrRefused       = errors.New("refused by AWS")
	ErrWrongAccount  = errors.New("the credentials are of another account")
	ErrNoAnswer      = errors.New("no answer from AWS")
	ErrProcess       = errors.New("a command of the config failed")
	ErrUnreachable   = errors.New("the app cannot be reached")
	ErrVersion       = errors.New("versions do not match")
	ErrRequest       = errors.New("the request cannot be understood")
	ErrBusy          = errors.New("too busy")
	ErrWantsKeys     = errors.New("the keys of the program's environment are wanted")
)

// ErrPaused is the cause of an ErrCanceled where nobody was asked, because of what was
// canceled a moment ago.
var ErrPaused = errors.New("not asked again yet")

// ErrAskedLeft is the cause of an ErrNobodyToAsk or ErrCanceled where somebody has seen
// the question, but left without an answer, while others still wait for it.
var ErrAskedLeft = errors.New("the one who was asked has left")

// ErrUnanswered is the cause of an ErrCanceled where nobody answered in time.
var ErrUnanswered = errors.New("nobody answered")

// Fault is a failure told to a person: one line for what went wrong and why,
// and optionally what to do about it.
type Fault struct {
	Kind    error  // one of the sentinels above
	Message string // lower case, one line, no secret
	Hint    string // the next step, one or more lines; may be empty
	Cause   error  // for errors.Is and logs; may be nil
}

// Error returns the message.
func (f *Fault) Error() string { return f.Message }

// Unwrap makes errors.Is find the kind and the cause.
func (f *Fault) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}

// Faultf makes a [Fault] without a hint.
func Faultf(kind error, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy that says the next step.
func (f *Fault) WithHint(format string, args ...any) *Fault {
	g := *f
	g.Hint = fmt.Sprintf(format, args...)
	return &g
}

// WithCause returns a copy that says what it came of.
func (f *Fault) WithCause(err error) *Fault {
	g := *f
	g.Cause = err
	return &g
}

// Reason is the failure of a file without its path, which the message names already.
func Reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Hint returns the next step that err carries, or "".
func Hint(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Hint
	}
	return ""
}

// NoProfile is the failure for a name that the config does not have, with the
// names that look like it.
func NoProfile(name, file string, like []string) *Fault {
	f := Faultf(ErrNoProfile, "no profile %q in %s", Printable(name), file)
	if len(like) == 0 {
		return f.WithHint("`vaultbar list` shows the profiles; `vaultbar add %s` adds one", Argument(name))
	}
	hint := "similar names: "
	for i, other := range like {
		if i > 0 {
			hint += ", "
		}
		hint += Printable(other)
	}
	return f.WithHint("%s", hint)
}
