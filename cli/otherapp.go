package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// mismatchTime is how long a failure waits for its explanation.
const mismatchTime = time.Second

// mismatch says where the app that runs was started with other variables than
// this command has, when that can be why something was not found. The app takes
// its variables from whatever started it, and serves everybody.
func (p *program) mismatch(ctx context.Context, err error) string {
	config, backend := p.env.get("AWS_CONFIG_FILE"), p.env.get("VAULTBAR_BACKEND")
	missing := errors.Is(err, vaultcore.ErrNoProfile) || errors.Is(err, vaultcore.ErrNoCredentials)
	if !missing || config == "" && backend == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mismatchTime)
	defer cancel()
	app, err := p.running().Status(ctx)
	if err != nil {
		return ""
	}
	const again = "; `vaultbar stop` ends it, and the next command starts one with the variables that it has"
	if own, err := filepath.Abs(config); config != "" && err == nil && own != app.Config {
		return "the app reads " + p.tilde(app.Config) + ", not the AWS_CONFIG_FILE of this command" + again
	}
	if backend != "" && backend != app.Backend {
		return "the app uses the keychain " + app.Backend + ", not the VAULTBAR_BACKEND of this command" + again
	}
	return ""
}
