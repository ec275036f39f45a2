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
	title  string
	line   []string
	stdin  string
	person func(context.Context, *story) error // what the person does meanwhile
	code   int
	want   string // an expression that matches what is said
}

// steps are what a person does with the two programs on Windows.
func steps(key string) []step {
	add := []string{"vaultbar", "add", "--stdin", "bastion-system"}
	export := []string{"vaultbar", "export", "--prompt=dialog", "--format=json", "hoge-system"}
	exec := func(command string) []string {
		return []string{"vaultbar", "exec", "--prompt=none", "hoge-system", "--", "cmd", "/c", command}
	}
	return []step{
		{title: "a command starts the app", line: []string{"vaultbar", "list"}, want: `bastion-system`},
		{title: "a key goes into the credential store", line: add, stdin: key, want: `Added bastion-system`},
		{title: "it does not go there twice unasked", line: add, stdin: key, code: 5},
		{title: "a second app leaves", line: []string{"vaultbar-app"}},
		{title: "the first still serves", line: []string{"vaultbar", "status"}, want: `wincred`},
		{title: "a code that is typed into the dialog gives a session", line: export, person: typeCode, want: `"SessionToken"`},
		{title: "PowerShell's form of it", line: []string{"vaultbar", "export", "--format=powershell", "hoge-system"}, want: `\$Env:AWS_SESSION_TOKEN`},
		{title: "a program has it", line: exec("echo %AWS_ACCESS_KEY_ID%"), want: `ASIA`},
		{title: "its exit code is ours", line: exec("exit 7"), code: 7},
		{title: "lock", line: []string{"vaultbar", "lock"}},
		{title: "nothing is handed out", line: export, code: 6},
		{title: "a program gets nothing", line: exec("exit 7"), code: 6},
		{title: "unlock", line: []string{"vaultbar", "unlock"}},
		{title: "stop", line: []string{"vaultbar", "stop"}},
		{title: "none serves then", line: []string{"vaultbar", "status"}, code: 9},
		{title: "its icon goes", line: []string{"input", "gone"}},
		{title: "a new app finds the key and the session", line: exec("exit 7"), code: 7},
		{title: "the last row of the menu is picked", line: []string{"input", "quit"}},
		{title: "the app has left", line: []string{"vaultbar", "status"}, code: 9},
	}
}

// typeCode waits for the dialog, and types the code that the person's device shows then.
func typeCode(ctx context.Context, s *story) error {
	input := filepath.Join(s.bin, "input.exe")
	if said, err := s.run(ctx, "", "wine", input, "wait", "MFA code"); err != nil {
		return fmt.Errorf("no dialog: %w\n%s", err, said)
	}
	said, err := s.run(ctx, "", "wine", input, "type", "MFA code", s.world.MFA.FreshCode())
	if err != nil {
		return fmt.Errorf("nothing was typed: %w\n%s", err, said)
	}
	return nil
}

// story plays the story with the real programs. Its error says which step failed, and
// what was said.
func (p *prefix) story(ctx context.Context) error {
	s, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer s.end()
	for _, step := range steps(s.key()) {
		begun := time.Now()
		if err := s.play(ctx, step); err != nil {
			log, _ := os.ReadFile(filepath.Join(ours(s.home), "vaultbar.log")) // there may be none yet
			return fmt.Errorf("%s: %w\nThe app's log:\n%s", step.title, err, log)
		}
		fmt.Printf("ok   %-52s %5.1fs\n", step.title, time.Since(begun).Seconds())
	}
	return nil
}

// play runs a step.
func (s *story) play(ctx context.Context, step step) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stepTime, fmt.Errorf("it did not end within %s", stepTime))
	defer cancel()
	acted := make(chan error, 1)
	go func() {
		if step.person == nil {
			acted <- nil
			return
		}
		acted <- step.person(ctx, s)
	}()
	line := append([]string{filepath.Join(s.bin, step.line[0]+".exe")}, step.line[1:]...)
	said, err := s.run(ctx, step.stdin, "wine", line...)
	code := 0
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return errors.Join(fmt.Errorf("%w:\n%s", context.Cause(ctx), said), <-acted)
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		return err
	}
	if code != step.code || !regexp.MustCompile(step.want).MatchString(said) {
		return fmt.Errorf("exit code %d, want %d and %q in:\n%s", code, step.code, step.want, strings.TrimSpace(said))
	}
	return <-acted
}
