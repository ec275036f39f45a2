package keystore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/boottime"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
)

// Options say which keychain to open, and how to ask for its passphrase.
type Options struct {
	// Backend is the pinned backend: "file", "secret-service", "keychain",
	// "wincred", "pass" or "kwallet". Empty chooses the usual one of this
	// system, which the caller then pins.
	Backend string
	// Dir is the folder of the file backend, an absolute path. It is made at
	// the first write.
	Dir string
	// Passphrase asks the person for the passphrase of the file backend; new
	// says that one is being chosen, notice why it is asked again. It may
	// return: ErrCanceled, ErrNobodyToAsk.
	Passphrase func(ctx context.Context, new bool, notice string) (vaultcore.Secret, error)
	// Unattended says that Passphrase asks no person, so that what it gave is
	// held until a lock. A person's is dropped when no request needed it for two
	// hours, and after twelve in any case.
	Unattended bool
	// Prompts says whether the desktop's own prompt may be opened for the sake of
	// those who wait under ctx. Nil: when anybody waits.
	Prompts func(ctx context.Context) bool
	// Journal notes the keys that were removed, where the keychain cannot do it at
	// once: it has none of those any more, as far as a [Store] tells. Nil keeps that
	// in mind until the program ends.
	Journal *journal.Journal
	// Swept is called when a key that was removed is out of the keychain later than that,
	// with the name of its profile; it may be nil.
	Swept func(profile string)

	CallTimeout   time.Duration // how long a call may take; 0 means 10 s
	PromptTimeout time.Duration // the same while the system's own prompt may be open; 0 means 120 s
	ProbeTimeout  time.Duration // how long choosing waits for the Secret Service; 0 means 2 s

	cost  cost                 // of a guess at the passphrase of a new file keychain
	clock func() time.Duration // since a fixed moment, asleep or not; nil means that of the system
}

func (o Options) filled() Options {
	fill := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	fill(&o.CallTimeout, 10*time.Second)
	fill(&o.PromptTimeout, 120*time.Second)
	fill(&o.ProbeTimeout, 2*time.Second)
	if o.Prompts == nil {
		o.Prompts = func(ctx context.Context) bool { return len(vaultcore.AudienceOf(ctx).Callers()) > 0 }
	}
	if o.Journal == nil {
		o.Journal, _ = journal.Open("") // in memory, it cannot fail
	}
	if o.cost == (cost{}) {
		o.cost = usualCost
	}
	if o.clock == nil {
		o.clock = boottime.Now
	}
	if o.Passphrase == nil {
		o.Passphrase = func(context.Context, bool, string) (vaultcore.Secret, error) {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the keychain's passphrase is needed, but there is nobody to ask")
		}
	}
	return o
}

// openers has a way to open each backend.
var openers = map[string]func(context.Context, Options) (*Store, error){
	"file":           openFile,
	"secret-service": openSecretService,
	"keychain":       openKeychain,
	"wincred":        openCredentialManager,
	"pass":           openPass,
	"kwallet":        openWallet,
}

// Open finds the pinned keychain, or chooses one; it does not unlock it. A
// pinned backend that this system does not have, or that does not answer, is an
// error: no other takes its place. It may return: ErrConfig, ErrKeychain,
// ErrTampered.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.filled()
	if o.Backend == "" {
		o.Backend = usual(ctx, o)
	}
	open, ok := openers[o.Backend]
	if !ok {
		return nil, unknownBackend(o.Backend)
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	s.journal, s.swept = o.Journal, o.Swept
	return s, nil
}

