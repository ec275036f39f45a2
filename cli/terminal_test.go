//go:build unix

package cli

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

const codePrompt = "MFA code for asking (" + testkit.MFADevice + "): "

func TestTerminalCode(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	p := sit(t, w, false, "exec", "asking", "--", "echo", "as", "asking")
	p.expect(codePrompt, 1)
	p.types("12345\n")
	p.expect("An MFA code has six digits.", 1)
	p.expect(codePrompt, 2)
	p.types("654321\n")
	p.expect("AWS refused that code. Try the next one.\n"+codePrompt, 1)
	p.types("123 456\n")
	p.expect("as asking", 1)
	p.leaves(0)
	if got := strings.Join(service.Answers(), " "); got != "654321 123456" {
		t.Errorf("answers: %s", got)
	}
	if strings.Contains(p.screen(), "asks for") {
		t.Errorf("the only one who waits is told that they wait:\n%s", p.screen())
	}
}

func TestTerminalWrongThreeTimes(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	p := sit(t, w, false, "export", "asking")
	for n := 1; n <= 3; n++ {
		p.expect(codePrompt, n)
		p.types("000000\n")
	}
	p.expect("vaultbar: AWS refused three MFA codes", 1)
	p.leaves(exitRefused)
}

// TestTerminalServing holds that a program that reads the result finds nothing
// else in it, and that the person is told who asks.
func TestTerminalServing(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	p := sit(t, w, true, "export", "--format=json", "asking")
	p.expect("is asking for asking.\n"+codePrompt, 1)
	p.types("123456\n")
	p.leaves(0)
	p.letGo()
	if got := p.stdout.String(); !strings.HasPrefix(got, `{"Version":1,`) || strings.Count(got, "\n") != 1 {
		t.Errorf("stdout: %q", got)
	}
}

func TestTerminalCancel(t *testing.T) {
	for name, key := range map[string]string{"ctrl-c": "\x03", "ctrl-d": "\x04"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(t, sampleService())
			p := sit(t, w, false, "export", "asking")
			p.expect(codePrompt, 1)
			p.types(key)
			p.leaves(exitCanceled)
			if n := strings.Count(p.screen(), "vaultbar: "); n != 1 {
				t.Errorf("%d lines of failure:\n%s", n, p.screen())
			}
		})
	}
}

// TestTerminalHidden holds that a passphrase is never shown, is typed twice when
// it is new, and that a canceled one leaves a terminal that shows keys again.
func TestTerminalHidden(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.Answer = ""
	service.Questions = map[string]vaultcore.Question{"asking": {Kind: vaultcore.AskNewPassphrase, Profile: "asking"}}
	w.serve(t, service)
	p := sit(t, w, false, "export", "asking")
	p.expect("Choose a passphrase for the Vaultbar keychain: ", 1)
	if p.echoes() {
		t.Error("the passphrase would be shown")
	}
	p.types("canary one\n")
	p.expect("The same again: ", 1)
	p.types("canary two\n")
	p.expect("The two do not match.", 1)
	p.expect("Choose a passphrase for the Vaultbar keychain: ", 2)
	p.types("canary\n")
	p.expect("The same again: ", 2)
	p.types("canary\n")
	p.expect("AWS_ACCESS_KEY_ID", 1)
	p.leaves(0)
	if strings.Contains(p.screen(), "canary") || len(service.Answers()) != 1 || service.Answers()[0] != "canary" {
		t.Errorf("answers %q, screen:\n%s", service.Answers(), p.screen())
	}
}

