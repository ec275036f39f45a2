package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// stepTime is the most that a command may take: the first one starts the app.
const stepTime = time.Minute

// step is a command line of the story, and what must come of it.
type step struct {
	title string
	line  []string
	stdin string
	code  int
	want  string // an expression that matches what is said
}

// key is AWS's own example, as its command line prints a new one.
const key = `{"AccessKey":{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}}`

// config is the person's AWS config file.
const config = "[profile bastion-system]\nregion = eu-west-1\n"

// steps are what a person does with the two programs on Windows, as far as that goes
// without AWS: in Wine the system does not say whose program listens on this machine,
// so that the app rightly sends nothing to a local one.
var steps = []step{
	{title: "a command starts the app", line: []string{"vaultbar", "list"}, want: `bastion-system`},
	{title: "a key goes into the credential store", line: []string{"vaultbar", "add", "--stdin", "--no-verify", "bastion-system"}, stdin: key, want: `Added bastion-system`},
	{title: "it does not go there twice unasked", line: []string{"vaultbar", "add", "--stdin", "--no-verify", "bastion-system"}, stdin: key, code: 5},
	{title: "a second app leaves", line: []string{"vaultbar-app"}},
	{title: "the first still serves", line: []string{"vaultbar", "status"}, want: `wincred`},
	{title: "stop", line: []string{"vaultbar", "stop"}},
	{title: "none serves then", line: []string{"vaultbar", "status"}, code: 9},
	{title: "a new app finds the key", line: []string{"vaultbar", "add", "--stdin", "--no-verify", "bastion-system"}, stdin: key, code: 5},
	{title: "lock", line: []string{"vaultbar", "lock"}},
	{title: "nothing is handed out", line: []string{"vaultbar", "export", "--format=json", "bastion-system"}, code: 6},
	{title: "a program gets nothing", line: []string{"vaultbar", "exec", "bastion-system", "--", "cmd", "/c", "exit 7"}, code: 6},
	{title: "unlock", line: []string{"vaultbar", "unlock"}},
	{title: "stop again", line: []string{"vaultbar", "stop"}},
}

// story builds the real programs and plays the story with them. Its error says which
// step failed, and what was said.
func (p *prefix) story(ctx context.Context) error {
	bin := p.path("vaultbar")
	if err := build(ctx, bin); err != nil {
		return err
	}
	home, err := p.home()
	if err != nil {
		return err
	}
	if err := furnish(home); err != nil {
		return err
	}
	for _, s := range steps {
		if err := p.play(ctx, bin, s); err != nil {
			log, _ := os.ReadFile(filepath.Join(ours(home), "vaultbar.log")) // there may be none yet
			return fmt.Errorf("story: %s: %w\nThe app's log:\n%s", s.title, err, log)
		}
		fmt.Printf("ok   %s\n", s.title)
	}
	return nil
}

// build builds the two programs as they are released.
func build(ctx context.Context, bin string) error {
	for program, flags := range map[string]string{"./cli/vaultbar": "-s -w", "./app/vaultbar-app": "-s -w -H=windowsgui"} {
		cmd := goTool(ctx, "build", "-trimpath", "-ldflags", flags, "-o", filepath.Join(bin, filepath.Base(program)+".exe"), program)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", program, err, out)
		}
	}
	return nil
}

// ours is the app's own folder.
func ours(home string) string { return filepath.Join(home, "AppData", "Local", "Vaultbar") }

// furnish writes the person's files. What an agent starts may add a key: whoever tries
// this may be one.
func furnish(home string) error {
	files := map[string]string{
		filepath.Join(home, ".aws", "config"):     config,
		filepath.Join(ours(home), "settings.ini"): "agents_may_change = yes\n",
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// play runs a step.
func (p *prefix) play(ctx context.Context, bin string, s step) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stepTime, fmt.Errorf("it did not end within %s", stepTime))
	defer cancel()
	line := append([]string{filepath.Join(bin, s.line[0]+".exe")}, s.line[1:]...)
	said, err := p.run(ctx, s.stdin, "wine", line...)
	code := 0
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w:\n%s", context.Cause(ctx), said)
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		return err
	}
	if code != s.code || !regexp.MustCompile(s.want).MatchString(said) {
		return fmt.Errorf("exit code %d, want %d and %q in:\n%s", code, s.code, s.want, strings.TrimSpace(said))
	}
	return nil
}
