package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	secretsName    = "org.freedesktop.secrets"
	secretsRoot    = dbus.ObjectPath("/org/freedesktop/secrets")
	serviceCalls   = "org.freedesktop.Secret.Service"
	promptCalls    = "org.freedesktop.Secret.Prompt"
	collectionName = "login" // the library never finds a collection whose name has a space
	collection     = secretsRoot + "/collection/" + collectionName
)

// secretService is a Secret Service and the unlocker before it. The library would
// open the desktop's prompt deep inside a call and wait for it without end; so
// the collection is unlocked here first, by the same prompt, which is taken
// back when nobody waits for it any more, and a call on a locked collection
// does not reach the library.
type secretService struct {
	items  backend
	bus    *dbus.Conn // the one that the library uses
	calls  *serializer
	call   time.Duration
	prompt time.Duration
	asking *semaphore.Weighted
	wanted func(context.Context) bool // whether the prompt may be opened
	shut   atomic.Bool                // the collection was locked when last seen
}

func openSecretService(ctx context.Context, o Options) (*Store, error) {
	const name = keyring.SecretServiceBackend
	const who = "the desktop's keychain (Secret Service)"
	if !slices.Contains(keyring.AvailableBackends(), name) {
		return nil, unavailable(string(name), "there is no session bus")
	}
	s := newStore(string(name), who, "collection "+collectionName+" of "+who, nil, patience{o.CallTimeout, o.CallTimeout})
	r := &secretService{calls: s.calls, call: o.CallTimeout, prompt: o.PromptTimeout, asking: semaphore.NewWeighted(1), wanted: o.Prompts}
	_, err := serialized(ctx, s.calls, o.CallTimeout, func() (struct{}, error) { return struct{}{}, r.connect() })
	if err != nil && ctx.Err() == nil {
		return nil, unavailable(string(name), words(err)).WithCause(err)
	}
	s.items, s.unlocker = r, r
	return s, err
}

// connect finds the service and the collection. Nothing here opens a prompt.
func (r *secretService) connect() error {
	bus, err := dbus.SessionBus() // the library connected it when it was imported
	if err != nil {
		return err
	}
	r.bus = bus
	if _, err := r.isShut(); err != nil {
		return err
	}
	r.items, err = library(keyring.SecretServiceBackend, keyring.Config{
		ServiceName:             service,
		LibSecretCollectionName: collectionName,
	})
	if err != nil {
		return err
	}
	s, err := agree(bus)
	if err == nil {
		s.end()
	}
	return err
}

var errNoCollection = errors.New("it has no collection named " + collectionName + "; sign in to the desktop with a password, or make that collection")

// isShut asks whether the collection is locked. That it is not there is an
// error: the library would have the desktop make one, and wait.
func (r *secretService) isShut() (bool, error) {
	v, err := r.bus.Object(secretsName, secretsRoot).GetProperty(serviceCalls + ".Collections")
	if err != nil {
		return false, err
	}
	if paths, ok := v.Value().([]dbus.ObjectPath); !ok || !slices.Contains(paths, collection) {
		return false, errNoCollection
	}
	v, err = r.bus.Object(secretsName, collection).GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return false, err
	}
	shut, ok := v.Value().(bool)
	if !ok {
		return false, fmt.Errorf("it does not say whether it is locked")
	}
	r.shut.Store(shut)
	return shut, nil
}

// open lets a call through to the library unless it would open a prompt there.
func (r *secretService) open() error {
	shut, err := r.isShut()
	if err == nil && shut {
		return vaultcore.Faultf(vaultcore.ErrLocked, "%s is locked", r.calls.who).
			WithHint("unlock it on the desktop, or run the command there; a machine without a desktop needs the encrypted files, `backend = file` in the settings")
	}
	return err
}

func (r *secretService) Get(key string) (keyring.Item, error) {
	if err := r.open(); err != nil {
		return keyring.Item{}, err
	}
	return r.items.Get(key)
}

func (r *secretService) Set(item keyring.Item) error {
	if err := r.open(); err != nil {
		return err
	}
	return r.items.Set(item)
}

func (r *secretService) Remove(key string) error {
	if err := r.open(); err != nil {
		return err
	}
	return r.items.Remove(key)
}

func (r *secretService) Keys() ([]string, error) {
	if err := r.open(); err != nil {
		return nil, err
	}
	return r.items.Keys()
}

func (r *secretService) locked() bool { return r.shut.Load() }

func (r *secretService) asks() bool { return r.shut.Load() }

// lock does nothing: the collection is shared with every other program.
func (r *secretService) lock() {}