func unknownBackend(name string) error {
	known := []string{}
	for name := range openers {
		if name == "file" || slices.Contains(keyring.AvailableBackends(), keyring.BackendType(name)) {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	f := vaultcore.Faultf(vaultcore.ErrConfig, "there is no keychain backend %q", vaultcore.Printable(name))
	if name == "keyctl" {
		f = vaultcore.Faultf(vaultcore.ErrConfig, "the keychain backend keyctl is not supported: the kernel loses its keys at every reboot")
	}
	return f.WithHint("backends of this system: %s", strings.Join(known, ", "))
}

func unavailable(name, why string) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain backend %s cannot be used: %s", name, why).
		WithHint("Vaultbar stays with the backend that was chosen; to change it, set `backend` in the settings or VAULTBAR_BACKEND, and add the keys again")
}

// newStore makes a store over a backend that needs no unlocking.
func newStore(backend, who, location string, r backend, p patience) *Store {
	kept, _ := journal.Open("") // in memory, it cannot fail
	return &Store{
		backend: backend, location: location, journal: kept,
		items: r, unlocker: alwaysOpen{}, calls: newSerializer(who, p.use > p.list), patience: p,
	}
}

// plain opens a backend of the library that may open prompts of its own.
func plain(ctx context.Context, backend keyring.BackendType, who string, p patience, c keyring.Config) (*Store, error) {
	if !slices.Contains(keyring.AvailableBackends(), backend) {
		return nil, unavailable(string(backend), "this system, or this build of Vaultbar, does not support it")
	}
	s := newStore(string(backend), who, who, nil, p)
	r, err := serialized(ctx, s.calls, p.use, func() (keyring.Keyring, error) { return library(backend, c) })
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		return nil, unavailable(string(backend), "it does not answer or its program is not installed")
	}
	s.items = r
	return s, err
}

func openFile(_ context.Context, o Options) (*Store, error) {
	if !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("%w: the folder of the file keychain, %q, is not an absolute path", vaultcore.ErrConfig, o.Dir)
	}
	dir := folder(filepath.Clean(o.Dir))
	s := newStore("file", "the keychain in "+string(dir), "encrypted files in "+string(dir), nil, patience{o.CallTimeout, o.CallTimeout})
	f := &fileBackend{folder: dir, calls: s.calls, budget: o.CallTimeout, cost: o.cost, ask: o.Passphrase, asking: semaphore.NewWeighted(1)}
	f.passkey.clock, f.passkey.lasting = o.clock, o.Unattended
	s.dir, s.items, s.unlocker, s.readsBack = string(dir), f, f, true
	dir.sweep()
	return s, nil
}

func openKeychain(ctx context.Context, o Options) (*Store, error) {
	s, err := plain(ctx, keyring.KeychainBackend, "the macOS keychain", patience{o.CallTimeout, o.PromptTimeout}, keyring.Config{
		ServiceName:                    service,
		KeychainTrustApplication:       true, // but not for long-term keys, see SetKey
		KeychainSynchronizable:         false,
		KeychainAccessibleWhenUnlocked: true,
	})
	if err != nil {
		return nil, err
	}
	s.promptsOnRead = true
	s.items = keychainBackend{s.items.(keyring.Keyring)}
	return s, nil
}

func openCredentialManager(ctx context.Context, o Options) (*Store, error) {
	s, err := plain(ctx, keyring.WinCredBackend, "the Windows credential manager", patience{o.CallTimeout, o.CallTimeout}, keyring.Config{
		ServiceName:   service,
		WinCredPrefix: service,
	})
	if err != nil {
		return nil, err
	}
	s.items = partsBackend{s.items, maxPart}
	return s, nil
}

func openPass(ctx context.Context, o Options) (*Store, error) {
	return plain(ctx, keyring.PassBackend, "pass", patience{o.CallTimeout, o.PromptTimeout}, keyring.Config{PassPrefix: service})
}

func openWallet(ctx context.Context, o Options) (*Store, error) {
	s, err := plain(ctx, keyring.KWalletBackend, "KWallet", patience{o.CallTimeout, o.PromptTimeout}, keyring.Config{
		ServiceName:   "kdewallet",
		KWalletAppID:  service,
		KWalletFolder: service,
	})
	if err != nil {
		return nil, err
	}
	s.items = walletBackend{s.items}
	return s, nil
}
