//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// withAWSVault makes the link by which Vaultbar is aws-vault, first in PATH.
func (w *world) withAWSVault() {
	w.Helper()
	dir := w.path("bin")
	w.check(os.Mkdir(dir, 0o755))
	w.check(os.Symlink(built().path("vaultbar"), filepath.Join(dir, "aws-vault")))
	w.env = w.with("PATH=" + dir + ":" + built().dir + ":/usr/bin:/bin")
}

// awsVault is the command by its other name.
func (w *world) awsVault(args ...string) *exec.Cmd {
	return w.command(w.path("bin", "aws-vault"), args...)
}

// lastAssumed is the last role that was assumed.
func (w *world) lastAssumed() awstest.Call {
	w.Helper()
	calls := w.aws.Server.Calls()
	slices.Reverse(calls)
	for _, call := range calls {
		if call.Action == "AssumeRole" {
			return call
		}
	}
	w.Fatal("no role was assumed")
	return awstest.Call{}
}

// A team shares a config without MFA devices, and each sets AWS_MFA_SERIAL: a variable
// counts for who has it, and not for others because the app was started with it.
func TestVariablesOfAWSVaultAreTheCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withAWSVault()
	device := w.aws.MFA.Serial()
	w.writeConfig(strings.ReplaceAll(w.usual(), "mfa_serial = "+device+"\n", ""))
	plainEnv := w.env
	w.env = w.with("AWS_MFA_SERIAL="+device, "AWS_ROLE_SESSION_NAME=build-7", "AWS_CHAINED_SESSION_TOKEN_TTL=2h")
	w.add(bastion, w.aws.Key) // starts the app

	if got := w.must("explain", hoge); !strings.Contains(got, device) || !strings.Contains(got, "2 h") {
		t.Errorf("with the variables explain says\n%s", got)
	}
	got := w.do(w.awsVault("exec", "-t", w.code(), "--lazy", hoge, "--", "sh", "-c", "echo $AWS_VAULT"))
	if got.code != 0 || got.stdout != hoge+"\n" {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if call := w.lastAssumed(); call.Params["RoleSessionName"] != "build-7" {
		t.Errorf("the role was assumed with %v", call.Params)
	}

	w.env = plainEnv
	if got := w.must("explain", hoge); strings.Contains(got, device) || strings.Contains(got, "2 h") {
		t.Errorf("the app's own variables count: explain says\n%s", got)
	}
	cmd := w.awsVault("export", hoge)
	cmd.Env = w.with("AWS_ASSUME_ROLE_TTL=soon")
	got = w.do(cmd)
	if got.code != 2 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	w.reads("", got.stderr)
}

// plugin is what the zsh plugin for aws-vault (blimmer/zsh-aws-vault) calls: its names,
// and aws-vault with the words that it has for each.
const plugin = `
alias av='aws-vault' avs='aws-vault server' avl='aws-vault login' avll='aws-vault login -s' ave='aws-vault exec'
alias avr='eval $(AWS_VAULT=  aws-vault export --format=export-env $AWS_VAULT)'
avsh() {
  if [[ $AWS_VAULT_PL_MFA == inline ]]; then aws-vault exec -t "$2" "$1" "${@:3}" -- zsh -f
  elif [[ $AWS_VAULT_PL_MFA == yubikey ]]; then aws-vault exec --prompt ykman "$@" -- zsh -f
  else aws-vault exec "$@" -- zsh -f; fi
}
avli() {
  local page
  if [[ $AWS_VAULT_PL_MFA == inline ]]; then page=$(avll -t $2 $1 ${@:3})
  elif [[ $AWS_VAULT_PL_MFA == yubikey ]]; then page=$(avll --prompt ykman $@)
  else page=$(avll $@); fi || return
  $BROWSER $page
}
prompt_segment() { [[ -n $AWS_VAULT ]] && print -rn -- "☁ $AWS_VAULT" }
`

