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
	after := ^uint64(0)
	for pid > 1 && len(chain) < maxChain {
		p, ok := look(pid)
		if !ok || p.started > after {
			break
		}
		chain = append(chain, described(pid, p, home))
		pid, after = p.parent, p.started
	}
	return chain
}

func described(pid int, p process, home string) vaultcore.Process {
	var more details
	if p.more != nil {
		more = p.more()
	}
	is, path := p.called(), p.path()
	found := vaultcore.Process{
		PID: pid, Started: p.started, Program: is.name, Renamed: is.renamed, Path: path, Script: is.script, Dir: vaultcore.ShortenHome(more.dir, home), Messenger: is.messenger, Leads: p.leads,
		Terminal: p.terminal,
	}
	found.Running = func() bool { return startOf(pid) == p.started }
	if found.Script != "" && !filepath.IsAbs(found.Script) {
		if more.dir == "" {
			return found // no file that could be found says what it does
		}
		found.Script = filepath.Join(more.dir, found.Script)
	}
	if is.open || more.altered || path == "" {
		return found
	}
	found.Files = []string{executable(pid, path)}
	if found.Script != "" {
		found.Files = append(found.Files, inside(pid, found.Script))
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
