//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// awsVault is the command called by aws-vault's name, not at a terminal.
func (w world) awsVault(args ...string) *exec.Cmd {
	cmd := w.vaultbar(args...)
	cmd.Path, cmd.Args[0] = mustFind("aws-vault"), "aws-vault"
	return cmd
}

func mustFind(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		panic(err)
	}
	return path
}

// TestBothNamesKnowTheTable runs every command and flag of aws-vault by both names. What
// is not the same has a word of its own, and nothing ends in a way that is not meant.
func TestBothNamesKnowTheTable(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.SignedIn.Warnings = nil
	w.serve(t, service)
	program := w.path("bin", "vaultbar")
	build(t, program) // hundreds are started, which the race detector would have take a minute
	w.env = append(w.env, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY="+strings.Repeat("k", 40))
	var transcript strings.Builder
	row := func(args ...string) {
		fmt.Fprintf(&transcript, "%s\n", strings.Join(args, " "))
		for _, name := range []string{"aws-vault", "vaultbar"} {
			cmd := w.vaultbar(args...)
			cmd.Path, cmd.Args[0] = program, name
			fresh := sampleService()
			service.Update(func() { service.Keys, service.Sessions = fresh.Keys, fresh.Sessions })
			var said bytes.Buffer
			cmd.Stderr = &said
			_ = cmd.Run() // the code says it
			fmt.Fprintf(&transcript, "  %-9s %d", cmd.Args[0], cmd.ProcessState.ExitCode())
			if code := cmd.ProcessState.ExitCode(); code != 0 {
				transcript.WriteString(" " + strings.ReplaceAll(strings.TrimSpace(said.String()), "\n", "\n            "))
			}
			transcript.WriteString("\n")
		}
	}
	for _, flag := range awsvault.Global() {
		for _, args := range forms(flag) {
			row(append(args, "list", "--profiles")...)
		}
	}
	for _, command := range awsvault.Commands() {
		rest := operandsOf(command)
		row(append([]string{command.Name}, rest...)...)
		if command.Alias != "" {
			row(append([]string{command.Alias}, rest...)...)
		}
		for _, flag := range command.Flags {
			for _, args := range forms(flag) {
				row(append(append([]string{command.Name}, args...), rest...)...)
			}
		}
	}
	golden.Check(t, "golden/awsvault.txt", transcript.String())
}

// forms are the ways in which a flag is typed.
func forms(f awsvault.Flag) [][]string {
	if f.Takes {
		value := map[string]string{"duration": "1h", "region": "eu-west-1", "mfa-token": "123456", "format": "json", "prompt": "ykman"}[f.Name]
		if value == "" {
			value = "x"
		}
		all := [][]string{{"--" + f.Name, value}}
		if f.Usual != "" {
			all = append(all, []string{"--" + f.Name, f.Usual})
		}
		if f.Short != "" {
			all = append(all, []string{"-" + f.Short + value})
		}
		return all
	}
	all := [][]string{{"--" + f.Name}, {"--no-" + f.Name}}
	if f.Short != "" {
		all = append(all, []string{"-" + f.Short})
	}
	return all
}

// operandsOf are what a command works on, so that nobody need be asked.
func operandsOf(c awsvault.Command) []string {
	switch {
	case c.Runs:
		return []string{testkit.BaseProfile, "--", "true"}
	case c.Name == "add":
		return []string{"--env", "--replace", "new"}
	case c.Name == "remove":
		return []string{"--force", "orphan"}
	case c.Profile:
		return []string{testkit.BaseProfile}
	}
	return nil
}

// build builds the command, which unlike the tests' own knows what it was called by.
func build(t *testing.T, to string) {
	t.Helper()
	program, err := built()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		// Not written by this process: what it starts meanwhile would have it open.
		err = exec.Command("cp", program, to).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// built is the command as it is shipped, made once for all tests, and removed by TestMain.
var built = sync.OnceValues(func() (string, error) {
	program := filepath.Join(builtDir, "vaultbar")
	build := exec.Command("go", "build", "-o", program, "./vaultbar")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	return program, nil
})

// TestAnyLinkIsAWSVault: a symbolic link, a hard link and a copy of the real program,
// found in PATH, by its path, and by the path of a link to a link.
func TestAnyLinkIsAWSVault(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	program := w.path("bin", "vaultbar")
	build(t, program)
	image, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]func(string) error{
		"symlink":  func(to string) error { return os.Symlink(program, to) },
		"relative": func(to string) error { return os.Symlink("../bin/vaultbar", to) },
		"hard":     func(to string) error { return os.Link(program, to) },
		"copy":     func(to string) error { return os.WriteFile(to, image, 0o755) },
	} {
		dir := w.path(name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "aws-vault")
		if err := link(path); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"--version"}, {"list", "--credentials", "--debug"}, {"--backend=x", "list"}} {
			cmd := w.vaultbar(args...)
			cmd.Path, cmd.Args[0] = path, path
			var said bytes.Buffer
			cmd.Stderr = &said
			out, _ := cmd.Output() // the code says it
			switch code := cmd.ProcessState.ExitCode(); args[0] {
			case "--version":
				if code != 0 || !strings.HasPrefix(string(out), awsvault.Version+" (vaultbar ") || said.Len() > 0 {
					t.Errorf("%s: %d %q %q", name, code, out, said.String())
				}
			case "list":
				if code != 0 || !strings.Contains(string(out), "orphan\n") {
					t.Errorf("%s: %d %q %q", name, code, out, said.String())
				}
			default:
				if code != exitUsage {
					t.Errorf("%s: %d %q", name, code, said.String())
				}
				golden.Message(t, "a flag that there is not", said.String())
			}
		}
	}
}