// unlock opens the desktop's own prompt when the collection is locked and
// somebody waits who may be asked by it: a renewal in the background must not raise
// it, nor a program that wants no questions, nor where there is no screen to show
// it on.
func (r *secretService) unlock(ctx context.Context, why purpose) error {
	if why == toSave || why == toSweep || !r.wanted(ctx) {
		_, err := serialized(ctx, r.calls, r.call, func() (struct{}, error) { return struct{}{}, r.open() })
		return err
	}
	if r.asking.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	defer r.asking.Release(1)
	prompt, err := serialized(ctx, r.calls, r.call, r.startUnlock)
	if err != nil || prompt == "/" {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.prompt, errLate)
	defer cancel()
	if err := r.answer(ctx, prompt); err != nil {
		return err
	}
	shut, err := serialized(ctx, r.calls, r.call, r.isShut)
	if err == nil && shut {
		return stayedLocked(r.calls.who)
	}
	return err
}

// startUnlock returns the prompt that must be answered, or "/" for none.
func (r *secretService) startUnlock() (prompt dbus.ObjectPath, err error) {
	shut, err := r.isShut()
	if err != nil || !shut {
		return "/", err
	}
	var done []dbus.ObjectPath
	err = r.bus.Object(secretsName, secretsRoot).
		Call(serviceCalls+".Unlock", 0, []dbus.ObjectPath{collection}).Store(&done, &prompt)
	return prompt, err
}

// answer shows a prompt and waits until the person is done with it. When ctx
// ends first, or the time is up, the prompt is taken back.
func (r *secretService) answer(ctx context.Context, path dbus.ObjectPath) error {
	signals := make(chan *dbus.Signal, 16)
	r.bus.Signal(signals)
	defer r.bus.RemoveSignal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface(promptCalls), dbus.WithMatchObjectPath(path)},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchOption("arg0", secretsName)},
	} {
		if err := r.bus.AddMatchSignal(match...); err != nil {
			return err
		}
		defer func() { _ = r.bus.RemoveMatchSignal(match...) }()
	}
	prompt := r.bus.Object(secretsName, path)
	if err := prompt.CallWithContext(ctx, promptCalls+".Prompt", 0, "").Err; err != nil && ctx.Err() == nil {
		var failed dbus.Error
		if errors.As(err, &failed) && failed.Name == noReply {
			return errPromptEnded
		}
		return err
	}
	for {
		select {
		case signal, ok := <-signals:
			if done, err := r.promptEnded(signal, ok, path); done {
				return err
			}
		case <-ctx.Done():
			prompt.Go(promptCalls+".Dismiss", dbus.FlagNoReplyExpected, nil)
			if context.Cause(ctx) == errLate {
				return r.calls.promptWaits()
			}
			return context.Cause(ctx)
		}
	}
}

// errPromptEnded is the end of the service in the middle of a question. Which of
// two news of that comes first is chance: the bus's, or that there is no reply.
var errPromptEnded = errors.New("it ended while its prompt was open")

const noReply = "org.freedesktop.DBus.Error.NoReply"

// promptEnded says whether a signal ends the wait for a prompt, and how.
func (r *secretService) promptEnded(signal *dbus.Signal, ok bool, prompt dbus.ObjectPath) (bool, error) {
	switch {
	case !ok:
		return true, errors.New("the session bus is gone")
	case signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(signal.Body) > 0 && signal.Body[0] == secretsName:
		return true, errPromptEnded
	case signal.Path != prompt || signal.Name != promptCalls+".Completed" || len(signal.Body) == 0:
		return false, nil
	case signal.Body[0] == true:
		return true, stayedLocked(r.calls.who)
	}
	return true, nil
}

// saysLocked says whether err is a keychain's "this is locked".
func saysLocked(err error) bool {
	var e dbus.Error
	return err == errWalletClosed || errors.As(err, &e) && e.Name == errorIsLocked
}

const errorIsLocked = "org.freedesktop.Secret.Error.IsLocked"

// busWords says what an error of the session bus means here; "" when it is none.
// The bus's own words begin with its names for things and end with the cause.
func busWords(err error) string {
	if errors.Is(err, dbus.ErrClosed) {
		return "the session bus is gone; sign in to the desktop again"
	}
	var e dbus.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Name {
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner":
		return "no Secret Service is running; start the desktop's (gnome-keyring-daemon, KWallet, KeePassXC) or sign in to the desktop again"
	case noReply, "org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.TimedOut":
		return "it ended or hangs"
	case "org.freedesktop.DBus.Error.AccessDenied":
		return "the session bus does not allow Vaultbar to talk to it"
	case "org.freedesktop.Secret.Error.NoSuchObject", "org.freedesktop.DBus.Error.UnknownObject":
		return "it no longer has the item or the collection"
	}
	return ""
}

// usual chooses the Secret Service when it answers in time and has the login
// collection, else the encrypted files.
func usual(ctx context.Context, o Options) string {
	o.CallTimeout = o.ProbeTimeout
	if _, err := openSecretService(ctx, o); err == nil {
		return "secret-service"
	}
	return "file"
}
