package sts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// refusal is one way in which AWS says no: its error code, a part of its text
// where the code alone does not tell, and what to say of it.
type refusal struct {
	code string
	text string
	say  func(attempt, answer) *vaultcore.Fault
}

// answer is AWS's refusal. Its message is read for what it means and for names
// of a strict shape; it is never shown.
type answer struct {
	*Reply
	message string
	err     error
}

// refusals are tried from top to bottom. The texts are STS's.
var refusals = []refusal{
	{"AccessDenied", "invalid MFA one time pass code", attempt.wrongCode},
	{"AccessDenied", "unable to validate MFA code", attempt.wrongDevice},
	{"AccessDenied", "with session credentials", attempt.sessionOfSession},
	{"AccessDenied", "Roles may not be assumed by root accounts", attempt.rootUser},
	{"AccessDenied", "", attempt.denied},
	{"InvalidClientTokenId", "", attempt.unknownKey},
	{"UnrecognizedClientException", "", attempt.unknownKey},
	{"AuthFailure", "", attempt.unknownKey},
	{"ExpiredToken", "", attempt.ended},
	{"ExpiredTokenException", "", attempt.ended},
	{"SignatureDoesNotMatch", "Signature expired", attempt.wrongClock},
	{"SignatureDoesNotMatch", "Signature not yet current", attempt.wrongClock},
	{"SignatureDoesNotMatch", "Credential should be scoped", attempt.wrongRegion},
	{"SignatureDoesNotMatch", "", attempt.wrongSecret},
	{"InvalidSignatureException", "", attempt.wrongSecret},
	{"RequestExpired", "", attempt.wrongClock},
	{"RequestTimeTooSkewed", "", attempt.wrongClock},
	{"ValidationError", "MaxSessionDuration", attempt.tooLong},
	{"ValidationError", "role chaining", attempt.tooLongChained},
	{"ValidationError", "failed to satisfy constraint", attempt.badParameter},
	{"InvalidParameterValue", "ag key", attempt.badTags},
	{"RegionDisabledException", "", attempt.regionOff},
	{"OptInRequired", "", attempt.regionOff},
	{"PackedPolicyTooLarge", "", attempt.tooManyTags},
	{"MalformedPolicyDocument", "", attempt.badPolicy},
	{"NoSuchEntity", "attachable", attempt.badPolicy},
	{"LimitExceeded", "AccessKeysPerUser", attempt.tooManyKeys},
}

// refused finds what AWS's refusal means.
func (t attempt) refused(reply *Reply, message string, err error) *vaultcore.Fault {
	switch {
	case throttled(err):
		return noAnswer("AWS is throttling %s: too many requests from this account", t.action).WithHint("wait a minute, then try again")
	case reply.Status >= 500:
		return noAnswer("AWS is having problems: %s answered %d (%s)", t.host(), reply.Status, reply.Code).WithHint("try again in a minute")
	}
	known := refusals
	if t.action == withWebIdentity {
		known = slices.Concat(tokenRefusals, refusals)
	}
	for _, r := range known {
		if r.code == reply.Code && strings.Contains(message, r.text) {
			return r.say(t, answer{reply, message, err})
		}
	}
	return refusedf("AWS refused %s: %s", t.action, reply.Code).WithHint("the app's log has the request id for AWS Support")
}

func refusedf(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRefused, format, args...)
}

// wrongCode is for wrong and for used codes: AWS tells no difference.
func (t attempt) wrongCode(answer) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrWrongCode, "AWS refused the MFA code of %s: it is wrong, or has been used already", shown(t.step.MFASerial)).
		WithHint("enter the next code that the device shows: each works once; if none does, the device's clock is wrong or mfa_serial of %s names another device", shown(t.step.Profile))
}

func (t attempt) wrongDevice(answer) *vaultcore.Fault {
	return refusedf("AWS knows no MFA device %s for the user of this key", shown(t.step.MFASerial)).
		WithHint("set mfa_serial of %s to the serial that the IAM console shows for the user", shown(t.step.Profile))
}

func (t attempt) sessionOfSession(answer) *vaultcore.Fault {
	return refusedf("%s is a temporary key, and AWS issues no session for a session", vaultcore.MaskKeyID(t.keyID)).
		WithHint("store an access key of an IAM user (its id starts with AKIA) with %s", t.add())
}

func (t attempt) rootUser(answer) *vaultcore.Fault {
	return refusedf("the key is of the account's root user, who cannot assume roles").
		WithHint("create an IAM user, and store its key with %s", t.add())
}

func (t attempt) unknownKey(a answer) *vaultcore.Fault {
	if !t.longTerm {
		a.dead = true
		return refusedf("AWS no longer accepts the session that %s starts from", t.target()).WithHint("%s", t.clear())
	}
	return refusedf("AWS does not accept the key %s: it is inactive, deleted or of another partition", vaultcore.MaskKeyID(t.keyID)).
		WithHint("look it up in the IAM console; store a new one with %s; a China or GovCloud key needs a region there (%s was used)", t.add(), t.at.Region)
}

