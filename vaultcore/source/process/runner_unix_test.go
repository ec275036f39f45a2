//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// word is a person's word on every command.
type word struct {
	err   error
	asked []string // for which programs
}

func (w *word) Allowed(process.Command) bool { return false }

func (w *word) Allow(_ context.Context, _ process.Command, program string) error {
	w.asked = append(w.asked, program)
	return w.err
}

// runner runs commands with the environment of a person.
func runner(limit time.Duration, environ ...string) *process.Runner {
	return process.NewRunner(process.Options{Consent: &word{}, Environ: append(os.Environ(), environ...), Limit: limit})
}

// sh is a command that a shell carries out.
func sh(script string) process.Command {
	return process.Command{Key: "credential_process", Profile: "dev", Text: "sh -c '" + script + "'"}
}

// waiting is a context under which a program waits that has an environment.
func waiting(t *testing.T, pairs ...string) context.Context {
	var env vaultcore.Environment
	for i := 0; i < len(pairs); i += 2 {
		env = env.With(pairs[i], pairs[i+1])
	}
	return vaultcore.WithAudience(t.Context(), vaultcore.Alone(&vaultcore.Caller{Env: env}))
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "okta cli")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$#:$2:\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`"` + program + `" a '~ $HOME | x'`: "2:~ $HOME | x:\n",
		`'okta cli'  "" b`:                  "2:b:\n",
	} {
		who := &word{}
		r := process.NewRunner(process.Options{Consent: who, Environ: []string{"PATH=relative:" + dir + ":/usr/bin:/bin"}})
		got, err := r.Run(t.Context(), process.Command{Key: "credential_process", Text: text}, nil)
		if err != nil || got.Reveal() != want || !slices.Equal(who.asked, []string{program}) {
			t.Errorf("%s prints %q, %v; asked for %q", text, got.Reveal(), err, who.asked)
		}
	}
	piped := process.Command{Key: "mfa_process", Text: "echo 12 | tr 1 3; pwd", Shell: true}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	if home, err = filepath.EvalSymlinks(home); err != nil {
		t.Fatal(err)
	}
	if got, err := runner(0).Run(t.Context(), piped, nil); err != nil || got.Reveal() != "32\n"+home+"\n" {
		t.Errorf("a pipe prints %q, %v", got.Reveal(), err)
	}
}

// TestEnvironment: a command gets what the person has, with the usual folders in its PATH,
// and nothing that is AWS's, ours or the dynamic linker's.
func TestEnvironment(t *testing.T) {
	command := sh("env; cat")
	command.Env = []string{"AWS_CONFIG_FILE=/etc/aws"}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	r := process.NewRunner(process.Options{Consent: &word{}, Proxy: func() string { return "http://proxy:3128" }, Environ: append(os.Environ(),
		"PATH=/mine:/usr/bin", "OKTA_ORG=acme", "AWS_ACCESS_KEY_ID=x", "AWS_PROFILE=x", "VAULTBAR_APP=x", "LD_PRELOAD=x", "X_PASSPHRASE=x", "BASH_ENV=x")})
	got, err := r.Run(waiting(t, process.Marker, "earlier:00"), command, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got.Reveal(), "\n")
	for _, want := range []string{"OKTA_ORG=acme", "AWS_CONFIG_FILE=/etc/aws", "HTTPS_PROXY=http://proxy:3128", process.Marker + "=" + command.ID() + " earlier:00", "PATH=/mine:/usr/bin:/usr/local/bin:/opt/homebrew/bin:" + home + "/.local/bin:/bin"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%s is missing in\n%s", want, got.Reveal())
		}
	}
	for _, line := range lines {
		if name, value, _ := strings.Cut(line, "="); value == "x" {
			t.Errorf("%s is there", name)
		}
	}
}

