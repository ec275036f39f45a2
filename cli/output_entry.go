//go:build linux && (amd64 || arm64)

package cli

// stdoutAtStart is what the kernel answered when it was asked for the flags of
// stdout before the Go runtime ran; negative when stdout was not open.
//
// The runtime opens /dev/null for reading and writing in place of a standard file
// that is closed, before any Go code runs. Afterwards that cannot be told from a
// parent that gave us such a /dev/null on purpose, as Python's subprocess.DEVNULL
// and Node's 'ignore' are. So the Makefile has the linker begin the process at
// vaultbar_entry, which asks and goes on to the runtime. A program that was linked
// without that takes a closed stdout for /dev/null, as Go does.
var stdoutAtStart int64

// closedOutput says whether the process was started without stdout.
func closedOutput() bool { return stdoutAtStart < 0 }