func (t attempt) ended(a answer) *vaultcore.Fault {
	a.dead = !t.longTerm
	return refusedf("the session that %s starts from has ended", t.target()).WithHint("%s", t.clear())
}

func (t attempt) wrongClock(a answer) *vaultcore.Fault {
	return refusedf("%s, and AWS refuses requests that are off by that much", ClockWords(awsAhead(a))).
		WithHint("set this computer's clock (turn on network time), then try again")
}

func (t attempt) wrongRegion(answer) *vaultcore.Fault {
	return refusedf("the endpoint is not one of region %s", t.at.Region).
		WithHint("set region and endpoint_url of %s to the same region", shown(t.step.Profile))
}

func (t attempt) wrongSecret(a answer) *vaultcore.Fault {
	if ahead := awsAhead(a); ahead.Abs() > signatureWindow {
		return t.wrongClock(a)
	}
	if !t.longTerm {
		a.dead = true
		return refusedf("the secret of the session that %s starts from is wrong", t.target()).WithHint("%s", t.clear())
	}
	return refusedf("the secret access key is not that of %s", vaultcore.MaskKeyID(t.keyID)).
		WithHint("check that both were copied completely, and store them again with %s", t.add())
}

func (t attempt) tooLong(answer) *vaultcore.Fault {
	return refusedf("%s cannot last %s: its maximum session duration is shorter", t.target(), vaultcore.TimeLeft(t.step.Duration)).
		WithHint("lower duration_seconds of %s (or --duration), or raise the role's maximum session duration in IAM", shown(t.step.Profile))
}

func (t attempt) tooLongChained(answer) *vaultcore.Fault {
	return refusedf("%s cannot last %s: a role assumed with session credentials lasts 1 h at most", t.target(), vaultcore.TimeLeft(t.step.Duration)).
		WithHint("lower duration_seconds of %s (or --duration) to an hour", shown(t.step.Profile))
}

var parameterName = regexp.MustCompile(`at '(\w{1,40})' failed to satisfy constraint`)

func (t attempt) badParameter(a answer) *vaultcore.Fault {
	name := "a parameter"
	if m := parameterName.FindStringSubmatch(a.message); m != nil {
		name = m[1]
	}
	return refusedf("AWS rejected %s of %s as invalid", name, t.action).WithHint("check the settings of profile %s", shown(t.step.Profile))
}

func (t attempt) regionOff(answer) *vaultcore.Fault {
	return refusedf("STS is turned off for this account in region %s", t.at.Region).
		WithHint("turn the region on in the account's settings, or set region of %s to another one", shown(t.step.Profile))
}

func (t attempt) tooManyTags(answer) *vaultcore.Fault {
	return refusedf("the session tags of %s are too large for AWS", t.target()).
		WithHint("shorten session_tags of %s", shown(t.step.Profile))
}

func (t attempt) badPolicy(answer) *vaultcore.Fault {
	return refusedf("AWS does not accept the policy %s for a session of %s", shown(t.step.Policy), t.target()).
		WithHint("set agents_policy of %s to a managed policy that exists, or leave it empty for ReadOnlyAccess", shown(t.step.Profile))
}

func (t attempt) badTags(answer) *vaultcore.Fault {
	return refusedf("AWS refuses the session tags of %s: a key is set twice, or is transitive without being set", t.target()).
		WithHint("check session_tags and transitive_session_tags of %s, and of the roles before it", shown(t.step.Profile))
}

func (t attempt) tooManyKeys(answer) *vaultcore.Fault {
	return refusedf("the user of %s has two access keys already, and IAM allows no third", vaultcore.MaskKeyID(t.keyID)).
		WithHint("IAM may take a minute to list the other one: try again then")
}

// target is what the step was to make.
func (t attempt) target() string {
	switch t.step.Kind {
	case plan.Session:
		return "the session of " + shown(t.step.Profile)
	case plan.Role, plan.Kind(vaultcore.WebIdentitySource):
		return fmt.Sprintf("role %s in account %s", t.step.Role(), t.step.Account())
	default:
		return t.action
	}
}

// add is the command that keeps another key. Only a session's step knows its
// name: its profile is the one whose key it is.
func (t attempt) add() string {
	if t.step.Kind == plan.Session {
		return fmt.Sprintf("`vaultbar add %s`", vaultcore.Argument(t.step.Profile))
	}
	return "`vaultbar add`"
}

func (t attempt) clear() string {
	if t.step.Profile == "" {
		return "use the access key of an IAM user, or a session that has not ended"
	}
	return fmt.Sprintf("run `vaultbar clear %s`, then try again", vaultcore.Argument(t.step.Profile))
}
