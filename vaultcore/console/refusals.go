package console

import (
	"errors"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrDemandsMFA is in the failures of profiles whose user cannot open the
// console because a policy demands MFA.
var ErrDemandsMFA = errors.New("a policy demands MFA")

// WithoutMFA is the sentence about a federated console session, for `explain`.
const WithoutMFA = "the console's session carries no MFA: sts:GetFederationToken takes no code, and policies that demand MFA deny what it does"

// MenuWithoutMFA is the grey line in the menu of a profile whose account
// refused its user without MFA.
const MenuWithoutMFA = "Console: needs a role, MFA does not count for a user"

// mfaRemedy is what does work where a policy demands MFA.
const mfaRemedy = "sign in as a role whose trust policy checks MFA (aws:MultiFactorAuthPresent): " +
	"make a profile with its role_arn, and mfa_serial and source_profile as now"

// FederationDenied is what to tell when AWS denied sts:GetFederationToken.
// awsText is AWS's sentence; it is looked at, and not passed on. A policy that
// denies everything without MFA denies this call always: it takes no code. Such
// a refusal answers errors.Is for [ErrDemandsMFA].
func FederationDenied(profile, awsText string) *vaultcore.Fault {
	name := vaultcore.Printable(profile)
	if strings.Contains(awsText, "explicit deny") {
		return &vaultcore.Fault{
			Kind: vaultcore.ErrRefused, Cause: ErrDemandsMFA,
			Message: "AWS denies the console to the user of " + name + ": a policy denies sts:GetFederationToken, most often because it demands MFA, which that call cannot give",
			Hint:    mfaRemedy,
		}
	}
	return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not let the user of %s open the console: no policy allows sts:GetFederationToken", name).
		WithHint("allow sts:GetFederationToken to the user, or make a profile with a role")
}

// ExplainMFA is the advice for a console that was opened and then denies what
// is done in it: that cannot be seen at the sign-in.
func ExplainMFA(profile string) string {
	return "if the console of " + vaultcore.Printable(profile) + " denies everything, a policy demands MFA, and a user's console session carries none; " + mfaRemedy
}
