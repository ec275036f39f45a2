//go:build unix

package cli

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// TestTerminalPick holds that a profile is picked by number, by name, and by what
// narrows the list down, and that the list shows nothing that moves the cursor.
func TestTerminalPick(t *testing.T) {
	for name, c := range map[string]struct {
		typed []string // a line for each time that the question is put
		want  string
	}{
		"number":            {[]string{"2"}, testkit.RoleProfile},
		"whole name":        {[]string{testkit.BaseProfile}, testkit.BaseProfile},
		"part, other case":  {[]string{" HOGE "}, testkit.RoleProfile},
		"role":              {[]string{"admin"}, testkit.RoleProfile},
		"account":           {[]string{"2222"}, testkit.RoleProfile},
		"role's ARN":        {[]string{"arn:aws:iam::222222222222:role/admin"}, testkit.RoleProfile},
		"console address":   {[]string{"https://222222222222-abcd1234.us-east-1.console.aws.amazon.com/ec2/home"}, testkit.RoleProfile},
		"narrowed":          {[]string{"system", "2"}, testkit.RoleProfile},
		"number of no line": {[]string{"system", "3", "4"}, "asking"},
		"nothing typed":     {[]string{"system", "", "4"}, "asking"},
		"nothing found":     {[]string{"nosuch", "asking"}, "asking"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			service := sampleService()
			service.Questions = nil
			service.Results["staging"] = service.Results["asking"]
			w.serve(t, service)
			p := sit(t, w, false, "login")
			p.expect("\n  2. ●  hoge-system     admin  222222222222", 1)
			for i, line := range c.typed {
				p.expect("Which profile? [1-", i+1)
				p.types(line + "\n")
			}
			p.expect("Signed in as "+c.want+" in Chromium.\n", 1)
			p.leaves(exitDone)
			if got := last[agent.LoginRequest](t, service); got.Profile != c.want {
				t.Errorf("signed in as %s", got.Profile)
			}
			if strings.Contains(p.screen(), "SigninToken") {
				t.Errorf("the address was shown:\n%s", p.screen())
			}
		})
	}
}

func TestTerminalPickCancel(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	p := sit(t, w, false, "login")
	p.expect("Which profile? [1-4, or part of its name] ", 1)
	p.types("\x03")
	p.leaves(exitCanceled)
	if got := last[agent.LoginRequest](t, service); got.Profile != "" {
		t.Errorf("signed in as %s", got.Profile)
	}
}

func TestTerminalPickOfNone(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.State = vaultcore.Snapshot{}
	w.serve(t, service)
	p := sit(t, w, false, "login")
	p.expect("vaultbar: there are no profiles yet\nhint: run `vaultbar add NAME` to add one\n", 1)
	p.leaves(exitNoProfile)
}

// TestTerminalOpen holds that only the profiles that reach the account are
// offered, those too that the screen does not know yet.
func TestTerminalOpen(t *testing.T) {
	const bucket = "arn:aws:s3:::anybody"
	w := newWorld(t)
	service := sampleService()
	service.Accounts[bucket] = []string{testkit.RoleProfile, "plain"}
	w.serve(t, service)
	p := sit(t, w, false, "open", bucket)
	p.expect("  1. ●  hoge-system  admin  222222222222", 1)
	p.expect("Which profile? [1-2, or part of its name] ", 1)
	p.types("pl\n")
	p.expect("Signed in as plain in Chromium.\n", 1)
	p.leaves(exitDone)
	if strings.Contains(p.screen(), testkit.BaseProfile) {
		t.Errorf("a profile that does not reach it is offered:\n%s", p.screen())
	}
	if got := last[agent.LoginRequest](t, service); got.Profile != "plain" || got.Address != bucket {
		t.Errorf("asked for %+v", got)
	}
}

// TestTerminalLoginServing holds that a program that reads the address finds
// nothing else in it, while the person is asked for the code.
func TestTerminalLoginServing(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	p := sit(t, w, true, "login", "--stdout", "asking")
	p.expect("is asking for asking.\n"+codePrompt, 1)
	p.types("123456\n")
	p.leaves(exitDone)
	p.letGo()
	if got, want := p.stdout.String(), service.SignedIn.Address.Reveal()+"\n"; got != want {
		t.Errorf("stdout: %q", got)
	}
	if strings.Contains(p.screen(), "SigninToken") {
		t.Errorf("the address was shown:\n%s", p.screen())
	}
}

// TestTerminalFind holds that of several profiles the person picks one, and then what to
// do with it, the console first.
func TestTerminalFind(t *testing.T) {
	for name, c := range map[string]struct {
		args, typed []string
		said        string
	}{
		"all":              {nil, []string{"2", ""}, "Signed in as hoge-system in Chromium.\n"},
		"several that fit": {[]string{"system"}, []string{"1", "1"}, "Signed in as bastion-system in Chromium.\n"},
		"the only one":     {[]string{"admin", "2222"}, []string{"nonsense", "9", "5"}, "2 sessions ended.\n"},
		"narrowed":         {[]string{"system"}, []string{"hoge", "6"}, "hoge-system: role admin"},
		"its whole name":   {[]string{"hoge-system"}, nil, "Signed in as hoge-system in Chromium.\n"},
		"what to do":       {[]string{"--do", "clear", "system"}, []string{"2"}, "2 sessions ended.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			service := sampleService()
			service.Questions = nil
			w.serve(t, service)
			p := sit(t, w, false, append([]string{"find"}, c.args...)...)
			for i, line := range c.typed {
				p.await("a question", func() bool { return strings.Count(p.screen(), "? [1-") > i })
				p.types(line + "\n")
			}
			p.expect(c.said, 1)
			p.leaves(exitDone)
		})
	}
	t.Run("a person who prefers dialogs", func(t *testing.T) {
		w := newWorld(t)
		service := sampleService()
		w.serve(t, service)
		sit(t, w, false, "find", "--prompt", "dialog", "system").leaves(exitDone)
		if got := last[agent.FindRequest](t, service); got.Query != "system" {
			t.Errorf("asked for %+v", got)
		}
	})
}