// TestTerminalApproval: an approval is a word or its first letters; Return alone,
// the refusal's word and Ctrl-C refuse, and nothing else is taken for a yes.
func TestTerminalApproval(t *testing.T) {
	const prompt = "Set links to yes? [n]o, [o]nce, [a]lways: "
	for _, test := range []struct {
		types string
		want  string
	}{
		{"o\n", "once"}, {"Always\n", "always"}, {"yes\nal\n", "always"},
		{"\n", ""}, {"no\n", ""}, {"\x03", ""}, {"\x04", ""},
	} {
		t.Run(strconv.Quote(test.types), func(t *testing.T) {
			w := newWorld(t)
			service := sampleService()
			service.Answer = "once"
			if test.want != "" {
				service.Answer = test.want
			}
			service.Questions = map[string]vaultcore.Question{"asking": vaultcore.Approval("Set links to yes?",
				vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "once", Label: "Once"}, vaultcore.Choice{ID: "always", Label: "Always"})}
			w.serve(t, service)
			p := sit(t, w, false, "export", "asking")
			p.expect(prompt, 1)
			for i, line := range strings.SplitAfter(strings.TrimSuffix(test.types, "\n"), "\n") {
				p.expect(prompt, i+1)
				p.types(strings.TrimSuffix(line, "\n") + map[bool]string{true: "\n"}[strings.HasSuffix(test.types, "\n")])
			}
			if test.want == "" {
				p.leaves(exitCanceled)
			} else {
				p.leaves(0)
			}
			if got := strings.Join(service.Answers(), " "); got != test.want {
				t.Errorf("answered %q", got)
			}
		})
	}
}

// TestTerminalConfirms: where a name has to be typed, a choice alone allows nothing; a
// slip is asked for again, and nothing typed is a refusal.
func TestTerminalConfirms(t *testing.T) {
	const question, confirm = "wants prod-admin, which is protected.", "To allow it once, type prod-admin: "
	for _, test := range []struct {
		types []string
		want  string
	}{
		{[]string{"prod-admin"}, "once"}, {[]string{"prod", "prod-admin"}, "once"}, {[]string{""}, ""}, {[]string{"a", "b", "c"}, ""},
	} {
		t.Run(strings.Join(test.types, " "), func(t *testing.T) {
			w := newWorld(t)
			service := sampleService()
			service.Answer = "once"
			q := vaultcore.Approval("Let it?", vaultcore.Choice{ID: "no", Label: "Deny"}, vaultcore.Choice{ID: "once", Label: "Once"})
			q.Wants = &vaultcore.Wanted{What: "prod-admin", Protected: true, Way: "zsh → tofu", Account: "222222222222 (acme\x1b[2Jprod)", Confirm: "prod-admin"}
			service.Questions = map[string]vaultcore.Question{"asking": q}
			w.serve(t, service)
			p := sit(t, w, false, "export", "asking")
			p.expect(question, 1)
			p.expect("zsh → tofu", 1)
			p.expect("Account 222222222222 (acme[2Jprod)", 1)
			p.expect("Allow it? [d]eny, [o]nce: ", 1)
			p.types("o\n")
			for i, text := range test.types {
				p.expect(confirm, i+1)
				p.types(text + "\n")
			}
			if test.want == "" {
				p.leaves(exitCanceled)
			} else {
				p.leaves(0)
			}
			if got := strings.Join(service.Answers(), " "); got != test.want {
				t.Errorf("answered %q", got)
			}
		})
	}
}

func TestTerminalHiddenCancel(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			w := newWorld(t)
			w.serve(t, sampleService())
			p := sit(t, w, false, "add", "new")
			p.expect("Access key id: ", 1)
			p.types("AKIAIOSFODNN7EXAMPLE\n")
			p.expect("Secret access key: ", 1)
			if err := syscall.Kill(p.pid, sig.(syscall.Signal)); err != nil {
				t.Fatal(err)
			}
			p.leaves(exitCanceled)
			if !p.echoes() {
				t.Error("the terminal was left without echo")
			}
		})
	}
}

func TestTerminalAdd(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	p := sit(t, w, false, "add", "new")
	p.expect("Access key id: ", 1)
	p.types("AKIAIOSFODNN7EXAMPLE\n")
	p.expect("Secret access key: ", 1)
	p.types("canary/MI/K7MDENG/bPxRfiCY\n")
	p.expect("Checking … key of user ann, account 111111111111\n", 1)
	p.expect("MFA device "+testkit.MFADevice+": use it for new? [Y/n] ", 1)
	p.types("y\n")
	p.expect("Added new.\nTo let aws and the SDKs use it:  vaultbar setup new   (writes one credential_process line to ~/.aws/config)\n", 1)
	p.leaves(0)
	if strings.Contains(p.screen(), "canary") {
		t.Errorf("the secret was shown:\n%s", p.screen())
	}
	added := last[agent.AddRequest](t, service)
	if added.MFASerial != testkit.MFADevice || added.Key.SecretAccessKey.Reveal() != "canary/MI/K7MDENG/bPxRfiCY" {
		t.Errorf("added %+v", added)
	}
}

