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
// `vaultbar export prod` is cli/export.go: it parses its flags and sends a request with
// agent.Client, over the socket that agent/socket finds, and starts the app where none
// runs (cli/reach.go, cli/internal/launch). In the app agent.Server finds the row of the
// operation (agent/operations.go) and calls agent.Service, which is a chain: audit.Trail
// records the outcome of each operation; access.Idle, access.Programs, access.Sandboxes
// and access.Lock may refuse it or ask the person first; ui.Links follows links; and
// vault.Vault does the work.
//
// Vault.Credentials (vault/credentials.go) takes the config of this moment
// (awsconfig.Live), which plan.Resolve turns into steps, each with its reason;
// trust says which endpoints and proxies on the way a person has allowed. Then
// session.Pool.Get answers from memory, or carries the missing steps out by their
// sources, once for all who wait: source/key reads the key from the keychain
// (keystore), source/sts asks AWS over aws/awshttp. A profile without a key starts with
// another source beside these, such as source/sso, which has source/person see to it
// that somebody signs in, once for all who need it. What a person must say on the
// way, a code or a passphrase, prompt.Prompter asks where they are looking: at the
// command's terminal, by the same connection, or in a window of
// app/desktop/dialog. The pool saves the session in the keychain and renews it
// ahead of its end. Back in the command, cli/internal/credformat prints it.
//
// # One click
//
// The menu is a value: tray asks for a [Snapshot], tray/menu.Build makes rows of it,
// tray draws them. A click is looked up in what was drawn and handed to ui.Actions
// (app/ui/actions.go), whose table says what each kind of click does. "Open console"
// is Service.Login, through the lock like everything else: console chooses which
// session signs in and builds the sign-in URL, and app/browser opens it by a
// redirect that works once (app/browser/redirect).
//
// Both programs are put together in one place each: app/build.go and
// cli/root.go. Which package may use which, and why, is a table in packaging.
package vaultcore
