package console

import (
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrDemandsMFA is in the failures of profiles whose user cannot open the
// console because a policy demands MFA.
var ErrDemandsMFA = errors.New("a policy requires MFA")

// withoutMFA is the sentence about a federated console session, for `explain`.
const withoutMFA = "the console's session carries no MFA: sts:GetFederationToken takes no code, and policies that require MFA deny its requests"

// MenuWithoutMFA is the gray line in the menu of a profile whose account
// refused its user without MFA.
const MenuWithoutMFA = "Console: needs a role, MFA does not count for a user"

// mfaRemedy is what does work where a policy demands MFA.
const mfaRemedy = "sign in as a role whose trust policy checks MFA (aws:MultiFactorAuthPresent): " +
	"create a profile with its role_arn, and with mfa_serial and source_profile as now"

// Denial is what is known of a denial of sts:GetFederationToken. AWS need not say
// whether a policy denies it outright or none allows it.
type Denial struct {
	Outright  bool // AWS says that a policy denies it
	Unallowed bool // AWS says that none allows it
	HasDevice bool // the user has an MFA device
}

// FederationDenied is what to tell of a denial. A policy that denies
// everything without MFA denies this call always, since it takes no code. AWS does
// not say what a policy wants: for a user with an MFA device that is taken to be
// it, and the refusal answers errors.Is for [ErrDemandsMFA].
func FederationDenied(profile string, d Denial) *vaultcore.Fault {
	name := vaultcore.Printable(profile)
	switch {
	case d.Outright && d.HasDevice:
		return &vaultcore.Fault{
			Kind: vaultcore.ErrRefused, Cause: ErrDemandsMFA,
			Message: "AWS denies the console to the user of " + name + ": a policy denies sts:GetFederationToken, most often because it requires MFA, which that call cannot provide",
			Hint:    mfaRemedy,
		}
	case d.Outright:
		return vaultcore.Faultf(vaultcore.ErrRefused, "AWS denies the console to the user of %s: a policy denies sts:GetFederationToken", name).
			WithHint("ask whoever wrote the policies of the user and the account; a profile with a role needs no sts:GetFederationToken")
	case d.Unallowed:
		return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not allow the user of %s to open the console: no policy allows sts:GetFederationToken", name).
			WithHint("allow the user to call sts:GetFederationToken, or create a profile with a role")
	default:
		return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not allow the user of %s to open the console, and does not say why: sts:GetFederationToken is denied, or not allowed", name).
			WithHint("if the account denies calls without MFA, that call is always denied; %s; otherwise allow the user to call sts:GetFederationToken", mfaRemedy)
	}
}

// ExplainMFA is the advice for a console that was opened and then denies what
// is done in it: that cannot be seen at the sign-in.
func ExplainMFA(profile string) string {
	return "if the console of " + vaultcore.Printable(profile) + " denies everything, a policy requires MFA, and a user's console session carries none; " + mfaRemedy
}
