package shell_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// trusting is a vaultbar that trusts the files of folders whose profile is in the file
// trusted, and notes each time that it is started.
const trusting = `#!/bin/sh
[ "$*" = "dir --name" ] || exit 2
echo "$*" >>"$HOME/started"
dir=$PWD
while [ -n "$dir" ] && ! [ -f "$dir/.vaultbar" ]; do dir=${dir%/*}; done
name=$(cat "$dir/.vaultbar")
if grep -qxF -- "$name" "$HOME/trusted"; then echo "$name"; else echo "vaultbar: $name is not trusted" >&2; fi
`

// folders makes a home with folders that name profiles, and returns the environment of a
// shell there.
func folders(t *testing.T, extra ...string) (home string, env []string) {
	t.Helper()
	env = environ(t, extra...)
	home, err := filepath.EvalSymlinks(env[0][len("HOME="):])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"vaultbar": trusting, "trusted": "infra\nwith space\n", "infra/.vaultbar": "infra\n", "infra/sp/.vaultbar": "with space\n",
		"infra/deep/er/x": "", "cloned/.vaultbar": "evil\n", "plain/x": "", ".vaultbar-not": "",
	} {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env[0] = "HOME=" + home
	return home, env
}

// foldersEach runs a test in every shell that has the hook for folders: in PowerShell too,
// which Debian does not have, where VAULTBAR_TEST_PWSH is the path of one.
func foldersEach(t *testing.T, test func(t *testing.T, s words)) {
	each(t, test)
	if path := os.Getenv("VAULTBAR_TEST_PWSH"); path != "" {
		t.Run("pwsh", func(t *testing.T) { test(t, words{name: path, args: "-NoProfile", file: "vaultbar.ps1"}) })
	}
}

// in is what one says in a shell: in fish, in PowerShell, and in the others.
func (s words) in(fish, pwsh, others string) string {
	switch s.file {
	case "vaultbar.fish":
		return fish
	case "vaultbar.ps1":
		return pwsh
	default:
		return others
	}
}

// prompts is a script of steps, after each of which a prompt comes and shows AWS_PROFILE as
// a program sees it.
func (s words) prompts(steps ...string) string {
	script := s.in(
		"function p; __vaultbar_dir; sh -c 'echo \"<$AWS_PROFILE>\"'; end\nfunction hand; set -gx AWS_PROFILE $argv[1]; end\n",
		"function p { $null = prompt; sh -c 'echo \"<$AWS_PROFILE>\"' }\nfunction hand($name) { $env:AWS_PROFILE = $name }\n",
		"function p { _vaultbar_dir; sh -c 'echo \"<$AWS_PROFILE>\"'; }\nfunction hand { export AWS_PROFILE=$1; }\n")
	for _, step := range steps {
		script += step + "\np\n"
	}
	return script
}

// interactive runs a script after ours as in a shell that somebody types into.
func (s words) interactive(t *testing.T, env []string, home, script string) (stdout, stderr string) {
	t.Helper()
	s.args += s.in(" -i", "", " -i")
	cmd := exec.CommandContext(t.Context(), s.name, append(strings.Fields(s.args), "-c", s.source(t, "cd '"+home+"'\n"+script))...)
	cmd.Env, cmd.Dir = env, home
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var ours []string
	for line := range strings.Lines(said.String()) { // bash says that it has no terminal
		if strings.HasPrefix(line, "vaultbar:") {
			ours = append(ours, line)
		}
	}
	return out.String(), strings.Join(ours, "")
}

