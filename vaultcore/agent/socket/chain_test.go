//go:build linux || darwin

package socket

import (
	"os"
	"path/filepath"
	"strings"
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

// Nothing follows from a name that a process gave itself: what it is says its executable.
func TestRenamed(t *testing.T) {
	yes, no := func() bool { return true }, func() bool { return false }
	tests := []struct {
		name, file         string
		args               string
		ours               func() bool
		program            string
		messenger, renamed bool
	}{
		{"vaultbar", "/usr/bin/vaultbar", "vaultbar export prod", yes, "vaultbar", true, false},
		{"vaultbar", "/tmp/vaultbar", "vaultbar export prod", no, "vaultbar", false, true},
		{"vaultbar", "/tmp/other", "vaultbar export prod", no, "vaultbar", false, true},
		{"aws-vault", "/usr/bin/vaultbar", "aws-vault exec prod", yes, "aws-vault", true, false},
		{"sh", "/tmp/other", "sh -c vaultbar", no, "sh", false, true},
		{"sh", "/usr/bin/dash", "sh -c vaultbar", no, "sh", true, false},
		{"terraform", "/tmp/other", "terraform apply", no, "terraform", false, true},
		{"terraform", "/usr/bin/terraform", "terraform apply", no, "terraform", false, false},
		{"terraform", "/usr/bin/python3.11", "terraform apply", no, "apply", false, false},
		{"terraform", "/usr/bin/python3.11", "terraform", no, "terraform", false, true},
		{"python3", "/usr/bin/python3.11", "python3", no, "python3", false, false},
		{"deploy.sh", "/usr/bin/bash", "/bin/bash ./deploy.sh", no, "deploy.sh", false, false},
		{"claude", "/home/ann/versions/1.0.88", "claude", no, "claude", false, true},
	}
	for _, test := range tests {
		p := process{name: test.name, args: func() []string { return strings.Fields(test.args) }, file: func() string { return test.file }, ours: test.ours}
		got := leading(os.Getpid(), p)
		if got.Program != test.program || got.Messenger != test.messenger || got.Renamed != test.renamed {
			t.Errorf("%s of %s (%s): %s, messenger %t, renamed %t", test.name, test.file, test.args, got.Program, got.Messenger, got.Renamed)
		}
	}
}

// A file says what a process does only where it is that file which runs: of a shell
// that is typed into, code on a command line, or a program that does what some other
// file says, nothing is known.
func TestContents(t *testing.T) {
	dir := t.TempDir()
	bash, script := filepath.Join(dir, "bash"), filepath.Join(dir, "deploy.sh")
	for _, path := range []string{bash, script, filepath.Join(dir, "run"), filepath.Join(dir, "inspect")} {
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
		{"python3", []string{"python3", "-I", script}, false, true},
		{"python3", []string{"python3", "-", script}, false, false},
		{"python3", []string{"python3", "-W", script, "other.py"}, false, false},
		{"bash", []string{"bash", "-eu", script}, false, true},
		{"bash", []string{"bash", "-o", "pipefail", script}, false, true},
		{"bash", []string{"bash", "-eo", "pipefail", "deploy.sh"}, false, true},
		{"bash", []string{"bash", "-o", script}, false, false},
		{"bash", []string{"bash", "-s", script}, false, false},
		{"bash", []string{"bash", "-", script}, false, false},
		{"bash", []string{"bash", "--rcfile", script}, false, false},
		{"bash", []string{"bash", "-O", script, "other.sh"}, false, false},
		{"fish", []string{"fish", "-f", script, "other.fish"}, false, false},
		{"perl", []string{"perl", script}, false, true},
		{"perl", []string{"perl", "-E", script}, false, false},
		{"perl", []string{"perl", "-S", script}, false, false},
		{"ruby", []string{"ruby", "-I", script, "other.rb"}, false, false},
		{"php", []string{"php", "-d", script, "other.php"}, false, false},
		{"node", []string{"node", script}, false, true},
		{"node", []string{"node", "inspect", "other.js"}, false, false},
		{"deno", []string{"deno", "run", script}, false, false},
		{"java", []string{"java", "-jar", script}, false, true},
		{"java", []string{"java", script}, false, false},
		{"busybox", []string{"sh", script}, false, true},
		{"busybox", []string{"busybox", script}, false, false},
		{"lua5.4", []string{"lua", "-e", script}, false, false},
		{"ld-linux-x86-64.so.2", []string{"ld-linux-x86-64.so.2", script}, false, false},
		{"make", []string{"make"}, false, false},
	}
	for _, test := range tests {
		must(t, os.WriteFile(filepath.Join(dir, test.name), nil, 0o700))
		p := process{name: test.name, args: func() []string { return test.args }, file: func() string { return filepath.Join(dir, test.name) }, dir: func() string { return dir }, altered: func() bool { return test.altered }}
		got := examined(leading(self, p), p, "")
		if has := readable(got.Files); has != test.want {
			t.Errorf("%q, altered %t: what it does is known %t", test.args, test.altered, has)
		}
	}
	run := process{name: "deploy.sh", args: func() []string { return []string{"/bin/bash", script, "prod"} }, file: func() string { return bash }}
	if got := examined(leading(self, run), run, ""); len(got.Files) != 2 || !readable(got.Files) || got.Program != "deploy.sh" { // by its own name, as the system has it
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
