package socket

import (
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxChain is how many processes a chain has at most.
const maxChain = 64

// chainOf lists the processes that lead to one, it first. A process that began after
// the one that it is said to have started is not its parent: that has ended, and its
// number is another's now. The chain ends there, as it ends before the first process
// of the system.
func chainOf(pid int, look func(pid int) (process, bool)) vaultcore.Chain {
	home, _ := os.UserHomeDir() // without one nothing is shortened
	var chain vaultcore.Chain
	after, asked := ^uint64(0), false
	for pid > 1 && len(chain) < maxChain {
		p, ok := look(pid)
		if !ok || p.started > after {
			break
		}
		found := leading(pid, p)
		if !asked && !found.Messenger {
			asked, found = true, examined(found, p, home)
		}
		chain = append(chain, found)
		pid, after = p.parent, p.started
	}
	return chain
}

// leading is what is known of any process of a chain.
func leading(pid int, p process) vaultcore.Process {
	is := p.called()
	found := vaultcore.Process{
		PID: pid, Started: p.started, Program: is.name, Renamed: is.renamed, Path: p.path(), Script: is.script, Messenger: is.messenger, TypedInto: is.typedInto, Leads: p.leads, Terminal: p.terminal,
	}
	found.Running = func() bool { return startOf(pid) == p.started }
	if found.Script != "" && !filepath.IsAbs(found.Script) {
		if dir := p.folder(); dir != "" {
			found.Script = filepath.Join(dir, found.Script)
		}
	}
	return found
}

// examined is the process that asks: where it runs, and in which files it says what it
// does. Of the others nobody needs that, and it takes time to find out.
func examined(found vaultcore.Process, p process, home string) vaultcore.Process {
	found.Dir = vaultcore.ShortenHome(p.folder(), home)
	is := p.called()
	if is.open || found.Path == "" || found.Script != "" && !filepath.IsAbs(found.Script) || p.altered != nil && p.altered() {
		return found // no file that could be found says what it does
	}
	found.Files = []string{executable(found.PID, found.Path)}
	if found.Script != "" {
		found.Files = append(found.Files, inside(found.PID, found.Script))
	}
	return found
}

// unchanged says whether the processes of a chain are all still those that they were,
// each the child of the next: then the whole of it was so at one moment.
func unchanged(chain vaultcore.Chain, look func(pid int) (process, bool)) bool {
	for i, p := range chain {
		now, ok := look(p.PID)
		if !ok || now.started != p.Started || i+1 < len(chain) && now.parent != chain[i+1].PID {
			return false
		}
	}
	return true
}