// TestTerminalAddAsks: a question that comes while the key is checked stands on lines of
// its own.
func TestTerminalAddAsks(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.Questions = map[string]vaultcore.Question{"new": vaultcore.Approval("Trust it?", vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "yes", Label: "Yes"})}
	service.Answer = "yes"
	w.serve(t, service)
	p := sit(t, w, false, "add", "new")
	p.expect("Access key id: ", 1)
	p.types("AKIAIOSFODNN7EXAMPLE\n")
	p.expect("Secret access key: ", 1)
	p.types("canary/MI/K7MDENG/bPxRfiCY\n")
	p.expect("Checking …\n", 1)
	p.expect("\nTrust it? [n]o, [y]es: ", 1)
	p.types("y\n")
	p.expect("\nkey of user ann, account 111111111111\n", 1)
	p.types("\x03")
	p.leaves(exitCanceled)
}

// TestTerminalProposes: what looks like production is proposed for protection once it is
// set up at a terminal, and either answer is kept.
func TestTerminalProposes(t *testing.T) {
	const question = "live and prod-admin look like production. Ask you before a program gets their credentials? [y/N] "
	for answer, want := range map[string]string{"y": "yes", "": "no"} {
		w := newWorld(t)
		service := sampleService()
		service.Options = []agent.Setting{{Key: "protected"}}
		service.State.Profiles = []vaultcore.ProfileState{{Name: "dev"}, {Name: "live", Propose: true}, {Name: "prod-admin", Propose: true}, {Name: "other-prod", Propose: true}}
		w.serve(t, service)
		p := sit(t, w, false, "setup", "dev", "prod-admin", "live")
		p.expect("Write this? [Y/n] ", 1)
		p.types("\n")
		p.expect(question, 1)
		p.types(answer + "\n")
		p.leaves(0)
		if set := last[agent.SetRequest](t, service); set.Profile != "prod-admin" || set.Key != "protected" || set.Value != want {
			t.Errorf("%q: %+v", answer, set)
		}
	}
	w := newWorld(t)
	service := sampleService()
	service.State.Profiles = []vaultcore.ProfileState{{Name: "live", Propose: true}}
	w.serve(t, service)
	p := sit(t, w, false, "setup", "--yes", "live")
	p.leaves(0)
	if strings.Contains(p.screen(), "looks like") {
		t.Error("asked where nothing is to be asked")
	}
}

// TestTerminalAddReplaces holds that a key that is there is replaced only once the
// person has said so.
func TestTerminalAddReplaces(t *testing.T) {
	const question = "The keychain already has an access key for " + testkit.BaseProfile + ". Replace it? [y/N] "
	w := newWorld(t)
	service := sampleService()
	w.serve(t, service)
	p := sit(t, w, false, "add", testkit.BaseProfile)
	p.expect(question, 1)
	p.types("\n")
	p.expect("vaultbar: the key was not replaced", 1)
	p.leaves(exitCanceled)
	p = sit(t, w, false, "add", testkit.BaseProfile)
	p.expect(question, 1)
	p.types("y\n")
	p.expect("Access key id: ", 1)
	p.types("AKIAIOSFODNN7EXAMPLE\n")
	p.expect("Secret access key: ", 1)
	p.types("canary/MI/K7MDENG/bPxRfiCY\n")
	p.expect("Added "+testkit.BaseProfile, 1)
	p.leaves(0)
	if added := last[agent.AddRequest](t, service); added.Profile != testkit.BaseProfile {
		t.Errorf("added %+v", added)
	}
}

// TestTerminalExec holds that exec asks for the profile that neither its arguments
// nor the shell name.
func TestTerminalExec(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	p := sit(t, w, false, "exec", "--", "sh", "-c", "echo as $AWS_VAULT")
	p.expect("Which profile? [1-4, or part of its name] ", 1)
	p.types("hoge\n")
	p.expect("as "+testkit.RoleProfile, 1)
	p.leaves(0)
}

