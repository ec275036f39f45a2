package agent

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// errFailed is a failure that no caller acts on: what the table does not know.
var errFailed = errors.New("the request failed")

// errInternal is a fault of Vaultbar itself.
var errInternal = errors.New("a fault inside Vaultbar")

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
	{vaultcore.ErrNoAnswer, "no-answer"},
	{vaultcore.ErrUnreachable, "unreachable"},
	{vaultcore.ErrVersion, "version"},
	{vaultcore.ErrRequest, "request"},
	{vaultcore.ErrBusy, "busy"},
	{context.Canceled, "abandoned"},
	{context.DeadlineExceeded, "deadline"},
	{errInternal, "internal"},
	{errFailed, "failed"},
}

// codeOf finds the code of an error. What a Fault calls its kind weighs more
// than what caused it.
func codeOf(err error) string {
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

// errorToWire says an error on the wire.
func errorToWire(err error) *wireError {
	return &wireError{Code: codeOf(err), Message: err.Error(), Hint: vaultcore.Hint(err)}
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
