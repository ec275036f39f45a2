// Package app is the background app: it owns the keys, the sessions and the prompts,
// and serves credentials over a local socket to the vaultbar command and to every
// program that runs it.
//
// This package sets up the process (environment, log, protection of its memory), builds
// the parts and connects them, and hands over to another instance of the app. What the
// app does is elsewhere: [vault.Vault] serves requests, [access.Lock] and its neighbors
// guard it, [ui.Actions] carries out what the person clicks.
//
// Start reading with build in build.go.
package app

import "os"

// Main runs the app with the arguments and streams of this process, and exits with
// the code of what came of it.
func Main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
