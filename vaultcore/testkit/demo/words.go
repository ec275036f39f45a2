package main

import (
	"fmt"
	"strings"
)

// introduce says what is real here and what is not.
func introduce(s *screen, st *sandbox) {
	s.line(strong, "Vaultbar demo")
	s.note("%s", strings.TrimSpace(fmt.Sprintf(`
A local AWS, as strict as the real one, serves at %s:
account %s, its user %s with an access key and an MFA device, and a role that wants MFA; and an IAM Identity Center in which ann is a developer.
The home is %s. Yours, your keychain and your AWS are not touched.
The keychain here is an encrypted file under a random passphrase, made for this run
(VAULTBAR_FILE_PASSPHRASE); yours would be the one of your system.
The commands are real. The demo types what a person would, and plays the MFA device
and, said where it happens, ann at the page where AWS asks whether to sign in.`,
		st.world.Server.URL(), st.world.Account.ID(), st.world.User.Name(), st.dir)))
}

// conclude says what to do with a real account.
func conclude(s *screen, st *sandbox) {
	s.note("The app has ended, and %s is gone: nothing is left.", st.dir)
	s.gap()
	s.line(strong, "With your own account:")
	for _, row := range [][2]string{
		{"make install PREFIX=$HOME/.local", "vaultbar and vaultbar-app go to ~/.local/bin"},
		{"vaultbar import", "the keys in ~/.aws go into the keychain, and aws keeps working"},
		{"vaultbar add bastion", "or type one that is in no file"},
		{"vaultbar exec bastion -- aws sts get-caller-identity", "try it"},
	} {
		s.line(plain, "  %s  %s", s.drawn(command, fmt.Sprintf("%-52s", row[0])), s.drawn(faint, "# "+row[1]))
	}
	s.line(plain, "README.md continues from here.")
}
