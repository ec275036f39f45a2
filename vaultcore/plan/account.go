package plan

import (
	"cmp"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Named is an account that the config names, and the setting that does.
type Named struct {
	Account string // twelve digits; empty for none
	Setting string // "mfa_serial"
	Profile string // that has it; shown by Check alone, as a menu looks at a thousand accounts
}

// Check refuses credentials of another account than the config names; profile is who would
// get them. What is not known, or not named, is no difference. It may return:
// ErrWrongAccount.
func (n Named) Check(profile, account string) error {
	if n.Account == "" || account == "" || account == n.Account {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrWrongAccount, "%s of %s names account %s, but AWS says that these credentials belong to account %s",
		n.Setting, shown(n.Profile), n.Account, vaultcore.Printable(account)).
		WithHint("correct that setting if %s is the right account, or give %s credentials of account %s; nothing was handed out or stored",
			vaultcore.Printable(account), vaultcore.Printable(profile), n.Account)
}

func named(account, setting, profile string) Named {
	if account == "" {
		return Named{}
	}
	return Named{account, setting, profile}
}

// accountIn is the account of an ARN of IAM; empty for another text, as the serial of a
// hardware device is.
func accountIn(arn string) string {
	a, _ := aws.ParseIAM(arn)
	return a.Account
}

// KeyAccount is the account that a key kept for a profile must be of. A role_arn says
// nothing of it: a key may assume roles of every account.
func KeyAccount(p vaultcore.Profile) Named {
	for _, n := range []Named{
		named(p.Account, "aws_account_id", p.Name),
		named(accountIn(p.MFASerial), "mfa_serial", p.Name),
		sourceAccount(p.Source, p.Name),
	} {
		if n.Account != "" {
			return n
		}
	}
	return Named{}
}

func sourceAccount(s vaultcore.Source, profile string) Named {
	key := s.Key
	if s.Kind == vaultcore.SSOSource {
		key = "sso_account_id"
	}
	return named(s.Account, key, profile)
}

// account is the account of what the chain starts from.
func (c chain) account() Named {
	if accountIn(c.serial) != "" && c.base.Account == "" {
		return named(accountIn(c.serial), "mfa_serial", c.serialFrom.Name)
	}
	if c.keyless {
		return named(c.base.Account, "aws_account_id", c.base.Name)
	}
	return KeyAccount(c.base)
}

// Names is the account that the step's credentials must be of, as far as the config
// names one.
func (s Step) Names() Named {
	for _, n := range []Named{
		sourceAccount(s.Source, s.Profile),
		named(accountIn(s.RoleARN), "role_arn", s.Profile),
		named(accountIn(s.MFASerial), "mfa_serial", cmp.Or(s.MFAProfile, s.Profile)),
	} {
		if n.Account != "" {
			return n
		}
	}
	return s.Starts
}

// Account is the account that the step's credentials belong to, as far as the config
// tells; else empty.
func (s Step) Account() string { return s.Names().Account }
