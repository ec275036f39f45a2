// Package app is the background app: it owns the keys, the sessions and the
// questions asked of the person, and serves them over a local socket to the
// vaultbar command and to every program that runs it.
//
// This package takes the process in hand (environment, log, what protects its
// memory), builds every part of those before it, and hands over to another instance.
// What the app does is elsewhere: [vault.Vault] serves, [access.Lock] stands before
// it, [ui.Actions] has what the person sees.
//
// Start reading with build in run.go.
package app

import "os"

// Main runs the app with the arguments and streams of this process, and exits with
// the code of what came of it.
func Main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
