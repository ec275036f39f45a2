//go:build linux

package stories_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestDesktopOverSSH: whoever comes over SSH to a machine with a desktop is asked at
// their terminal or not at all, and whoever sits at that desktop is not in their place.
func TestDesktopOverSSH(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	d := newDesktop(t, desktoptest.Panel)
	ssh := d.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	d.start()
	d.add(bastion, d.aws.Key)
	for _, verb := range []string{"export", "export --format=json"} { // the latter is credential_process
		got := d.do(withoutTerminal(ssh("vaultbar " + verb + " " + bastion)))
		if got.code != 5 || !strings.Contains(got.stderr, "over SSH") || got.stdout != "" {
			t.Errorf("%s, without a terminal: %+v", verb, got)
		}
	}
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs on the desktop", n)
	}

	s := d.sit(ssh("echo | vaultbar export " + bastion))
	s.expect(codePrompt)
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs beside the terminal", n)
	}
	s.answer(d.code())
	if code := s.wait(); code != 0 {
		t.Errorf("at the terminal, behind a pipe: exit code %d\n%s", code, s.all())
	}

	d.must("clear", bastion)
	asked := withoutTerminal(ssh("vaultbar export --prompt=dialog " + bastion))
	d.check(asked.Start())
	d.screen.Dismiss(mfaDialog)
	if code := d.exit(asked.Wait()); code != 4 {
		t.Errorf("a dialog that was wanted: exit code %d", code)
	}
}

// withoutTerminal has ssh ask for none.
func withoutTerminal(cmd *exec.Cmd) *exec.Cmd {
	cmd.Args = slices.DeleteFunc(cmd.Args, func(arg string) bool { return arg == "-tt" })
	return cmd
}
