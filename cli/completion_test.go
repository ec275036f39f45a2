//go:build unix

package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestCompletionInShells holds that each shell takes its script, and completes
// the name of a profile with it.
func TestCompletionInShells(t *testing.T) {
	scripts := map[string]string{
		"bash": `source <(vaultbar completion bash)
			COMP_WORDS=(vaultbar export bas) COMP_CWORD=2 COMP_LINE="vaultbar export bas" COMP_POINT=19 COMP_TYPE=9
			__start_vaultbar; printf '%s\n' "${COMPREPLY[@]}"`,
		"fish": `vaultbar completion fish | source; complete -C 'vaultbar export bas'`,
		"zsh":  `compdef() { :; }; source <(vaultbar completion zsh) && whence -w _vaultbar && vaultbar __complete export bas`,
	}
	for shell, script := range scripts {
		t.Run(shell, func(t *testing.T) {
			testenv.Program(t, shell, shell)
			w := newWorld(t)
			w.serve(t, sampleService())
			cmd := exec.Command(shell, "-c", script)
			cmd.Env = w.env
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "bastion-system\n") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestCompletionInPlainBash holds that bash completes without the package
// bash-completion, also what bash itself cuts at = and :.
func TestCompletionInPlainBash(t *testing.T) {
	testenv.Program(t, "bash", "bash")
	w := newWorld(t)
	service := sampleService()
	service.State.Profiles = append(service.State.Profiles, vaultcore.ProfileState{Name: "team:prod"})
	w.serve(t, service)
	for words, want := range map[string]string{
		`vaultbar export bas`:          "bastion-system",
		`vaultbar export --prompt = d`: "dialog",
		`vaultbar serve --format =`:    "env|export-env|fish|powershell|json",
		`vaultbar export --format =`:   "env|export-env|json|ini|fish|powershell",
		`vaultbar exec team : p`:       "prod", // what stands after the colon, as bash wants it
		`vaultbar list --prof`:         "--profiles",
		`vaultbar export -d 1h hog`:    "hoge-system",
	} {
		cmd := exec.Command("bash", "--norc", "-c", `source <(vaultbar completion bash)
			COMP_WORDS=(`+words+`) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
			__start_vaultbar; IFS='|'; printf '%s' "${COMPREPLY[*]}"`)
		cmd.Env = w.env
		out, err := cmd.Output() // compopt complains on stderr that nobody pressed Tab
		if got := strings.ReplaceAll(string(out), " ", ""); err != nil || got != want {
			t.Errorf("%s: %q, %v", words, out, err)
		}
	}
}
