package agent

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// operation is one verb of the protocol.
type operation struct {
	// run carries it out and returns its reply.
	run func(context.Context, Service, *inbound, vaultcore.Caller) (any, error)
	// named says that it wants to know who asks, and may ask back.
	named bool
	// harmless says that it hands out nothing and changes nothing, or only locks.
	harmless bool
	// reply is a zero value of what run returns.
	reply any
}

// serve makes an operation of a function with a typed reply.
func serve[R any](named bool, run func(context.Context, Service, *inbound, vaultcore.Caller) (R, error)) operation {
	var zero R
	return operation{
		named: named,
		reply: zero,
		run: func(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (any, error) {
			return run(ctx, s, in, c)
		},
	}
}

// forAll marks an operation that is harmless.
func (o operation) forAll() operation {
	o.harmless = true
	return o
}

func (f *inbound) admission(caller func() vaultcore.Caller) Admission {
	return Admission{Op: f.Op, Profile: f.Profile, NoSession: f.NoSession, Caller: caller}
}

// The verbs of the protocol.
const (
	opCredentials = "credentials"
	opProfiles    = "profiles"
	opExplain     = "explain"
	opSnapshot    = "snapshot"
	opIdentify    = "identify"
	opAdd         = "add"
	opRemove      = "remove"
	opClear       = "clear"
	opSetup       = "setup"
	opLogin       = "login"
	opReaches     = "reaches"
	opServices    = "services"
	opBrowsers    = "browsers"
	opForget      = "forget"
	opRenew       = "renew"
	opLock        = "lock"
	opUnlock      = "unlock"
	opWatch       = "watch"
	opSettings    = "settings"
	opSet         = "set"
	opStatus      = "status"
	opStop        = "stop"
)

// operations is the table of what a server can do.
func operations() map[string]operation {
	return map[string]operation{
		opCredentials: serve(true, runCredentials),
		opProfiles:    serve(false, runProfiles).forAll(),
		opExplain:     serve(true, runExplain).forAll(),
		opSnapshot:    serve(false, runSnapshot).forAll(),
		opIdentify:    serve(true, runIdentify),
		opAdd:         serve(true, runAdd),
		opRemove:      serve(true, runRemove),
		opClear:       serve(true, runClear),
		opSetup:       serve(false, runSetup),
		opLogin:       serve(true, runLogin),
		opReaches:     serve(false, runReaches).forAll(),
		opServices:    serve(false, runServices).forAll(),
		opBrowsers:    serve(false, runBrowsers).forAll(),
		opForget:      serve(false, runForget),
		opRenew:       serve(true, runRenew),
		opLock:        serve(false, runLock).forAll(),
		opUnlock:      serve(true, runUnlock),
		opWatch:       serve(false, runWatch).forAll(),
		opSettings:    serve(false, runSettings).forAll(),
		opSet:         serve(true, runSet),
		opStatus:      serve(false, runStatus).forAll(),
		opStop:        serve(false, runStop),
	}
}

func (f *inbound) credentialsRequest(c vaultcore.Caller) CredentialsRequest {
	return CredentialsRequest{
		Profile: f.Profile, MinTTL: time.Duration(f.MinTTL), NoSession: f.NoSession,
		Duration: time.Duration(f.Duration), Region: f.Region, Caller: c,
	}
}

func runCredentials(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (credentialsReply, error) {
	r, err := s.Credentials(ctx, in.credentialsRequest(c))
	return credentialsToWire(r), err
}

func runProfiles(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (profilesReply, error) {
	profiles, err := s.Profiles(ctx)
	return profilesReply{profiles}, err
}

func runExplain(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (explanationReply, error) {
	e, err := s.Explain(ctx, in.credentialsRequest(c))
	return explanationToWire(e), err
}

func runSnapshot(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (snapshotReply, error) {
	snap, err := s.Snapshot(ctx)
	return snapshotToWire(snap), err
}

func runIdentify(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (identityReply, error) {
	id, err := s.Identify(ctx, IdentifyRequest{Profile: in.Profile, Key: in.Key.credentials(), Caller: c})
	return identityReply(id), err
}

func runAdd(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Add(ctx, AddRequest{
		Profile: in.Profile, Key: in.Key.credentials(), EditConfig: in.EditConfig,
		MFASerial: in.MFASerial, Region: in.Region, Caller: c,
	})
}

func runRemove(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (removeReply, error) {
	r, err := s.Remove(ctx, RemoveRequest{Profile: in.Profile, Caller: c})
	return removeReply(r), err
}

func runClear(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (removeReply, error) {
	r, err := s.Clear(ctx, ClearRequest{Profile: in.Profile, Caller: c})
	return removeReply(r), err
}

func runSetup(ctx context.Context, s Service, in *inbound, _ vaultcore.Caller) (setupReply, error) {
	r, err := s.Setup(ctx, SetupRequest{Profiles: in.Profiles, Command: in.Command, Undo: in.Undo, Agreed: in.Agreed})
	return setupReply(r), err
}

func runLogin(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (loginReply, error) {
	r, err := s.Login(ctx, in.loginRequest(c))
	return loginReply{Address: revealed(r.Address.Reveal()), Browser: r.Browser, Warnings: r.Warnings}, err
}

func runReaches(ctx context.Context, s Service, in *inbound, _ vaultcore.Caller) (profilesReply, error) {
	profiles, err := s.Reaches(ctx, in.Address)
	return profilesReply{profiles}, err
}

func runServices(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (servicesReply, error) {
	services, err := s.Services(ctx)
	return servicesToWire(services), err
}

func runBrowsers(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (browsersReply, error) {
	r, err := s.Browsers(ctx)
	return browsersToWire(r), err
}

func runForget(ctx context.Context, s Service, in *inbound, _ vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Forget(ctx, ForgetRequest{Name: in.Isolated})
}

func runRenew(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Renew(ctx, in.credentialsRequest(c))
}

func runLock(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Lock(ctx)
}

func runUnlock(ctx context.Context, s Service, _ *inbound, c vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Unlock(ctx, UnlockRequest{Caller: c})
}

func runWatch(ctx context.Context, s Service, in *inbound, _ vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Watch(ctx, in.changed)
}

func runSettings(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (settingsReply, error) {
	settings, err := s.Settings(ctx)
	return settingsToWire(settings), err
}

func runSet(ctx context.Context, s Service, in *inbound, c vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Set(ctx, SetRequest{Profile: in.Profile, Key: in.Setting, Value: in.Value, Caller: c})
}

func runStatus(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (statusReply, error) {
	st, err := s.Status(ctx)
	return statusReply(st), err
}

func runStop(ctx context.Context, s Service, _ *inbound, _ vaultcore.Caller) (emptyReply, error) {
	return emptyReply{}, s.Stop(ctx)
}
