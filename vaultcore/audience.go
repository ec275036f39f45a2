package vaultcore

import "context"

// Audience is who waits for a piece of work: the people of these callers may be
// asked on its behalf. Callers come and go while the work is under way.
type Audience interface {
	// Callers returns who waits now, longest first. A caller is one and the
	// same as long as its pointer is.
	Callers() []*Caller
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
}

// alone is an audience of one caller who stays.
type alone struct{ caller *Caller }

func (a alone) Callers() []*Caller     { return []*Caller{a.caller} }
func (alone) Changed() <-chan struct{} { return nil }

// nobody is the audience of work that nobody waits for.
type nobody struct{}

func (nobody) Callers() []*Caller       { return nil }
func (nobody) Changed() <-chan struct{} { return nil }

// Alone is the audience of work that only this caller waits for.
func Alone(caller *Caller) Audience { return alone{caller} }

// Nobody is the audience of work that nobody waits for, so that no question is put.
func Nobody() Audience { return nobody{} }

type audienceKey struct{}

// WithAudience attaches to ctx who waits for what is done under it, so that a
// question deep inside a library (a keychain's passphrase) reaches them.
func WithAudience(ctx context.Context, a Audience) context.Context {
	return context.WithValue(ctx, audienceKey{}, a)
}

// AudienceOf returns who waits for what is done under ctx; it is never nil.
func AudienceOf(ctx context.Context) Audience {
	if a, ok := ctx.Value(audienceKey{}).(Audience); ok {
		return a
	}
	return nobody{}
}
