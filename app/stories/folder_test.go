//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// clone makes a repository whose .vaultbar says a text, clones it into the person's home,
// and returns the clone.
func (w *world) clone(name, text string) string {
	w.Helper()
	git := testenv.Program(w.TB, "git", "git")
	from, to := w.path("t", name), filepath.Join(w.home, name)
	w.check(os.MkdirAll(from, 0o755))
	w.check(os.WriteFile(filepath.Join(from, ".vaultbar"), []byte(text), 0o644))
	for _, args := range [][]string{
		{"-C", from, "init", "-q"}, {"-C", from, "add", "-A"}, {"-C", from, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x"}, {"clone", "-q", from, to},
	} {
		cmd := exec.Command(git, args...)
		cmd.Env = w.env
		if out, err := cmd.CombinedOutput(); err != nil {
			w.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	return to
}

// in runs vaultbar without a terminal in a folder.
func (w *world) in(dir string, args ...string) outcome {
	w.Helper()
	cmd := w.command("vaultbar", args...)
	cmd.Dir = dir
	return w.do(cmd)
}

// TestStoryFolder: the .vaultbar of a repository that was cloned is named and not obeyed,
// until the person trusts it at their own terminal; nobody else can. The hooks of the
// shells set AWS_PROFILE then, until the folder is left or the file changes.
func TestStoryFolder(t *testing.T) {
	testenv.Root(t)
	w := plainWorld(t)
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	packaged, err := filepath.Abs("../../packaging/shell")
	w.check(err)
	for shell, start := range map[string]string{"bash": "/bin/bash --norc -i", "zsh": "zsh -f -i", "fish": "fish --no-config -i"} {
		testenv.Program(t, shell, shell)
		cloned := w.clone(shell, "# who works here\n"+plain+"\n")
		here := w.sit(ssh("cd " + w.home + " && exec " + start))
		profile := func(want string) {
			t.Helper()
			here.answer("sh -c 'echo profile=\"<$AWS_PROFILE>\"'")
			here.expect("profile=<" + want + ">")
		}
		here.answer("source " + packaged + "/vaultbar." + shell)
		profile("")
		here.answer("cd " + cloned)
		here.expect("names " + plain + ", but is not used: you have not trusted it")
		here.expect("hint: run `vaultbar dir trust`")
		profile("")
		here.answer("vaultbar dir trust")
		here.expect("[n]o, [t]rust: ")
		here.answer("no")
		profile("")
		here.answer("vaultbar dir trust")
		here.expect("Use the profile " + plain + " in ~/" + shell)
		here.expect("[n]o, [t]rust: ")
		here.answer("trust")
		here.expect("Trusted ~/" + shell)
		profile(plain)
		here.answer("vaultbar exec -- sh -c 'echo vault=\"<$AWS_VAULT>\"'")
		here.expect("vault=<" + plain + ">")
		here.answer("cd ..")
		profile("")
		here.answer("cd " + cloned)
		profile(plain)
		here.answer("echo '# and more' >>.vaultbar")
		here.expect("has changed since you trusted it, so it is not used: it names " + plain)
		profile("")
		here.answer("exit")
		here.wait()
	}
	w.eventually("trust is in the trail", func() bool {
		said := ""
		for _, l := range w.trail("--profile", plain) {
			if l.Operation == "trust-folder" {
				said += l.Outcome + " "
			}
		}
		return strings.Count(said, "done") == 3 && strings.Count(said, "canceled") == 3
	})
}

// TestStoryFolderTrust: a program cannot trust a file, whatever terminal it makes, nor can
// an agent; what is trusted counts where no app runs, and is no approval.
func TestStoryFolderTrust(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	cloned := w.clone("cloned", plain+"\n")
	claude := w.program("claude")
	byAgent := func(args ...string) outcome {
		cmd := w.command(claude, append([]string{built().path("vaultbar")}, args...)...)
		cmd.Dir = cloned
		return w.do(cmd)
	}
	w.wantComplaint(w.in(cloned, "dir", "trust"), 5, "trust by a program")
	w.wantComplaint(w.in(filepath.Dir(cloned), "dir", "set", plain), 5, "set by a program")
	w.wantComplaint(byAgent("dir", "trust"), 5, "trust by an agent")
	w.wantComplaint(byAgent("dir", "set", plain), 5, "set by an agent")
	own := w.command("vaultbar", "dir", "trust")
	own.Dir = cloned
	s := w.sit(own)
	s.answer("trust")
	if code := s.wait(); code != 5 {
		t.Errorf("at a terminal that a program made: exit code %d\n%s", code, s.all())
	}
	if got := w.in(cloned, "dir", "list"); got.code != 0 || got.stdout != "" {
		t.Errorf("trusted: %+v", got)
	}
	if _, err := os.Stat(filepath.Join(w.home, ".vaultbar")); err == nil {
		t.Error("a file was written that nobody trusted")
	}
	refused := w.in(cloned, "exec", "--", "true")
	if refused.code != 2 {
		t.Errorf("exec: %+v", refused)
	}
	w.reads("exec before it is trusted", refused.stderr)

	w.trustFolder(cloned, plain+"\n")
	w.must("settings", "set", "--profile", plain, "protected", "yes")
	w.wantComplaint(w.in(cloned, "exec", "--", "true"), 5, "exec of what is protected") // it names the profile, and allows nothing
	got := w.in(cloned, "explain")
	w.reads("explain", lineWith(got.stdout, ".vaultbar"))
	w.stop()
	for range 3 {
		if got := w.in(cloned, "dir", "--name"); got != (outcome{plain + "\n", "", 0}) {
			t.Errorf("without the app: %+v", got)
		}
	}
	if got := w.run("status"); got.code == 0 {
		t.Error("the hook has started the app")
	}
	w.wantComplaint(byAgent("dir", "forget"), 5, "forget by an agent")
	if got := w.in(cloned, "dir", "forget"); got.code != 0 { // to protect more is free
		t.Errorf("forget: %+v", got)
	}
	if got := w.in(cloned, "dir", "--name"); got.stdout != "" || got.code != 0 {
		t.Errorf("forgotten: %+v", got)
	}
}

// trustFolder has a file be trusted as it is once a person has said so.
func (w *world) trustFolder(dir, text string) {
	w.Helper()
	state := filepath.Join(w.home, ".local", "state", "vaultbar")
	w.check(dirprofile.Change(state, func(list dirprofile.List) { list[dirprofile.PathIn(dir)] = text }))
}

// TestStoryFolderRace: a program that swaps the file all the time never has its own text
// counted for the one that is trusted: the text that is compared is the one that is used.
func TestStoryFolderRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := w.path("h", "raced")
	w.check(os.Mkdir(dir, 0o755))
	w.trustFolder(dir, plain+"\n")
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		file := filepath.Join(dir, ".vaultbar")
		for {
			for _, text := range []string{plain + "\n", bastion + "\n"} {
				err := os.WriteFile(file+"-", []byte(text), 0o644)
				if err == nil {
					err = os.Rename(file+"-", file)
				}
				if err == nil {
					err = os.WriteFile(file, []byte(text), 0o644) // and in place
				}
				select {
				case <-stop:
					stopped <- err
					return
				default:
				}
			}
		}
	}()
	for range 100 {
		if got := w.in(dir, "dir", "--name"); got.code != 0 || got.stdout != "" && got.stdout != plain+"\n" {
			t.Fatalf("%+v", got)
		}
	}
	close(stop)
	w.check(wait.For(t, "the writer stops", stopped))
}
