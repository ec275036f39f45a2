//go:build linux || darwin

package socket

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// aged is a process table in which number 10 connected and began last: each is the
// child of the next, which began a moment before it.
func aged(lines ...string) map[int]process {
	look, all := table(lines...), make(map[int]process)
	for i := range lines {
		p, _ := look(10 + i)
		p.started = uint64(1000 - i)
		all[10+i] = p
	}
	return all
}

func lookIn(all map[int]process) func(int) (process, bool) {
	return func(pid int) (process, bool) { p, ok := all[pid]; return p, ok }
}

func TestChainOf(t *testing.T) {
	got := chainOf(10, lookIn(aged("vaultbar export prod", "sh -c vaultbar", "terraform apply", "zsh", "claude")))
	var names []string
	for _, p := range got {
		names = append(names, p.Program)
	}
	if len(got) != 5 || got.Asker() != 2 || names[2] != "terraform" || !got[0].Messenger || !got[1].Messenger || got[3].Messenger {
		t.Errorf("%v, who asks is %d", names, got.Asker())
	}
	if !got.Has(got[4]) || got.Has(vaultcore.Process{PID: 14, Started: 1}) || got.Has(vaultcore.Process{PID: 14}) {
		t.Error("a process is taken for another")
	}
}

// The number of a parent that has ended may be another's: that began later than its
// child.
func TestChainEndsAtANumberUsedAgain(t *testing.T) {
	all := aged("vaultbar", "terraform", "claude")
	again := all[12]
	again.started = 5000
	all[12] = again
	if got := chainOf(10, lookIn(all)); len(got) != 2 {
		t.Errorf("the chain is %v", got)
	}
}

func TestChainAtOneMoment(t *testing.T) {
	all := aged("vaultbar", "terraform", "claude")
	chain := chainOf(10, lookIn(all))
	if !unchanged(chain, lookIn(all)) {
		t.Error("it has changed though nothing has")
	}
	orphan := all[11]
	orphan.parent = 1
	all[11] = orphan
	if unchanged(chain, lookIn(all)) {
		t.Error("a parent has ended meanwhile")
	}
	delete(all, 11)
	if unchanged(chain, lookIn(all)) {
		t.Error("a process has ended meanwhile")
	}
}

// A file says what a process does only where it is that file which runs: of a shell
// that is typed into, code on a command line, or a program that does what some other
// file says, nothing is known.
func TestContents(t *testing.T) {
	dir := t.TempDir()
	bash, script := filepath.Join(dir, "bash"), filepath.Join(dir, "deploy.sh")
	for _, path := range []string{bash, script, filepath.Join(dir, "terraform"), filepath.Join(dir, "python3"), filepath.Join(dir, "make")} {
		must(t, os.WriteFile(path, []byte(path), 0o700))
	}
	self := os.Getpid() // whose executable and whose root folder are there to read
	tests := []struct {
		name    string
		args    []string
		altered bool
		want    bool
	}{
		{"terraform", []string{"terraform", "apply"}, false, true},
		{"terraform", []string{"terraform", "apply"}, true, false},
		{"bash", []string{"bash", script}, false, true},
		{"bash", []string{"bash", "deploy.sh"}, false, true},
		{"bash", []string{"bash", "gone.sh"}, false, false},
		{"bash", []string{"bash"}, false, false},
		{"bash", []string{"bash", "-c", "vaultbar"}, false, false},
		{"python3", []string{"python3", "-c", "import"}, false, false},
		{"python3", []string{"python3", "-m", "awscli"}, false, false},
		{"make", []string{"make"}, false, false},
	}
	for _, test := range tests {
		p := process{name: test.name, args: func() []string { return test.args }, more: func() details {
			return details{path: filepath.Join(dir, test.name), dir: dir, altered: test.altered}
		}}
		got := described(self, p, "")
		if has := readable(got.Files); has != test.want {
			t.Errorf("%q, altered %t: what it does is known %t", test.args, test.altered, has)
		}
	}
	run := process{name: "deploy.sh", args: func() []string { return []string{"/bin/bash", script, "prod"} }, more: func() details { return details{path: bash} }}
	if got := described(self, run, ""); len(got.Files) != 2 || !readable(got.Files) || got.Program != "deploy.sh" { // by its own name, as the system has it
		t.Errorf("%+v", got)
	}
}

func readable(files []string) bool {
	for _, path := range files {
		if _, err := os.ReadFile(path); err != nil {
			return false
		}
	}
	return len(files) > 0
}
