package agent

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// rows is the table by name.
func rows() map[string]row {
	rows := make(map[string]row)
	for _, row := range table() {
		rows[row.operation().Name] = row
	}
	return rows
}

// requestShape is the shape of all that a client sends.
func requestShape() shape {
	known := shapeOf(reflect.TypeFor[inbound]())
	for _, row := range table() {
		request, _ := row.forms()
		maps.Copy(known, shapeOf(request))
	}
	return known
}

// op is a row: how a request Q is carried out to a result R, which is W on the wire.
type op[Q, R, W any] struct {
	Operation
	do       func(Service, context.Context, Q) (R, error)
	toWire   func(R) W
	fromWire func(W) R
}

// none is a request that says nothing but what is wanted, or a result that says
// nothing but that it is done.
type none struct{}

// watchRequest is what a watch is to call; nothing of it is on the wire.
type watchRequest struct{ changed func() }

// reporter is a request whose sender hears of something before the reply.
type reporter interface{ report(send func(frame any)) }

func (r *watchRequest) report(send func(frame any)) {
	r.changed = func() { send(notice{Changed: true}) }
}

func watch(s Service, ctx context.Context, r watchRequest) error { return s.Watch(ctx, r.changed) }

// addressRequest is an address on the wire.
type addressRequest struct {
	Address string `json:"address,omitempty"`
}

func profilesFor(s Service, ctx context.Context, r addressRequest) ([]string, error) {
	return s.ProfilesFor(ctx, r.Address)
}

func translated[Q, R, W any](o Operation, do func(Service, context.Context, Q) (R, error), toWire func(R) W, fromWire func(W) R) *op[Q, R, W] {
	return &op[Q, R, W]{o, do, toWire, fromWire}
}

// plain is a row whose result is what is on the wire.
func plain[Q, R any](o Operation, do func(Service, context.Context, Q) (R, error)) *op[Q, R, R] {
	same := func(r R) R { return r }
	return translated(o, do, same, same)
}

// act is for a method that returns nothing but an error, bare for one that takes no
// request, and view for one that takes none and returns something.
func act[Q any](do func(Service, context.Context, Q) error) func(Service, context.Context, Q) (none, error) {
	return func(s Service, ctx context.Context, q Q) (none, error) { return none{}, do(s, ctx, q) }
}

func bare(do func(Service, context.Context) error) func(Service, context.Context, none) error {
	return func(s Service, ctx context.Context, _ none) error { return do(s, ctx) }
}

func view[R any](do func(Service, context.Context) (R, error)) func(Service, context.Context, none) (R, error) {
	return func(s Service, ctx context.Context, _ none) (R, error) { return do(s, ctx) }
}

// row is an [op] as the server sees it.
type row interface {
	operation() *Operation
	// read takes the request out of a frame.
	read(frame []byte) (task, error)
	// forms are zero values of what a request and its reply are on the wire.
	forms() (request, reply reflect.Type)
}

func (o *op[Q, R, W]) operation() *Operation { return &o.Operation }

func (o *op[Q, R, W]) read(frame []byte) (task, error) {
	w := &work[Q, R, W]{row: o}
	return w, decode(frame, &w.request)
}

func (o *op[Q, R, W]) forms() (request, reply reflect.Type) {
	return reflect.TypeOf(formOf(new(Q))), reflect.TypeFor[W]()
}

// decode reads a request out of its frame.
func decode[Q any](frame []byte, q *Q) error {
	switch q := any(q).(type) {
	case *none, *watchRequest:
		return nil
	case json.Unmarshaler:
		return q.UnmarshalJSON(frame)
	}
	return json.Unmarshal(frame, q)
}

// subject is what a request says of itself.
type subject struct {
	profile   string
	noSession bool
	caller    *vaultcore.Caller // where who asks is written
}

// asking is a request that names a profile or who asks.
type asking interface{ subject() subject }

func (r *CredentialsRequest) subject() subject { return subject{r.Profile, r.NoSession, &r.Caller} }
func (r *DoctorRequest) subject() subject      { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *IdentifyRequest) subject() subject    { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *AddRequest) subject() subject         { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *RemoveRequest) subject() subject      { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *ClearRequest) subject() subject       { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *ImportRequest) subject() subject      { return subject{caller: &r.Caller} }
func (r *RotateRequest) subject() subject      { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *SignInRequest) subject() subject      { return subject{caller: &r.Caller} }
func (r *SignOutRequest) subject() subject     { return subject{caller: &r.Caller} }
func (r *AccountsRequest) subject() subject    { return subject{caller: &r.Caller} }
func (r *SyncRequest) subject() subject        { return subject{caller: &r.Caller} }
func (r *RevokeRequest) subject() subject      { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *FindRequest) subject() subject        { return subject{caller: &r.Caller} }
func (r *LoginRequest) subject() subject       { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *ServeRequest) subject() subject       { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *StopServingRequest) subject() subject { return subject{caller: &r.Caller} }
func (r *ServeCallerRequest) subject() subject {
	return subject{profile: r.Profile, caller: &r.Caller}
}
func (r *UnlockRequest) subject() subject { return subject{caller: &r.Caller} }
func (r *FolderRequest) subject() subject { return subject{profile: r.Profile, caller: &r.Caller} }
func (r *SetRequest) subject() subject    { return subject{profile: r.Profile, caller: &r.Caller} }

func subjectOf(request any) subject {
	if r, ok := request.(asking); ok {
		return r.subject()
	}
	return subject{}
}
