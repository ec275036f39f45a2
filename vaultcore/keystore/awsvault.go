package keystore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// AWSVault reads aws-vault's keychain, and removes from it what is asked for by name.
// Nothing is written there, and none is made: the names of what aws-vault keeps, and the
// form, are those of its version 7.
type AWSVault struct {
	backend  keyring.BackendType
	keychain keyring.Keyring
	calls    *serializer
	listed   bool // its items may be listed; see [AWSVault.Names]
}

// awsVaultBackends are the backends in the order in which aws-vault takes the first that
// there is.
var awsVaultBackends = []keyring.BackendType{
	keyring.WinCredBackend, keyring.KeychainBackend, keyring.SecretServiceBackend, keyring.KWalletBackend, keyring.PassBackend, keyring.FileBackend,
}

const (
	awsVaultName = "aws-vault"
	awsVaultDir  = ".awsvault/keys"
	// awsVaultTime is how long a call may take: the system's own prompt may be open.
	awsVaultTime = 2 * time.Minute
)

// OpenAWSVault finds aws-vault's keychain. Without a backend it is the first that has
// keys, KWallet left out; where that has none, one that is locked is the failure. It may
// return: ErrNoCredentials, ErrConfig, ErrLocked, ErrKeychain.
func OpenAWSVault(ctx context.Context, where vaultcore.AWSVault) (*AWSVault, error) {
	backends := awsVaultBackends
	if where.Backend != "" {
		backends = []keyring.BackendType{keyring.BackendType(where.Backend)}
		if !slices.Contains(awsVaultBackends, backends[0]) {
			return nil, vaultcore.Faultf(vaultcore.ErrConfig, "aws-vault has no backend %q that Vaultbar can read here", vaultcore.Printable(where.Backend)).
				WithHint("its backends are file, pass, secret-service, kwallet, keychain and wincred")
		}
	}
	var locked error
	for _, backend := range backends {
		if backend == keyring.KWalletBackend && where.Backend == "" {
			continue // to open a wallet that is not there has the desktop make one
		}
		a, err := openAWSVault(ctx, backend, where)
		if err != nil && where.Backend != "" {
			return nil, err
		}
		if err != nil {
			if locked == nil && errors.Is(err, vaultcore.ErrLocked) {
				locked = err
			}
			continue
		}
		if names, err := a.Names(ctx); where.Backend != "" || err == nil && len(names) > 0 {
			return a, nil
		}
	}
	if locked != nil {
		return nil, locked
	}
	return nil, noAWSVault("aws-vault has no keys in any keychain that it would use here")
}

func noAWSVault(text string) error {
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s", text).
		WithHint("name the backend that aws-vault uses, by --backend or AWS_VAULT_BACKEND")
}

func openAWSVault(ctx context.Context, backend keyring.BackendType, where vaultcore.AWSVault) (*AWSVault, error) {
	if !slices.Contains(keyring.AvailableBackends(), backend) {
		return nil, noAWSVault("this system, or this build of Vaultbar, has no keychain " + string(backend))
	}
	dir, err := awsVaultFolder(where)
	if err != nil {
		return nil, err
	}
	if backend == keyring.FileBackend { // the library would make the folder
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, noAWSVault("aws-vault has no keys in " + vaultcore.Printable(dir))
		}
	}
	a := &AWSVault{backend: backend, calls: newSerializer("aws-vault's keychain", true), listed: backend != keyring.PassBackend || where.PassPrefix != ""}
	a.keychain, err = serialized(ctx, a.calls, awsVaultTime, func() (keyring.Keyring, error) {
		return library(backend, keyring.Config{
			ServiceName:             awsVaultName,
			KeychainName:            cmp.Or(where.Keychain, awsVaultName),
			LibSecretCollectionName: cmp.Or(where.Collection, "awsvault"),
			KWalletAppID:            awsVaultName,
			KWalletFolder:           awsVaultName,
			WinCredPrefix:           awsVaultName,
			PassDir:                 where.PassDir,
			PassPrefix:              where.PassPrefix,
			FileDir:                 dir,
			FilePasswordFunc:        func(string) (string, error) { return where.Passphrase.Reveal(), nil },
		})
	})
	if err == nil && backend == keyring.FileBackend && where.Passphrase.IsZero() {
		return nil, vaultcore.Faultf(vaultcore.ErrLocked, "aws-vault's keychain in %s needs its passphrase", vaultcore.Printable(dir)).
			WithHint("with `--backend file` you are asked for it in a terminal; or set AWS_VAULT_FILE_PASSPHRASE")
	}
	return a, a.explain(err, "")
}