func TestTerminalAddRoot(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.Identity = vaultcore.Identity{Account: "111111111111", User: "root", MFADevices: []string{"one", "two", "three"}}
	w.serve(t, service)
	p := sit(t, w, false, "add", "new")
	p.expect("Access key id: ", 1)
	p.types("AKIAIOSFODNN7EXAMPLE\n")
	p.expect("Secret access key: ", 1)
	p.types("canary/MI/K7MDENG/bPxRfiCY\n")
	p.expect("vaultbar: this is the account's root user key", 1)
	p.expect("  3. three\nWhich one should new use? [1-3, 0 for none; 1] ", 1)
	p.types("4\n")
	p.expect("Which one should new use?", 2)
	p.types("2\n")
	p.expect("Added new.", 1)
	p.leaves(0)
	if added := last[agent.AddRequest](t, service); added.MFASerial != "two" {
		t.Errorf("added %+v", added)
	}
}

// A user who has only security keys is told why no device is offered.
func TestTerminalAddWithSecurityKeys(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.Identity = vaultcore.Identity{Account: "111111111111", User: "ann", OnlyFIDO: true}
	w.serve(t, service)
	p := sit(t, w, false, "add", "new")
	p.expect("Access key id: ", 1)
	p.types("AKIAIOSFODNN7EXAMPLE\n")
	p.expect("Secret access key: ", 1)
	p.types("canary/MI/K7MDENG/bPxRfiCY\n")
	p.expect("hint: the user's MFA devices are security keys or passkeys", 1)
	p.expect("Added new.", 1)
	p.leaves(0)
}

func TestTerminalRemove(t *testing.T) {
	question := sampleService().State.RemovalQuestion(testkit.BaseProfile) + " [y/N] "
	for answer, code := range map[string]int{"\n": exitCanceled, "n\n": exitCanceled, "y\n": exitDone} {
		w := newWorld(t)
		w.serve(t, sampleService())
		p := sit(t, w, false, "remove", testkit.BaseProfile)
		p.expect(question, 1)
		p.types(answer)
		p.leaves(code)
	}
}

func TestTerminalSetup(t *testing.T) {
	for answer, want := range map[string]string{"\n": "Wrote /home/ann/.aws/config.", "n\n": "vaultbar: nothing was written"} {
		w := newWorld(t)
		service := sampleService()
		w.serve(t, service)
		p := sit(t, w, false, "setup", testkit.RoleProfile)
		p.expect("+credential_process = vaultbar\nWrite this? [Y/n] ", 1)
		if last[agent.SetupRequest](t, service).Agreed != "" {
			t.Error("written before it was agreed to")
		}
		p.types(answer)
		p.expect(want, 1)
		p.leaves(map[bool]int{true: exitDone, false: exitCanceled}[answer == "\n"])
	}
}

// last returns the last request of a kind.
func last[R any](t *testing.T, service *testkit.FakeService) (found R) {
	t.Helper()
	for _, call := range service.Calls() {
		if request, ok := call.Request.(R); ok {
			found = request
		}
	}
	return found
}

// TestTerminalSync: a person sees how far the listing is, then the change, and is asked.
func TestTerminalSync(t *testing.T) {
	for answer, want := range map[string]struct {
		code  int
		wrote string
	}{"y": {exitDone, "Wrote /home/ann/.aws/config."}, "n": {exitCanceled, "nothing was written"}} {
		w := newWorld(t)
		w.serve(t, sampleService())
		p := sit(t, w, false, "sso", "sync", "corp")
		p.expect("Write this? [Y/n] ", 1)
		for _, line := range []string{"Listing corp: 1 of 3 accounts", "Listing corp: 2 of 3 accounts", "+[profile Acme-prod-Admin]\n", "2 profiles to add"} {
			if !strings.Contains(p.screen(), line) {
				t.Errorf("%q is not in\n%s", line, p.screen())
			}
		}
		p.types(answer + "\n")
		p.expect(want.wrote, 1)
		p.leaves(want.code)
	}
}
