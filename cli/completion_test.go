//go:build unix

package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/vaulttest/needs"
)

// TestCompletionInShells holds that each shell takes its script, and completes
// the name of a profile with it.
func TestCompletionInShells(t *testing.T) {
	scripts := map[string]string{
		// What bash-completion's own function does, for it may be missing.
		"bash": `_init_completion() { cur=${COMP_WORDS[COMP_CWORD]}; words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
			source <(vaultbar completion bash)
			COMP_WORDS=(vaultbar export bas) COMP_CWORD=2 COMP_LINE="vaultbar export bas" COMP_POINT=19 COMP_TYPE=9
			__start_vaultbar; printf '%s\n' "${COMPREPLY[@]}"`,
		"fish": `vaultbar completion fish | source; complete -C 'vaultbar export bas'`,
		"zsh":  `compdef() { :; }; source <(vaultbar completion zsh) && whence -w _vaultbar && vaultbar __complete export bas`,
	}
	for shell, script := range scripts {
		t.Run(shell, func(t *testing.T) {
			needs.Program(t, shell, shell)
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