// awsVaultFolder is where aws-vault keeps its encrypted files.
func awsVaultFolder(where vaultcore.AWSVault) (string, error) {
	dir := cmp.Or(where.FileDir, "~/"+awsVaultDir)
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", vaultcore.Faultf(vaultcore.ErrConfig, "there is no home folder: %v", err).WithHint("set HOME")
		}
		dir = filepath.Join(home, rest)
	}
	return dir, nil
}

// Backend is the one that it is kept in.
func (a *AWSVault) Backend() string { return string(a.backend) }

// Names lists the profiles that have a key there, sorted. A password store without a
// prefix is the person's whole one: it is not listed, and has no names; its keys are
// read by those that are known from elsewhere. It may return: ErrKeychain, ErrLocked.
func (a *AWSVault) Names(ctx context.Context) ([]string, error) {
	if !a.listed {
		return nil, nil
	}
	items, err := serialized(ctx, a.calls, awsVaultTime, a.keychain.Keys)
	if err != nil {
		return nil, a.explain(err, "")
	}
	names := slices.DeleteFunc(items, func(item string) bool { return !isAWSVaultKey(item) })
	slices.Sort(names)
	return names, nil
}

// awsVaultSession is the name of a session in aws-vault's keychain, in the forms of all
// its versions: TYPE,PROFILE,DEVICE,TIME; session,…; session:…; "… session (N)"; and the
// tokens of sign-ins.
var awsVaultSession = regexp.MustCompile(`^([^,]+,[^,]+,[^,]*,[0-9]+|session[,:].*|.* session \([0-9]+\)|oidc:.*)$`)

func isAWSVaultKey(item string) bool { return !awsVaultSession.MatchString(item) }

// Key reads the key of a profile. It may return: ErrNoCredentials, ErrKey for one that
// is not a long-term key, ErrKeychain, ErrLocked.
func (a *AWSVault) Key(ctx context.Context, profile string) (vaultcore.Credentials, error) {
	item, err := serialized(ctx, a.calls, awsVaultTime, func() (keyring.Item, error) { return a.keychain.Get(profile) })
	if err != nil {
		return vaultcore.Credentials{}, a.explain(err, profile)
	}
	defer clear(item.Data)
	return parseAWSVaultKey(item.Data)
}

// Remove removes the key of a profile, which must be this very one still. It may
// return: ErrNoCredentials, ErrKey, ErrKeychain, ErrLocked.
func (a *AWSVault) Remove(ctx context.Context, profile string, key vaultcore.Credentials) error {
	there, err := a.Key(ctx, profile)
	if err != nil {
		return err
	}
	if there.AccessKeyID != key.AccessKeyID || !there.SecretAccessKey.Equal(key.SecretAccessKey) {
		return vaultcore.Faultf(vaultcore.ErrKey, "aws-vault has a different key for %s by now, which was left there", vaultcore.Printable(profile)).
			WithHint("try again")
	}
	_, err = serialized(ctx, a.calls, awsVaultTime, func() (struct{}, error) { return struct{}{}, a.keychain.Remove(profile) })
	return a.explain(err, profile)
}

// parseAWSVaultKey reads what aws-vault keeps of a key: the credentials of AWS's SDK for
// Go as JSON.
func parseAWSVaultKey(data []byte) (vaultcore.Credentials, error) {
	var kept struct {
		AccessKeyID, SecretAccessKey, SessionToken string
	}
	if json.Unmarshal(data, &kept) != nil { // its error would repeat a part of it
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrKey, "it is not in aws-vault's format")
	}
	if kept.SessionToken != "" {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrKey, "a temporary key, which expires by itself")
	}
	if err := errors.Join(vaultcore.CheckKeyID(kept.AccessKeyID), vaultcore.CheckSecretKey(kept.SecretAccessKey)); err != nil {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrKey, "it is not a long-term key")
	}
	return vaultcore.Credentials{AccessKeyID: kept.AccessKeyID, SecretAccessKey: vaultcore.NewSecret(kept.SecretAccessKey)}, nil
}

// explain turns a failure into one for a person. The library's own text is left out: it
// may quote what it was reading.
func (a *AWSVault) explain(err error, profile string) error {
	var fault *vaultcore.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, keyring.ErrKeyNotFound):
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "aws-vault has no key for %s", vaultcore.Printable(profile)).
			WithHint("`aws-vault list --credentials` shows those that it has")
	case errors.Is(err, keyring.ErrNoAvailImpl):
		return noAWSVault("aws-vault's keychain " + string(a.backend) + " does not answer")
	case a.backend == keyring.FileBackend:
		return vaultcore.Faultf(vaultcore.ErrLocked, "this passphrase does not open aws-vault's keychain").WithHint("try again with the passphrase that aws-vault asks for")
	default:
		return vaultcore.Faultf(vaultcore.ErrKeychain, "aws-vault's keychain, %s, could not be read", a.backend).WithHint("make sure it is unlocked: `aws-vault list` reads it too")
	}
}
