package vaultcore

import "slices"

// Process is one of the processes that lead to a request, as the system tells of it
// and not as it says of itself. Its names are for a person; who it is says
// [Process.Is], and what it does say the files that it runs.
type Process struct {
	PID     int
	Started uint64 // in units of the system: with PID it is this process and no later one; 0 where it is not known
	Program string // what a person calls it, a script by its own name; see [Caller]
	Path    string // its executable; empty where it is not known
	Script  string // the script that it runs, as its command line has it, whole where its folder is known; empty where none is
	// Renamed says that Program is not what its executable is called: it was started by a
	// link, or gave itself the name.
	Renamed bool
	Dir     string // its working directory, home shortened to ~; empty where it is not known
	// Messenger says that it only carries messages: the vaultbar command, or a shell
	// that runs one command for another program.
	Messenger bool
	// TypedInto says that it is a shell that a person types into, as far as its arguments
	// tell.
	TypedInto bool
	// Leads says that it leads its session, as the shell of a terminal does.
	Leads bool
	// Terminal is the one that it is attached to: "pts/3" on Linux, "ttys003" on macOS;
	// empty for none, and where the system does not tell.
	Terminal string
	// Files are where its executable, and the script that it runs, can be read while it
	// runs. There are none where no file says what the process does, such as for a
	// shell that is typed into, code given on a command line, or a program that others
	// have put libraries into.
	Files []string
	// Running says whether it still runs; nil where the system cannot say so.
	Running func() bool
}

// Is says whether two are the same process. One whose start is not known is no other.
func (p Process) Is(other Process) bool {
	return p.PID == other.PID && p.Started == other.Started && p.Started != 0
}

// Chain is the processes that lead to a request: first the one that made it, then
// the one that started that, and so on. Of those beside the one that asks, Dir and Files
// are left out.
type Chain []Process

// Asker is the process that a person would say asks: the first that does not only
// carry messages. It is -1 where there is none, as when the system does not tell.
func (c Chain) Asker() int {
	return slices.IndexFunc(c, func(p Process) bool { return !p.Messenger })
}

// Has says whether a process is in the chain.
func (c Chain) Has(p Process) bool { return slices.ContainsFunc(c, p.Is) }

// Runs says whether a process still runs; of one of which the system cannot say so, it
// does.
func (p Process) Runs() bool { return p.Running == nil || p.Running() }