// TestFailures holds what is said of each failure. None quotes what was printed.
func TestFailures(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte(canary), 0o644); err != nil {
		t.Fatal(err)
	}
	named := func(text string) process.Command {
		return process.Command{Key: "credential_process", Profile: "dev", Text: text}
	}
	for name, c := range map[string]struct {
		command process.Command
		kind    error
	}{
		"an exit code":                {sh("echo " + canary + "; echo " + canary + " >&2; exit 3"), vaultcore.ErrProcess},
		"killed":                      {sh("echo " + canary + "; kill -9 $$"), vaultcore.ErrProcess},
		"too much":                    {sh("echo " + canary + "; head -c 65536 /dev/zero; exec sleep 1000"), vaultcore.ErrProcess},
		"no such program":             {named("no-such-program-7c1e --x"), vaultcore.ErrProcess},
		"no such program of the home": {named("~/bin/x"), vaultcore.ErrProcess},
		"a pipe":                      {named("/no/such | x"), vaultcore.ErrProcess},
		"not a program":               {named(plain), vaultcore.ErrProcess},
		"an open quote":               {named(`sh -c "echo`), vaultcore.ErrConfig},
		"nothing":                     {named(`""`), vaultcore.ErrProcess},
	} {
		got, err := runner(0).Run(waiting(t), c.command, nil)
		if !errors.Is(err, c.kind) || !got.IsZero() {
			t.Errorf("%s: %v (%s)", c.command.Text, err, vaultcore.Hint(err))
		}
		golden.Message(t, name, testkit.ErrorText(err), plain, "FILE")
		if strings.Contains(fmt.Sprintf("%v %s %#v", err, vaultcore.Hint(err), err), "7c1e+w") {
			t.Errorf("%s: it is quoted: %#v", c.command.Text, err)
		}
	}
}

// endless is a script with a child, both of which keep a pipe open, and the reading end
// of that: it ends when neither is left.
func endless(t *testing.T) (process.Command, *os.File) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	end, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = end.Close() })
	return sh("exec 3>" + pipe + "; echo up >&3; sleep 10000 & exec sleep 10000"), end
}

// ended returns once all who had the pipe open have ended.
func ended(t *testing.T, pipe *os.File) {
	t.Helper()
	text, err := io.ReadAll(pipe)
	if err != nil || string(text) != "up\n" {
		t.Errorf("the pipe had %q, %v", text, err)
	}
}

// TestHanging: at its deadline a command is ended with all that it started.
func TestHanging(t *testing.T) {
	command, pipe := endless(t)
	_, err := runner(time.Second).Run(t.Context(), command, nil)
	if !errors.Is(err, vaultcore.ErrProcess) {
		t.Errorf("it ends with %v", err)
	}
	golden.Message(t, "", testkit.ErrorText(err))
	ended(t, pipe)
}

// TestLeft: nobody waits any more, and the command is ended with all that it started.
func TestLeft(t *testing.T) {
	command, pipe := endless(t)
	ctx, leave := context.WithCancel(t.Context())
	up := make(chan error, 1)
	go func() {
		for one := make([]byte, 1); ; { // the pipe has no writer until it is up
			if n, err := pipe.Read(one); n == 1 || err != nil && err != io.EOF {
				leave()
				up <- err
				return
			}
		}
	}()
	_, err := runner(0).Run(ctx, command, nil)
	if !errors.Is(err, context.Canceled) || <-up != nil {
		t.Errorf("it ends with %v", err)
	}
	if text, err := io.ReadAll(pipe); err != nil || string(text) != "p\n" {
		t.Errorf("the pipe had %q, %v", text, err)
	}
}