// The functions of the plugin do in a real zsh what they did with aws-vault.
func TestThePluginForAWSVault(t *testing.T) {
	t.Parallel()
	zsh := testenv.Program(t, "zsh", "zsh")
	w := newWorld(t)
	w.withConsole()
	w.withAWSVault()
	w.add(bastion, w.aws.Key)
	browser := w.path("browser")
	w.check(os.WriteFile(browser, []byte("#!/bin/sh\nprintf 'opened %s\\n' \"$1\"\n"), 0o755))
	w.env = append(w.env, "BROWSER="+browser)
	file := w.path("plugin.zsh")
	w.check(os.WriteFile(file, []byte(plugin), 0o600))
	run := func(script, stdin string, env ...string) outcome {
		t.Helper()
		cmd := w.command(zsh, "-f", "-c", "source '"+file+"'\neval '"+script+"'")
		cmd.Env, cmd.Stdin = append(slices.Clone(w.env), env...), strings.NewReader(stdin)
		got := w.do(cmd)
		if got.code != 0 {
			t.Errorf("%s: exit code %d\n%s", script, got.code, got.stderr)
		}
		return got
	}
	inShell := "prompt_segment() { [[ -n $AWS_VAULT ]] && print -rn -- \"☁ $AWS_VAULT\" }\nprompt_segment; print; print -r -- $AWS_ACCESS_KEY_ID\n"
	opened := run("avsh "+hoge+" "+w.code(), inShell, "AWS_VAULT_PL_MFA=inline").stdout
	session := w.export(hoge)
	if want := "☁ " + hoge + "\n" + session.AccessKeyID + "\n"; opened != want {
		t.Errorf("avsh with a code opens a shell that says %q, not %q", opened, want)
	}
	for _, mfa := range []string{"", "yubikey"} { // the session lives: nothing is asked
		if got := run("avsh "+hoge, inShell, "AWS_VAULT_PL_MFA="+mfa).stdout; got != opened {
			t.Errorf("avsh, mfa %q: %q", mfa, got)
		}
		if got := run("avli "+hoge, "", "AWS_VAULT_PL_MFA="+mfa).stdout; !strings.HasPrefix(got, "opened http") || !strings.Contains(got, "SigninToken=") {
			t.Errorf("avli, mfa %q: %q", mfa, got)
		}
	}
	for script, want := range map[string]string{
		"ave " + hoge + " -- printenv AWS_VAULT": hoge + "\n",
		"ave " + hoge + " printenv AWS_VAULT":    hoge + "\n",
		"av list --credentials":                  bastion + "\n",
		"avs":                                    "",
		"avs --stop":                             "",
	} {
		if got := run(script, ""); got.stdout != want {
			t.Errorf("%s: %q, said %q", script, got.stdout, got.stderr)
		}
	}
	if got := run("avll "+hoge, "").stdout; !strings.Contains(got, "Action=login") {
		t.Errorf("avll: %q", got)
	}
	renewed := run("avr; print -r -- $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY", "", "AWS_VAULT="+hoge, "AWS_ACCESS_KEY_ID=old", "AWS_SECRET_ACCESS_KEY=old").stdout
	if want := session.AccessKeyID + " " + session.SecretAccessKey + "\n"; renewed != want {
		t.Error("avr does not give the shell the credentials of its profile")
	}
}

// aws-vault's own files for the shells complete at Tab, with what Vaultbar has.
func TestCompletionFilesOfAWSVault(t *testing.T) {
	t.Parallel()
	needAWSVault(t)
	where := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/99designs/aws-vault/v7")
	where.Dir, where.Env = theirModule, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	dir, err := where.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(strings.TrimSpace(string(dir)), "contrib", "completions")
	w := plainWorld(t)
	w.withAWSVault()
	w.env = append(w.env, "PS1=> ")
	for _, shell := range []struct{ name, args, begin string }{
		{"bash", "--norc", ""},
		{"zsh", "-f", "autoload -Uz compinit; compinit -u -D\n"},
	} {
		t.Run(shell.name, func(t *testing.T) {
			s := w.sit(w.command(testenv.Program(t, shell.name, shell.name), shell.args, "-i"))
			s.press(shell.begin + "source '" + filepath.Join(files, shell.name, "aws-vault."+shell.name) + "'\necho re''ady\n")
			s.expect("ready")
			s.press("aws-vault exec pl\t -- sh -c 'echo got=$AWS_VAULT='\n")
			s.expect("got=" + plain + "=")
			s.press("aws-vault export --form\t export-e\t " + plain + "\n")
			s.expect("export AWS_ACCESS_KEY_ID=")
			s.press("exit\n")
			if code := s.wait(); code != 0 {
				t.Errorf("exit code %d\n%s", code, s.all())
			}
		})
	}
	t.Run("fish", func(t *testing.T) {
		script := "source '" + filepath.Join(files, "fish", "aws-vault.fish") + "'\nfor line in 'aws-vault exec pl' 'aws-vault export --format ex' 'aws-vault lo' 'aws-vault list '\ncomplete -C $line\nend"
		got := w.do(w.command(testenv.Program(t, "fish", "fish"), "--no-config", "-i", "-c", script))
		if want := plain + "\nexport-env\nlogin\n"; got.stdout != want {
			t.Errorf("completed %q, not %q\n%s", got.stdout, want, got.stderr)
		}
	})
}
