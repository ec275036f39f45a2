package agent

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// errFailed is a failure of a kind that the table does not have, on which no caller acts.
var errFailed = errors.New("the request failed")

// codes is the one table between errors and what is said on the wire. Of an
// error that is several of these the first counts.
var codes = [...]struct {
	kind error
	code string
}{
	{vaultcore.ErrNoProfile, "no-profile"},
	{vaultcore.ErrNoCredentials, "no-credentials"},
	{vaultcore.ErrConfig, "config"},
	{vaultcore.ErrCanceled, "canceled"},
	{vaultcore.ErrNobodyToAsk, "nobody-to-ask"},
	{vaultcore.ErrLocked, "locked"},
	{vaultcore.ErrTampered, "tampered"},
	{vaultcore.ErrKeychain, "keychain"},
	{vaultcore.ErrWrongCode, "wrong-code"},
	{vaultcore.ErrRefused, "refused"},
	{vaultcore.ErrWrongAccount, "wrong-account"},
	{vaultcore.ErrNoAnswer, "no-answer"},
	{vaultcore.ErrProcess, "process"},
	{vaultcore.ErrUnreachable, "unreachable"},
	{vaultcore.ErrVersion, "version"},
	{vaultcore.ErrRequest, "request"},
	{vaultcore.ErrBusy, "busy"},
	{vaultcore.ErrWantsKeys, "wants-keys"},
	{context.Canceled, "abandoned"},
	{context.DeadlineExceeded, "deadline"},
	{vaultcore.ErrInternal, "internal"},
	{errFailed, "failed"},
}

// Code is the word for the kind of an error: "no-profile", "canceled", "locked" and so
// on, and "failed" for one of no kind. What a Fault calls its kind weighs more than what
// caused it.
func Code(err error) string {
	var fault *vaultcore.Fault
	if errors.As(err, &fault) && fault.Kind != nil {
		err = fault.Kind
	}
	for _, row := range codes {
		if errors.Is(err, row.kind) {
			return row.code
		}
	}
	return "failed"
}

// errorToWire is the form of an error on the wire.
func errorToWire(err error) *wireError {
	return &wireError{Code: Code(err), Message: err.Error(), Hint: vaultcore.Hint(err)}
}

// fault is the error as it was on the other side. A code that this side does
// not know yet keeps its words and loses its kind.
func (w *wireError) fault() *vaultcore.Fault {
	kind := errFailed
	for _, row := range codes {
		if row.code == w.Code {
			kind = row.kind
		}
	}
	message := w.Message
	if message == "" {
		message = kind.Error()
	}
	return &vaultcore.Fault{Kind: kind, Message: message, Hint: w.Hint}
}

// restartHint is what to do when the app and the command have different versions.
const restartHint = "`vaultbar restart` starts it again; if that does not help, install the same version of both"

var (
	errTooMany = &vaultcore.Fault{
		Kind: vaultcore.ErrBusy, Message: "too many programs are connected to Vaultbar",
		Hint: "try again in a moment",
	}
	errTooSlow    = &vaultcore.Fault{Kind: vaultcore.ErrRequest, Message: "the request did not arrive whole within 5 s"}
	errOneRequest = &vaultcore.Fault{Kind: vaultcore.ErrRequest, Message: "a second request came on the same connection"}
	errTooLong    = &vaultcore.Fault{Kind: errFailed, Message: "a message is longer than 256 KiB"}
	errStopping   = &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Message: "Vaultbar was stopped while it worked on this",
		Hint: "run the command again: it starts Vaultbar",
	}
	errNoTerminal = &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Message: "there is nobody to ask: no terminal"}
	errGone       = &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Message: "Vaultbar ended before it answered",
		Hint: "run the command again: it starts Vaultbar",
	}
	errGarbled = &vaultcore.Fault{
		Kind: vaultcore.ErrVersion, Message: "Vaultbar's reply cannot be understood: the app and this command are of different versions",
		Hint: restartHint,
	}
	errSlow = &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Message: "Vaultbar is running, but did not finish this within 30 s",
		Hint: "its log may say what it waits for: `vaultbar status` shows the file",
	}
)

// ErrSilent is an app that takes connections and says nothing, to no request: its
// process was stopped, or hangs. It is an ErrUnreachable.
var ErrSilent = &vaultcore.Fault{
	Kind: vaultcore.ErrUnreachable, Message: "Vaultbar is running, but does not answer",
	Hint: "end vaultbar-app and run the command again: it starts Vaultbar",
}

// errNotUnderstood is told to a peer that sends something else than a request.
// What it sent is not repeated: it may be a secret.
func errNotUnderstood(cause error) *vaultcore.Fault {
	return &vaultcore.Fault{Kind: vaultcore.ErrRequest, Message: "the request is not a valid line of JSON", Cause: cause}
}

// checkVersion refuses a request of another major version and says which side
// is behind.
func (f *inbound) checkVersion() error {
	switch {
	case f.V == protocol:
		return nil
	case f.V > protocol:
		return vaultcore.Faultf(vaultcore.ErrVersion,
			"the running app is older than this command: it speaks version %d of the protocol, the command version %d", protocol, f.V).
			WithHint("%s", restartHint)
	case f.V == 0:
		return vaultcore.Faultf(vaultcore.ErrRequest, "missing protocol version (\"v\":%d)", protocol)
	default:
		return vaultcore.Faultf(vaultcore.ErrVersion,
			"this command is older than the running app: it speaks version %d of the protocol, the app version %d", f.V, protocol).
			WithHint("update the vaultbar command")
	}
}

// unknownOperation is the answer to a verb of a newer minor version.
func unknownOperation(op string) *vaultcore.Fault {
	if op == "" {
		return vaultcore.Faultf(vaultcore.ErrRequest, "missing operation")
	}
	return vaultcore.Faultf(vaultcore.ErrVersion,
		"the running app does not know %q: it is older than this command", vaultcore.Printable(op)).
		WithHint("%s", restartHint)
}

// otherVersion is how a client reads a frame of another major version.
func otherVersion(v int) *vaultcore.Fault {
	side := "the running app is newer than this command"
	if v < protocol {
		side = "the running app is older than this command"
	}
	return vaultcore.Faultf(vaultcore.ErrVersion, "%s: it speaks version %d of the protocol, the command version %d", side, v, protocol).
		WithHint("%s", restartHint)
}
