package awsvault

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestNoFlagIsForgotten: the table is what aws-vault 7.2 has, and what came later.
func TestNoFlagIsForgotten(t *testing.T) {
	text, err := os.ReadFile("testdata/flags-7.2.txt")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			recorded = append(recorded, line)
		}
	}
	var table []string
	add := func(command string, flags []Flag) {
		for _, f := range flags {
			if f.Later {
				continue
			}
			line := command
			if f.Short != "" {
				line += " -" + f.Short
			}
			line += " --" + f.Name
			if f.Takes {
				line += "="
			}
			table = append(table, strings.TrimSpace(line))
		}
	}
	add("", Global())
	for _, c := range Commands() {
		if c.Later {
			continue
		}
		name := c.Name
		if c.Alias != "" {
			name += "|" + c.Alias
		}
		table = append(table, name)
		add(c.Name, c.Flags)
	}
	slices.Sort(recorded)
	slices.Sort(table)
	if !slices.Equal(recorded, table) {
		t.Errorf("the table has\n%s\nand aws-vault\n%s", strings.Join(table, "\n"), strings.Join(recorded, "\n"))
	}
}

// TestEachRowSaysSomething: what is not the same has a sentence.
func TestEachRowSaysSomething(t *testing.T) {
	check := func(command string, flags []Flag) {
		for _, f := range flags {
			if (f.Here == Same || f.Here == Asked) != (f.Text == "") {
				t.Errorf("%s --%s: %d %q", command, f.Name, f.Here, f.Text)
			}
		}
	}
	check("", Global())
	for _, c := range Commands() {
		check(c.Name, c.Flags)
	}
}

func TestCalled(t *testing.T) {
	for argv0, want := range map[string]bool{
		"aws-vault": true, "/usr/bin/aws-vault": true, "./aws-vault": true, "aws-vault.exe": true, "AWS-Vault.EXE": true,
		"vaultbar": false, "/opt/aws-vault/vaultbar": false, "aws-vault2": false, "my-aws-vault": false, "": false,
	} {
		if Called(argv0) != want {
			t.Errorf("%q", argv0)
		}
	}
}

func TestRead(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "",
		"exec p":                          "exec p",
		"exec p -- env":                   "exec p -- env",
		"exec p env --debug":              "exec p env --debug",
		"exec p -- env --lazy --no-lazy":  "exec p -- env --lazy --no-lazy",
		"exec -- ls":                      "exec -- ls",
		"--debug exec --lazy p -- ls":     "exec p -- ls",
		"exec p --debug --no-debug -n ls": "exec p --no-session ls",
		"--prompt ykman exec p":           "--prompt=ykman exec p",
		"exec --prompt=zenity p":          "exec --prompt=zenity p",
		"exec -d 4h -nt123456 p":          "exec --duration=4h --no-session --mfa-token=123456 p",
		"exec -jd2h p":                    "exec --json --duration=2h p",
		"exec -j p --no-json":             "exec --json p --json=false",
		"exec p --no-no-session":          "exec p --no-session=false",
		"exec --no-server --no-ec2-server --no-profile-env p": "exec --server=false --ec2-server=false p",
		"exec --min-ttl 5m p -- ls":                           "exec --min-ttl 5m p -- ls",
		"exec -x p":                                           "exec -x p",
		"exec --lazy=true p":                                  "exec --lazy=true p",
		"exec p -d":                                           "exec p -d",
		"--keychain=aws-vault --file-dir ~/.awsvault/keys/ ls": "ls",
		"add --add-config p":                             "add --no-add-config=false p",
		"add --no-add-config --env":                      "add --no-add-config --env",
		"rm -sf p":                                       "rm --sessions-only --force p",
		"ls --no-profiles":                               "ls --profiles=false",
		"login -s -n -a p":                               "login --stdout --logout-first p",
		"login --path=ec2/home -d1h":                     "login --path=ec2/home --duration=1h",
		"login --no-auto-logout p":                       "login --logout-first=false p",
		"export --format json p":                         "export --format=json p",
		"export --help":                                  "export --help",
		"help exec":                                      "help exec",
		"status --json --debug":                          "status --json --debug",
		"__complete exec --de":                           "__complete exec --de",
		"--completion-script-zsh":                        "completion zsh",
		"--help exec -d 1h p":                            "exec --help",
		"--no-help --no-version --no-completion-bash ls": "ls",
	} {
		got, err := Read(strings.Fields(line))
		if err != nil || got.Kind != Run || strings.Join(got.Args, " ") != want {
			t.Errorf("%q becomes %q (%d), not %q: %v", line, strings.Join(got.Args, " "), got.Kind, want, err)
		}
	}
}