// TestLeftBehind: a program that a command leaves behind, such as a browser, goes on,
// and its hold on the output delays the answer only a little.
func TestLeftBehind(t *testing.T) {
	got, err := runner(0).Run(t.Context(), sh("sleep 10000 & echo $!"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(got.Reveal(), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("it has ended: %v", err)
	}
}

// TestRefused: what the person refuses is not run.
func TestRefused(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	for _, refusal := range []error{vaultcore.ErrCanceled, vaultcore.ErrNobodyToAsk} {
		r := process.NewRunner(process.Options{Consent: &word{err: refusal}, Environ: os.Environ()})
		if _, err := r.Run(waiting(t), sh("touch "+trace), nil); !errors.Is(err, refusal) {
			t.Errorf("it ends with %v", err)
		}
	}
	if _, err := os.Stat(trace); err == nil {
		t.Error("it was run")
	}
}

// TestLoop: a command that asks for its own output is refused, and so is the whole.
func TestLoop(t *testing.T) {
	r := runner(0)
	command := sh("echo $" + process.Marker + "; exit 1")
	marker, err := runner(0).Run(waiting(t), sh("echo $"+process.Marker), nil)
	if err != nil || !strings.HasPrefix(marker.Reveal(), "sh:") {
		t.Fatalf("the marker is %q, %v", marker.Reveal(), err)
	}
	other := vaultcore.Environment{}.With(process.Marker, strings.TrimSpace(marker.Reveal()))
	if err := r.Refuse(other, command); err != nil {
		t.Errorf("another command's request: %v", err)
	}
	own := vaultcore.Environment{}.With(process.Marker, "x:1 "+command.ID())
	if err := r.Refuse(own, sh("true"), command); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("its own request: %v", err)
	}
	if _, err := r.Run(waiting(t), command, nil); !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
		t.Errorf("the command: %v", err)
	}
	if _, err := r.Run(waiting(t), command, nil); !errors.Is(err, vaultcore.ErrProcess) {
		t.Errorf("the next time: %v", err)
	}
	for script, kind := range map[string]error{"true | cat": vaultcore.ErrConfig, "false || echo fallback": nil} { // both end well
		command := sh(script)
		if err := r.Refuse(vaultcore.Environment{}.With(process.Marker, command.ID()), command); !errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%s: its own request: %v", script, err)
		}
		if _, err := r.Run(waiting(t), command, nil); !errors.Is(err, kind) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestID(t *testing.T) {
	ids := make(map[string]bool)
	for _, c := range []process.Command{
		{Key: "credential_process", Text: "okta --x"}, {Key: "credential_process", Text: "okta  --x"}, {Key: "mfa_process", Text: "okta --x", Shell: true},
		{Key: "credential_process", Text: `"/opt/ok ta/é" --x`}, {Key: "credential_process", Text: ""},
	} {
		ids[c.ID()] = true
	}
	same := process.Command{Key: "credential_process", Text: "okta --x", Profile: "other", Env: []string{"A=b"}}
	if len(ids) != 5 || !ids[same.ID()] {
		t.Errorf("%v, %s", ids, same.ID())
	}
}

// TestSource: an expired answer, and one that is none, are no credentials.
func TestSource(t *testing.T) {
	answer := `{"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": "` + canary + `"`
	source := process.NewSource(runner(0))
	run := func(output string) (vaultcore.Credentials, error) {
		file := filepath.Join(t.TempDir(), "answer")
		if err := os.WriteFile(file, []byte(output), 0o600); err != nil {
			t.Fatal(err)
		}
		step := plan.Step{Profile: "dev", Source: vaultcore.Source{Kind: vaultcore.ProcessSource, Key: "credential_process", Value: "cat " + file}}
		return source.Run(waiting(t), step, vaultcore.Credentials{})
	}
	if got, err := run(answer + "}"); err != nil || got.SecretAccessKey.Reveal() != canary || !got.Endless() {
		t.Errorf("%+v, %v", got, err)
	}
	for _, output := range []string{answer, answer + `, "Expiration": "2020-01-01T00:00:00Z"}`, ""} {
		if got, err := run(output); !errors.Is(err, vaultcore.ErrProcess) || vaultcore.Hint(err) == "" || got != (vaultcore.Credentials{}) || strings.Contains(err.Error(), "7c1e+w") {
			t.Errorf("%s: %+v, %v", output, got, err)
		}
	}
}
