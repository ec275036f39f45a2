// Package cli is the vaultbar command: it hands out short-lived AWS credentials from a terminal: it
// asks the background app, which owns the keys, the sessions and the questions.
//
// It keeps nothing, decides nothing about AWS and never opens the keychain: all
// it knows is agent.Service. (One file it does write: a note of the variables of aws-vault
// that it has named, which are named once.) It must start in about a millisecond, because
// every AWS program that uses it through credential_process starts it anew; so
// it links neither net/http nor the AWS SDK, the keyring or the tray, and builds
// only the command that was named.
//
// stdout carries the result and nothing else, everything meant for a person
// goes to stderr. Start with the table in root.go; each command is the file of
// its name, exit codes are in exit.go, the way to the app is in reach.go, who may be
// asked what is in asking.go, and what it is by the name of aws-vault is in awsvault.go.
package cli

import (
	"os"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Main runs the command with the arguments, the environment and the streams of this
// process, and exits with the code of what came of it.
func Main() {
	vaultcore.GrowStack()
	os.Exit(run(os.Args, os.Environ(), streams{os.Stdin, os.Stdout, os.Stderr}))
}
