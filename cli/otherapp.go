package cli

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// mismatchTime is how long a failure waits for its explanation.
const mismatchTime = time.Second

// mismatch says where the app that runs has another keychain than this command
// names, when that can be why something was not found. The app chose its keychain
// when it was started, and serves everybody.
func (p *program) mismatch(ctx context.Context, err error) string {
	backend := p.env.get("VAULTBAR_BACKEND")
	missing := errors.Is(err, vaultcore.ErrNoProfile) || errors.Is(err, vaultcore.ErrNoCredentials)
	if !missing || backend == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mismatchTime)
	defer cancel()
	app, err := p.app.Running().Status(ctx)
	if err != nil {
		return ""
	}
	if backend != app.Backend {
		return "the app uses the keychain " + app.Backend + ", not the VAULTBAR_BACKEND of this command; `vaultbar stop` ends it, and the next command starts one with its own variables"
	}
	return ""
}
