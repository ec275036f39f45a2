//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestShim makes and takes the link in folders of PATH that have this and that, and asks
// a shell who answers.
func TestShim(t *testing.T) {
	w := newWorld(t)
	dirs := map[string]string{}
	for _, name := range []string{"own", "open", "first", "other", "last"} {
		dirs[name] = w.path(name)
		if err := os.Mkdir(dirs[name], 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := filepath.Join(dirs["own"], "vaultbar")
	build(t, command)
	if err := os.Chmod(dirs["open"], 0o777); err != nil { // not to be trusted
		t.Fatal(err)
	}
	const theirs = "#!/bin/sh\necho theirs\n"
	other := filepath.Join(dirs["other"], "aws-vault")
	if err := os.WriteFile(other, []byte(theirs), 0o755); err != nil {
		t.Fatal(err)
	}
	pathOf := func(names ...string) string {
		list := []string{"relative"}
		for _, name := range names {
			list = append(list, dirs[name])
		}
		return "PATH=" + strings.Join(append(list, "/usr/bin", "/bin"), ":")
	}
	run := func(path string, code int, args ...string) string {
		t.Helper()
		cmd := w.vaultbar(args...)
		cmd.Path, cmd.Args[0] = command, command
		cmd.Env = append(cmd.Env, path)
		out, _ := cmd.CombinedOutput() // the code says it
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Fatalf("%q with %s: code %d, not %d: %s", args, path, got, code, out)
		}
		return strings.ReplaceAll(string(out), w.dir, "~")
	}
	answers := func(path string) string {
		t.Helper()
		cmd := exec.Command("/bin/sh", "-c", "aws-vault --version 2>&1")
		cmd.Env = append(w.env, path)
		out, _ := cmd.CombinedOutput() // what it says is what counts
		if strings.HasPrefix(string(out), awsvault.Version+" ") {
			return "ours"
		}
		return strings.TrimSpace(string(out))
	}
	var story strings.Builder
	step := func(path string, code int, args ...string) {
		t.Helper()
		said := run(path, code, args...)
		fmt.Fprintf(&story, "%s\n  %s\n  => %d, aws-vault is %s\n", strings.ReplaceAll(strings.Join(args, " "), w.dir, "~"), strings.ReplaceAll(strings.TrimSpace(said), "\n", "\n  "), code, shortened(answers(path)))
	}

	free := pathOf("open", "first", "last")
	step(free, 0, "shim", "install")
	step(free, 0, "shim", "install") // a second time
	step(free, 0, "shim", "remove")
	step(free, 0, "shim", "remove")

	taken := pathOf("first", "other", "last")
	step(taken, 1, "shim", "install")
	step(taken, 0, "shim", "install", "--force")
	step(taken, 0, "shim", "remove")
	step(taken, 0, "shim", "install", "--dir", dirs["last"])
	step(taken, 0, "shim", "remove")
	step(taken, 1, "shim", "install", "--dir", dirs["other"])
	step(taken, 0, "shim", "install", "--force", "--dir", dirs["other"])
	step(taken, 0, "shim", "remove")
	step(free, 0, "shim", "install", "--dir", dirs["other"], "--force")
	step(free, 0, "shim", "remove", "--dir", dirs["other"])

	step(pathOf("last", "own", "first"), 0, "shim", "install") // beside the command
	step(pathOf("last", "own", "first"), 0, "shim", "remove")

	nowhere := pathOf("open")
	step(nowhere, 1, "shim", "install", "--dir", w.path("nosuch"))
	step(nowhere, 2, "shim")
	golden.Check(t, "golden/shim.txt", story.String())

	if text, err := os.ReadFile(other); err != nil || string(text) != theirs {
		t.Errorf("the other program is lost: %q %v", text, err)
	}
	for name, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 1 || len(files) == 1 && name != "other" && name != "own" {
			t.Errorf("%s is left with %v", name, files)
		}
	}
}

// shortened is what a shell says of a command that it does not find, whichever shell.
func shortened(answer string) string {
	if strings.Contains(answer, "not found") {
		return "not found"
	}
	return answer
}

// TestShimSetsUpVaultbar: what is written to the config file is not the link, which may
// go again.
func TestShimSetsUpVaultbar(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	cmd := w.awsVault("setup", "--yes", "bastion-system")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	for _, call := range service.Calls() {
		if call.Op == "setup" && !strings.Contains(fmt.Sprintf("%+v", call.Request), "/vaultbar") {
			t.Errorf("%+v", call.Request)
		}
	}
}
