package console

import (
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrDemandsMFA is in the failures of profiles whose user cannot open the
// console because a policy demands MFA.
var ErrDemandsMFA = errors.New("a policy demands MFA")

// withoutMFA is the sentence about a federated console session, for `explain`.
const withoutMFA = "the console's session carries no MFA: sts:GetFederationToken takes no code, and policies that demand MFA deny what it does"

// MenuWithoutMFA is the grey line in the menu of a profile whose account
// refused its user without MFA.
const MenuWithoutMFA = "Console: needs a role, MFA does not count for a user"

// mfaRemedy is what does work where a policy demands MFA.
const mfaRemedy = "sign in as a role whose trust policy checks MFA (aws:MultiFactorAuthPresent): " +
	"make a profile with its role_arn, and mfa_serial and source_profile as now"

// FederationDenied is what to tell when AWS denied sts:GetFederationToken: outright,
// by a policy that denies it, or because none allows it. A policy that denies
// everything without MFA denies this call always, since it takes no code. AWS does
// not say what a policy wants: for a user with an MFA device that is taken to be
// it, and the refusal answers errors.Is for [ErrDemandsMFA].
func FederationDenied(profile string, outright, hasDevice bool) *vaultcore.Fault {
	name := vaultcore.Printable(profile)
	switch {
	case outright && hasDevice:
		return &vaultcore.Fault{
			Kind: vaultcore.ErrRefused, Cause: ErrDemandsMFA,
			Message: "AWS denies the console to the user of " + name + ": a policy denies sts:GetFederationToken, most often because it demands MFA, which that call cannot give",
			Hint:    mfaRemedy,
		}
	case outright:
		return vaultcore.Faultf(vaultcore.ErrRefused, "AWS denies the console to the user of %s: a policy denies sts:GetFederationToken", name).
			WithHint("ask who wrote the policies of the user and the account; a profile with a role needs no sts:GetFederationToken")
	default:
		return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not let the user of %s open the console: no policy allows sts:GetFederationToken", name).
			WithHint("allow sts:GetFederationToken to the user, or make a profile with a role")
	}
}

// ExplainMFA is the advice for a console that was opened and then denies what
// is done in it: that cannot be seen at the sign-in.
func ExplainMFA(profile string) string {
	return "if the console of " + vaultcore.Printable(profile) + " denies everything, a policy demands MFA, and a user's console session carries none; " + mfaRemedy
}