func TestReadKinds(t *testing.T) {
	for line, want := range map[string]Kind{
		"--version": ShowVersion, "exec --version": ShowVersion, "--help-long": HelpLong, "exec p -- x --version": Run,
		"--completion-bash": Completions, "--completion-bash exec --": Completions, "--debug --completion-bash exec": Completions, "server": Nothing, "proxy --stop": Nothing,
	} {
		if got, err := Read(strings.Fields(line)); err != nil || got.Kind != want {
			t.Errorf("%q: %d, not %d: %v", line, got.Kind, want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for line, what := range map[string]string{
		"--backend=pass exec p": "--backend", "--backend pass ls": "--backend", "--keychain=login ls": "--keychain",
		"exec p --pass-dir /x": "--pass-dir", "--biometrics ls": "--biometrics", "--help-man": "--help-man",
		"exec --profile-env p": "--profile-env", "migrate-backend x": "command migrate-backend",
	} {
		_, err := Read(strings.Fields(line))
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.What != what || refusal.Instead == "" {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestComplete(t *testing.T) {
	profiles := func() []string { return []string{"admin", "prod"} }
	all := "help add remove list rotate exec export clear login version"
	for line, want := range map[string]string{
		"":                          all,
		"|":                         all,
		"ex":                        all,
		"help":                      all,
		"exec":                      "admin prod",
		"exec|":                     "admin prod",
		"exec ad":                   "admin prod",
		"exec admin":                "",
		"exec admin|":               "",
		"exec --no-session|":        "admin prod",
		"exec --no-session":         "admin prod",
		"exec -n|":                  "admin prod",
		"exec --region|":            "",
		"exec --region eu|":         "admin prod",
		"exec -d 1h ad":             "admin prod",
		"exec admin -- l":           "",
		"--prompt ykman rm|":        "admin prod",
		"export --format|":          "env export-env json ini",
		"export --format js":        "env export-env json ini",
		"export --format json|":     "admin prod",
		"add|":                      "",
		"list|":                     "",
		"clear --":                  "--help --version --debug --prompt",
		"remove --f":                "--force --help --version --debug --prompt",
		"nosuch":                    all,
		"nosuch|":                   all,
		"exec --debug prod|":        "",
		"exec --prompt":             "terminal dialog ykman auto none",
		"list --credentials|":       "",
		"login -s --path ec2 --reg": "--duration --no-session --mfa-token --path --region --stdout --auto-logout --help --version --debug --prompt",
	} {
		words := strings.Fields(strings.TrimSuffix(line, "|"))
		if strings.HasSuffix(line, "|") { // a word that is not begun yet
			words = append(words, "")
		}
		if got := strings.Join(Complete(words, profiles), " "); got != want {
			t.Errorf("%q: %s\nnot %s", line, got, want)
		}
	}
}

func TestUnused(t *testing.T) {
	set := map[string]string{"AWS_VAULT_BACKEND": "file", "AWS_ROLE_ARN": "arn", "AWS_VAULT_PASS_PREFIX": "x", "AWS_VAULT": "p", "AWS_MFA_SERIAL": "m"}
	found := Unused(func(name string) string { return set[name] })
	if got := strings.Join(found.Names(), " "); got != "AWS_ROLE_ARN AWS_VAULT_BACKEND AWS_VAULT_PASS_PREFIX" {
		t.Error(got)
	}
	golden.Message(t, "", strings.Join(found.Lines(), "\n"))
}
