// Command demo shows Vaultbar at work without an AWS account: it sets up a
// strict local AWS and a home of its own, runs the command lines that a person
// would type, each on a terminal of its own, and plays that person: it types the
// access key, the hidden secret and the MFA codes when it is asked for them.
//
// Nothing is acted. The commands are the real ones, found in the folder of the
// flag -bin, they start the real app, and AWS's side is counted, not told: a
// step that asks too often, or calls AWS too often, fails the demo. What comes
// from a command is shown as it comes, but for the secrets in it, which are
// hidden even though this AWS is not real.
//
// The demo leaves nothing behind, also when it fails or is interrupted: the app
// is stopped and its process gone, the home is removed. It never looks at the
// person's own home, keychain, message bus or AWS variables. It draws colors
// and takes its time on a terminal only.
//
// Start with demo.go, the order of events; story.go has the steps, sandbox.go
// what they are played on, person.go who types. The program has two more names,
// found in the PATH of the commands: sts-whoami (whoami.go) asks AWS who it is,
// as any program with an AWS SDK would, and mfa-code (device.go) prints what the
// MFA device shows.
package main

import (
	"io"
	"os"
	"path/filepath"
)

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run is the program under the name that it was called by. It returns the exit
// code.
func run(args []string, stdout, stderr io.Writer) int {
	switch filepath.Base(args[0]) {
	case whoamiName:
		return whoami(stdout, stderr)
	case deviceName:
		return showCode(stdout, stderr)
	default:
		return demo(args[1:], stdout, stderr)
	}
}
