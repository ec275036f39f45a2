package rotate

import (
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The ways in which there is nothing to do but to tell the person.

func refused(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRefused, format, args...)
}

// again is the command that goes on.
func (s Situation) again() string { return "`vaultbar rotate " + vaultcore.Argument(s.Name) + "`" }

// replacing is the command that gives up a key.
func (s Situation) replacing(id string) string {
	return "`vaultbar rotate --replace " + vaultcore.MaskKeyID(id) + " " + vaultcore.Printable(s.Name) + "`"
}

// describe says of a key what tells it from another.
func (s Situation) describe(k vaultcore.AccessKey) string {
	what := []string{"active"}
	if k.Inactive {
		what[0] = "inactive"
	}
	if !k.Created.IsZero() {
		what = append(what, "created "+vaultcore.Age(k.Created, s.Now)+" ago")
	}
	use := k.LastUse(s.Now)
	if use == "" {
		use = "no use known"
	}
	return vaultcore.MaskKeyID(k.ID) + " (" + strings.Join(append(what, use), ", ") + ")"
}

func notListed(s Situation) error {
	return refused("IAM does not list %s among the keys of its own user", vaultcore.MaskKeyID(s.Held)).
		WithHint("look at the user's keys in the IAM console, then try again")
}

func inactive(s Situation) error {
	return refused("the key %s is inactive in IAM", vaultcore.MaskKeyID(s.Held)).
		WithHint("reactivate it in the IAM console, or store another one with `vaultbar add --replace %s`", vaultcore.Argument(s.Name))
}

func replacesItself(s Situation) error {
	return vaultcore.Faultf(vaultcore.ErrRequest, "%s is the key in use: --replace names the other one", vaultcore.MaskKeyID(s.Held)).
		WithHint("without --replace, the key in use is rotated")
}

// twoKeys is IAM's limit: who has two keys must say which may go.
func twoKeys(s Situation, other vaultcore.AccessKey) error {
	held, _ := s.find(s.Held)
	return refused("the user has two keys, and IAM allows no third: %s is in use here, and %s is not Vaultbar's", s.describe(held), s.describe(other)).
		WithHint("find out who uses %s; if nobody does, %s deletes it and continues", vaultcore.MaskKeyID(other.ID), s.replacing(other.ID))
}

func newInactive(s Situation) error {
	return refused("the new key %s has been made inactive in IAM", vaultcore.MaskKeyID(s.Journal.New)).
		WithHint("reactivate it in the IAM console and run %s again, or delete it there and start over", s.again())
}

// reactivated is the old key that somebody needs.
func reactivated(s Situation, old vaultcore.AccessKey) error {
	return refused("the old key %s has been reactivated: it is not deleted", s.describe(old)).
		WithHint("somebody still uses it; once nobody does, %s deletes it", s.replacing(old.ID))
}

// rootKey is the key of an account's root user.
func rootKey(id string) error {
	return refused("%s is the key of the account's root user, which should have none", vaultcore.MaskKeyID(id)).
		WithHint("create an IAM user or use IAM Identity Center, then delete the root user's key in the console")
}
