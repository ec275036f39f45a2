// Package cli is the vaultbar command. It gets short-lived AWS credentials from the
// background app, which owns the keys, the sessions and the prompts.
//
// It stores nothing, decides nothing about AWS and never opens the keychain: all it
// knows is agent.Service. (It does write one file, which notes the variables of
// aws-vault that it has warned about, so that it warns once.) It must start in about a
// millisecond, because every AWS program that uses it through credential_process starts
// it anew. So it links neither net/http nor the AWS SDK, the keyring or the tray, and
// builds only the command that was named.
//
// The result goes to stdout and nothing else does; everything meant for a person goes
// to stderr. Start with the table in root.go. Each command has a file of its name; exit
// codes are in exit.go, the way to the app is internal/reach, who can be prompted is
// in asking.go, and how it behaves when called aws-vault is in awsvault.go. What is printed
// of the app's answers is worded in internal/report.
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