// TestFoldersSetTheProfile: the profile of a trusted folder is there while one is in it,
// and what was there before comes back; what somebody sets by hand stays.
func TestFoldersSetTheProfile(t *testing.T) {
	const refusal = "vaultbar: evil is not trusted\n"
	foldersEach(t, func(t *testing.T, s words) {
		unset := s.in("set -e AWS_PROFILE", "Remove-Item Env:AWS_PROFILE", "unset AWS_PROFILE")
		for name, c := range map[string]struct {
			env   []string
			steps []string
			want  string
			said  string
		}{
			"in, below, out":       {nil, []string{"true", "cd infra", "cd deep/er", "cd ../../..", "cd plain"}, "<> <infra> <infra> <> <>", ""},
			"from one to another":  {nil, []string{"cd infra/sp", "cd ..", "cd .."}, "<with space> <infra> <>", ""},
			"what was there":       {[]string{"AWS_PROFILE=mine"}, []string{"cd infra", "cd sp", "cd ../.."}, "<infra> <with space> <mine>", ""},
			"by hand before":       {nil, []string{"true", "hand other", "cd infra", "cd .."}, "<> <other> <other> <other>", ""},
			"by hand inside":       {[]string{"AWS_PROFILE=mine"}, []string{"cd infra", "hand other", "cd deep", "cd ../.."}, "<infra> <other> <other> <other>", ""},
			"taken away inside":    {nil, []string{"cd infra", unset, "true", "cd ..", "cd infra"}, "<infra> <> <> <> <infra>", ""},
			"not trusted":          {nil, []string{"cd cloned", "true", "cd ..", "cd cloned"}, "<> <> <> <>", refusal + refusal},
			"no longer trusted":    {nil, []string{"cd infra", "echo evil >.vaultbar", "true"}, "<infra> <> <>", refusal},
			"trusted at last":      {nil, []string{"cd cloned", "echo evil >>$HOME/trusted"}, "<> <evil>", refusal},
			"the file goes":        {[]string{"AWS_PROFILE=mine"}, []string{"cd infra", "rm .vaultbar"}, "<infra> <mine>", ""},
			"credentials of exec":  {[]string{"AWS_VAULT=prod"}, []string{"cd infra", "cd .."}, "<> <>", ""},
			"a shell in a shell":   {[]string{"AWS_PROFILE=infra", "VAULTBAR_DIR_PROFILE=infra", "VAULTBAR_DIR_BEFORE=mine"}, []string{"true", "cd infra", "cd .."}, "<mine> <infra> <mine>", ""},
			"and one without more": {[]string{"AWS_PROFILE=infra", "VAULTBAR_DIR_PROFILE=infra"}, []string{"cd infra", "cd .."}, "<infra> <>", ""},
			"and one by hand":      {[]string{"AWS_PROFILE=other", "VAULTBAR_DIR_PROFILE=infra"}, []string{"cd infra", "cd .."}, "<other> <other>", ""},
		} {
			home, env := folders(t, c.env...)
			out, said := s.interactive(t, env, home, s.prompts(c.steps...))
			if got := strings.Join(strings.Split(strings.TrimSpace(out), "\n"), " "); got != c.want || said != c.said {
				t.Errorf("%s: %s, not %s; said %q", name, got, c.want, said)
			}
		}
	})
}

// TestFoldersStartNoProcess: where there is no file, the hook only looks.
func TestFoldersStartNoProcess(t *testing.T) {
	testenv.Program(t, "strace", "strace")
	each(t, func(t *testing.T, s words) {
		home, env := folders(t)
		hook := s.in("__vaultbar_dir\n", "", "_vaultbar_dir\n")
		trace := filepath.Join(t.TempDir(), "trace")
		script := s.source(t, "cd plain\n"+hook+"cd ..\n"+hook+hook)
		cmd := exec.Command("strace", append([]string{"-f", "-o", trace, "-e", "trace=execve,fork,vfork,clone,clone3", s.name}, append(strings.Fields(s.args+" -i"), "-c", script)...)...)
		cmd.Env, cmd.Dir = env, home
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q, %v", out, err)
		}
		if _, err := os.Stat(filepath.Join(home, "started")); err == nil {
			t.Error("vaultbar was started")
		}
		if started := startedIn(t, trace); len(started) != 1 { // the shell itself
			t.Errorf("started:\n%s", strings.Join(started, "\n"))
		}
	})
}
