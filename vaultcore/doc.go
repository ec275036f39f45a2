// Package vaultcore holds the words that the rest of Vaultbar speaks: profiles
// and credentials, secrets, questions put to a person, snapshots for a screen,
// and the errors that everyone shares.
//
// It does nothing itself: no I/O, no clock, no goroutine, and it imports
// nothing but the standard library, so that every package, the start-up
// sensitive command line included, can use the same words at no cost. Each
// technology lives in a folder below this one and imports it; nothing here
// imports any of them.
//
// Start with [Profile] (what the config file says), [Credentials] (what a
// program gets), [Snapshot] (what a screen shows) and [Fault] (how a failure
// reads).
//
// # One export
//
// `vaultbar export prod` is cli/export.go: it reads its flags and sends a request with
// agent.Client over the socket that agent/socket finds, starting the app where none runs
// (cli/internal/reach, cli/internal/launch). In the app agent.Server finds the operation's row
// (agent/operations.go) and calls agent.Service, which is a chain: audit.Trail notes what
// becomes of it; access.Idle locks after an absence; access.Sandboxes and access.Programs
// refuse or ask the person first; access.Lock refuses while locked; ui.Links follows links;
// and vault.Vault does the work.
//
// Vault.Credentials takes the config of this moment (liveconfig.File), which plan.Resolve
// turns into steps, each with its reason; approval asks about endpoints, proxies and commands on
// the way that a person has to allow. session.Pool.Get answers from memory, or has sources
// carry the missing steps out, once for all who wait (inflight): source/key reads the key from the
// keychain (keystore), source/sts asks AWS over aws/awshttp. Profiles without a key start
// with another source, such as source/sso, for which source/person has somebody sign in.
// A code or a passphrase is asked for by prompt.Prompter where the person is looking: at
// the command's terminal, by the same connection, or in a window of app/desktop/dialog.
// The pool keeps the session in the keychain, too, and renews it ahead of its end. Back
// in the command, cli/internal/credformat prints it.
//
// # One click
//
// The menu is a value: tray asks for a [Snapshot], tray/menu.Build makes rows of it, and
// tray draws them. A click is looked up in what was drawn and handed to ui.Actions, whose
// table (app/ui/actions.go) says what each kind of click does. "Open console" is
// Service.Login, through the same trail and lock: console chooses which session signs in
// and builds the sign-in URL, and ui.Browsers gives app/browser an address of this machine
// that leads to it once (app/browser/redirect).
//
// Both programs are put together in one place each: app/build.go and cli/root.go. Which
// package may import which, and why, is a table in packaging.
package vaultcore
