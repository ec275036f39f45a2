package keystore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// damaged is why one item cannot be used: it was changed, cut short, copied
// from elsewhere. Its text holds nothing of the item's content.
type damaged string

func (d damaged) Error() string { return string(d) }

// subject is the item that a call is about, as a person knows it.
type subject struct {
	name string // `the key of "prod"`
	hint string // how to get rid of it when it is damaged
}

// explain turns an error of the serializer, of a backend or of the library into one that
// a person can act on. Text of the library is quoted only where it cannot hold
// what was being read.
func (s *Store) explain(err error, about subject) error {
	var fault *vaultcore.Fault
	var reason damaged
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &reason):
		return vaultcore.Faultf(vaultcore.ErrTampered, "%s in the keychain cannot be used: %s", about.name, reason).WithHint("%s", about.hint)
	case quotesContent(err):
		return vaultcore.Faultf(vaultcore.ErrTampered, "%s in the keychain cannot be used: it is not in Vaultbar's format", about.name).WithHint("%s", about.hint)
	case saysLocked(err):
		return stayedLocked(s.calls.who)
	}
	if fault := s.explainFile(err); fault != nil {
		return fault
	}
	return &vaultcore.Fault{
		Kind:    vaultcore.ErrKeychain,
		Message: s.calls.who + " failed: " + words(err),
		Hint:    "make sure it is running and unlocked, then try again; `vaultbar status` shows which keychain it is",
		Cause:   err,
	}
}

// words is the text of a failure; of a failed system call, the reason
// without the path, which would leave no room for it.
func words(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	if text := busWords(err); text != "" {
		return text
	}
	return vaultcore.PrintableUpTo(err.Error(), maxCause)
}

// maxCause is how much of a library's own words is told: its cause stands last.
const maxCause = 240

// explainFile turns an error of the file system into one about the file backend's folder.
func (s *Store) explainFile(err error) error {
	f := &vaultcore.Fault{Kind: vaultcore.ErrKeychain, Cause: err}
	switch {
	case vaultcore.NoSpace(err):
		f.Message = "the disk is full: the keychain in " + s.dir + " cannot be written"
		f.Hint = "free some space there, then try again; what was stored before is unchanged"
	case errors.Is(err, syscall.EROFS):
		f.Message = "the keychain in " + s.dir + " cannot be written: the file system is read-only"
		f.Hint = "have it mounted for writing, then try again; what was kept before is unchanged"
	case errors.Is(err, fs.ErrPermission):
		f.Message = "no permission for the keychain in " + s.dir
		f.Hint = "the folder and its files must belong to you; what was stored before is unchanged"
	default:
		return nil
	}
	return f
}

// quotesContent says whether err is of a decoder, whose text may quote what it
// was reading.
func quotesContent(err error) bool {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	var corrupt base64.CorruptInputError
	return errors.As(err, &syntax) || errors.As(err, &mismatch) || errors.As(err, &corrupt)
}

func stayedLocked(who string) error {
	return vaultcore.Faultf(vaultcore.ErrCanceled, "%s was not unlocked", who).
		WithHint("run the command again and enter its password, or unlock it on the desktop first")
}

func lockedFault(who string) error {
	return vaultcore.Faultf(vaultcore.ErrLocked, "%s is locked", who).
		WithHint("unlock it, or run a command in a terminal that needs it")
}

func noKey(profile string) error {
	name := vaultcore.Printable(profile)
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the keychain has no key for %q", name).
		WithHint("run `vaultbar add %s` to store one", vaultcore.Argument(profile))
}
