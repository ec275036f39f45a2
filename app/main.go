// Package app is the background app: it owns the keys, the sessions and the
// questions asked of the person, and serves them over a local socket to the
// vaultbar command and to every program that runs it.
//
// This package builds every part and connects them; no part knows another.
// Values flow one way: the config file becomes profiles (awsconfig), profiles
// become plans (plan), plans are carried out (provider) and their sessions kept
// and shared (session), questions go where the person is looking (prompt). The
// type service puts these together as the agent.Service that the socket serves.
//
// Start reading with build in run.go.
package app

import "os"

// Main runs the app with the arguments and streams of this process, and exits with
// the code of what came of it.
func Main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
