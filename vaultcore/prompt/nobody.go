package prompt

import (
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// nobody is the failure when no place is left: everybody who was asked said no,
// or said so a moment ago, or there was nobody to ask.
func (d *Prompter) nobody(q vaultcore.Question, last error, callers []*vaultcore.Caller, done tried) error {
	if last != nil {
		return last
	}
	if d.pick(callers, &q, done, false).rank != nowhere {
		return d.paused(q)
	}
	lacks, hint := "no terminal and no desktop", ""
	if d.overSSH(&q, callers) {
		lacks, hint = "no terminal, and questions of a command over SSH are not asked on the desktop", "; --prompt=dialog asks on the desktop anyway"
	}
	name := q.Profile
	for _, caller := range callers {
		if caller.Profile != "" {
			name = caller.Profile
			break
		}
	}
	switch q.Kind {
	case vaultcore.AskApproval, vaultcore.AskSignInCode:
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is nobody to ask (%s): %s", lacks, q.SafeSubject()).
			WithHint("run the command in a terminal or on the desktop, where you can be asked%s", hint)
	case vaultcore.AskMFA:
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%s needs an MFA code, but there is nobody to ask: %s", vaultcore.Printable(name), lacks).
			WithHint("run `vaultbar renew %s` in a terminal, then try again%s", vaultcore.Argument(name), hint)
	default:
		return vaultcore.Faultf(vaultcore.ErrLocked, "the keychain needs its passphrase, but there is nobody to ask: %s", lacks).
			WithHint("run `vaultbar unlock` in a terminal, or set VAULTBAR_FILE_PASSPHRASE, then try again%s", hint)
	}
}

// overSSH says whether a desktop is there that a caller would be asked on if it had not
// come over SSH.
func (d *Prompter) overSSH(q *vaultcore.Question, callers []*vaultcore.Caller) bool {
	return d.onScreen(q) != nowhere && slices.ContainsFunc(callers, func(c *vaultcore.Caller) bool {
		return d.away(c) && d.mode(c) == vaultcore.PromptAuto
	})
}
