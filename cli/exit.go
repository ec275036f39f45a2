package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The exit codes. exec gives the command's own, and these two of the shell's:
// 126 when the command cannot be run and 127 when it is not found.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNoProfile   = 3 // no such profile, or no credentials for it or of its account
	exitCanceled    = 4
	exitNobody      = 5 // nobody to ask
	exitLocked      = 6
	exitRefused     = 7 // refused by AWS
	exitNoAnswer    = 8 // no answer from AWS
	exitUnreachable = 9 // the app cannot be reached
	exitCannotRun   = 126
	exitNotFound    = 127
)

// The failures that only the command line knows.
var (
	errUsage     = errors.New("wrong usage")
	errCannotRun = errors.New("the command cannot be run")
	errNotFound  = errors.New("the command is not found")
	errFailed    = errors.New("the command failed")
)

// exitCodes says which failure ends with which code; the first that fits counts.
var exitCodes = []struct {
	kind error
	code int
}{
	{errUsage, exitUsage},
	{vaultcore.ErrRequest, exitUsage},
	{errNotFound, exitNotFound},
	{errCannotRun, exitCannotRun},
	{vaultcore.ErrCanceled, exitCanceled},
	{context.Canceled, exitCanceled},
	{vaultcore.ErrNoProfile, exitNoProfile},
	{vaultcore.ErrNoCredentials, exitNoProfile},
	{vaultcore.ErrWantsKeys, exitNoProfile},
	{vaultcore.ErrWrongAccount, exitNoProfile},
	{vaultcore.ErrNobodyToAsk, exitNobody},
	{vaultcore.ErrLocked, exitLocked},
	{vaultcore.ErrWrongCode, exitRefused},
	{vaultcore.ErrRefused, exitRefused},
	{vaultcore.ErrNoAnswer, exitNoAnswer},
	{vaultcore.ErrUnreachable, exitUnreachable},
	{vaultcore.ErrVersion, exitUnreachable},
	{context.DeadlineExceeded, exitUnreachable},
}

// childExit is a command that ran and ended with a code of its own; it has
// nothing to say.
type childExit int

// Error is never shown.
func (childExit) Error() string { return "the command failed" }

// exitCode is the code that the process ends with.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	var child childExit
	if errors.As(err, &child) {
		return int(child)
	}
	for _, row := range exitCodes {
		if errors.Is(err, row.kind) {
			return row.code
		}
	}
	return exitFailed
}

// report tells a person what failed and what to do about it.
func (p *program) report(ctx context.Context, err error) {
	var child childExit
	switch {
	case err == nil, errors.As(err, &child):
		return
	case errors.Is(err, context.Canceled):
		p.warn("canceled")
	case errors.Is(err, context.DeadlineExceeded):
		p.warn("the app did not answer in time")
		p.hint("`vaultbar status` shows the app and its log; `vaultbar stop` ends it, the next command starts it again")
	default:
		p.warn(err.Error())
		p.hint(cmp.Or(p.app.Silent(ctx, err), vaultcore.Hint(err)))
		p.hint(p.mismatch(ctx, err))
	}
}

// usagef is a failure of the one who typed the command.
func usagef(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(errUsage, format, args...)
}
