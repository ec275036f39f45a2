package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	module = "github.com/vaultbar/vaultbar/"
	// packageTime is the most that the tests of a package may take.
	packageTime = 2 * time.Minute
)

// tests builds the tests for Windows and runs them. Those that fail where Wine's own
// failures are not are its error.
func (p *prefix) tests(ctx context.Context) error {
	packages, known, err := parse(listed)
	if err != nil {
		return err
	}
	result, err := p.runTests(ctx, packages)
	if err != nil {
		return err
	}
	verdict := judge(result, known)
	fmt.Printf("%d packages, %d tests passed in Wine, %d failed as they do in Wine alone\n", len(packages), verdict.passed, verdict.known)
	for _, name := range verdict.stale {
		fmt.Printf("%s does not fail any more: take it out of tests.txt\n", name)
	}
	for _, name := range verdict.failed {
		fmt.Printf("FAIL %s\n%s", name, result[name].said)
	}
	if len(verdict.failed) > 0 {
		return fmt.Errorf("%d tests fail", len(verdict.failed))
	}
	return nil
}

// forWindows is a command that builds for Windows.
func forWindows(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(plain(os.Environ()), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.WaitDelay = time.Second
	return cmd
}

func (p *prefix) runTests(ctx context.Context, packages []string) (results, error) {
	goroot, err := forWindows(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	changed, err := overlay(p.dir, strings.TrimSpace(string(goroot)))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"test", "-json", "-short", "-count=1", "-vet=off", "-timeout", packageTime.String(), "-overlay", changed, "-exec", self + " exec"}
	for _, name := range packages {
		args = append(args, module+name)
	}
	cmd := forWindows(ctx, "go", args...)
	cmd.Env = append(cmd.Env, p.env[len(plain(os.Environ())):]...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	failed := cmd.Run()
	result, err := read(&out)
	var exit *exec.ExitError
	if err == nil && (len(result) == 0 || failed != nil && !errors.As(failed, &exit)) {
		err = errors.Join(failed, errors.New("no test ran"))
	}
	if err != nil {
		return nil, fmt.Errorf("go test: %w\n%s", err, complaints.String())
	}
	return result, ctx.Err()
}

// result is what became of a test, or of a package: pass, fail or skip.
type result struct {
	end  string
	said string
}

// results are those of all tests and packages, by the package and the test's name.
type results map[string]*result

// read reads what go test prints under -json (go doc test2json).
func read(out io.Reader) (results, error) {
	all := make(results)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct{ Action, Package, ImportPath, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, fmt.Errorf("%w in %q", err, lines.Text())
		}
		name := strings.TrimPrefix(event.Package+event.ImportPath, module)
		if event.Test != "" {
			name += " " + event.Test
		}
		if all[name] == nil {
			all[name] = &result{}
		}
		switch event.Action {
		case "output", "build-output":
			all[name].said += event.Output
		case "pass", "fail", "skip", "build-fail":
			all[name].end = strings.TrimPrefix(event.Action, "build-")
		}
	}
	return all, lines.Err()
}
