package awstest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

type assumedXML struct {
	Credentials     credentialsXML
	AssumedRoleUser struct {
		ID  string `xml:"AssumedRoleId"`
		ARN string `xml:"Arn"`
	}
	PackedPolicySize *int   `xml:",omitempty"`
	SourceIdentity   string `xml:",omitempty"`
}

// assumption is an AssumeRole call as it is judged.
type assumption struct {
	*apiCall
	arn     string
	seconds int
	policy  *int // the size of the session policy; nil for none
	mfa     bool
	source  string
	role    *Role

	policies []string // the ARNs of the session policies

	tags       map[string]string // given and inherited
	transitive []string
}

// assumeRole judges in the order of AWS: the form of the parameters, MFA,
// permission, and the limits of the duration last.
func assumeRole(c *apiCall) (any, *refusal) {
	a := &assumption{apiCall: c}
	for _, judge := range []func() *refusal{a.checkForm, a.checkCaller, a.checkTags, a.checkCode, a.checkPermission, a.checkPolicies, a.checkDuration} {
		if no := judge(); no != nil {
			return nil, no
		}
	}
	made := c.srv.issueLocked(session{
		parent: c.record.AccessKeyID, account: a.role.account, user: c.caller.user,
		role: a.role, roleSession: c.form.get("RoleSessionName"), policies: a.policies,
		mfa:            c.caller.hasMFA(),
		chained:        c.caller.session != nil,
		sourceIdentity: a.source, tags: a.tags, transitive: a.transitive,
	}, a.seconds)
	result := assumedXML{Credentials: made.xml(), PackedPolicySize: a.policy, SourceIdentity: a.source}
	as := principal{account: made.account, session: made}
	result.AssumedRoleUser.ID, result.AssumedRoleUser.ARN = as.userID(), as.arn()
	return result, nil
}

func (a *assumption) checkForm() *refusal {
	if no := a.form.check(roleARNText, sessionNameText, externalIDText, sourceText, serialText, tokenCodeText, policyText); no != nil {
		return no
	}
	var no *refusal
	if a.seconds, no = a.form.seconds(anHour, maxRoleSession); no != nil {
		return no
	}
	if a.policy, no = a.sessionPolicy(); no != nil {
		return no
	}
	a.arn = a.form.get("RoleArn")
	if !strings.HasPrefix(a.arn, "arn:") || strings.Count(a.arn, ":") < 5 {
		return validationError("%s is invalid", a.arn)
	}
	return nil
}

func (a *assumption) checkCaller() *refusal {
	p := a.caller
	if p.asUser() != nil && p.user.root() {
		return accessDenied("Roles may not be assumed by root accounts.")
	}
	a.source = a.form.get("SourceIdentity")
	if p.session == nil || p.session.sourceIdentity == "" {
		return nil
	}
	if a.source != "" && a.source != p.session.sourceIdentity {
		return validationError("The source identity is already set for this assume role session")
	}
	a.source = p.session.sourceIdentity
	return nil
}

// checkTags joins the given tags with the transitive ones of the caller, whose
// values are settled. Keys differ by more than case.
func (a *assumption) checkTags() *refusal {
	a.tags = map[string]string{}
	for _, tag := range a.form.pairs("Tags") {
		if _, twice := spelled(a.tags, tag[0]); twice {
			return invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		a.tags[tag[0]] = tag[1]
	}
	if len(a.tags) > 50 {
		return validationError("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50")
	}
	for _, name := range a.form.list("TransitiveTagKeys") {
		key, given := spelled(a.tags, name)
		if !given {
			return invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
		a.transitive = append(a.transitive, key)
	}
	return a.inheritTags()
}

func (a *assumption) inheritTags() *refusal {
	if a.caller.session == nil {
		return nil
	}
	for _, key := range a.caller.session.transitive {
		if _, given := spelled(a.tags, key); given {
			return invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		a.tags[key] = a.caller.session.tags[key]
		a.transitive = append(a.transitive, key)
	}
	return nil
}

// spelled finds a key as the tags spell it.
func spelled(tags map[string]string, key string) (string, bool) {
	for other := range tags {
		if strings.EqualFold(other, key) {
			return other, true
		}
	}
	return "", false
}

func (a *assumption) checkCode() *refusal {
	mfa, no := a.checkMFA(a.caller.asUser())
	a.mfa = mfa || a.caller.hasMFA()
	return no
}

// checkPermission is the trust policy and the caller's identity policy. Which
// condition failed is not told, as in AWS.
func (a *assumption) checkPermission() *refusal {
	p, deny := a.caller, func(action, because string) *refusal { return denied(a.caller.arn(), action, a.arn, because) }
	if p.session != nil && p.session.federated != "" {
		return deny("sts:AssumeRole", "")
	}
	if p.session != nil && p.session.narrowed("sts:AssumeRole") {
		return deny("sts:AssumeRole", notInSession("sts:AssumeRole"))
	}
	user := p.asUser()
	if user != nil && user.mfaSessions && p.session != nil && !a.mfa || user != nil && user.deniesLocked("sts:AssumeRole", a.mfa) {
		return deny("sts:AssumeRole", explicitDeny)
	}
	a.role = a.srv.roleLocked(a.arn)
	if a.role == nil || !a.met(a.role.trust) {
		return deny("sts:AssumeRole", "")
	}
	trust := a.role.trust
	if a.source != "" && !trust.AllowSourceIdentity && !trust.RequireSourceIdentity {
		return deny("sts:SetSourceIdentity", "")
	}
	if len(a.tags) > 0 && !trust.tagsAllowed(slices.Collect(maps.Keys(a.tags))) {
		return deny("sts:TagSession", "")
	}
	return nil
}

func (a *assumption) checkPolicies() (no *refusal) {
	a.policies, no = a.narrowLocked(a.role)
	return no
}

// met says whether the conditions of the trust policy hold.
func (a *assumption) met(trust Trust) bool {
	untagged := func(key string) bool { _, ok := a.tags[key]; return !ok }
	switch {
	case !trust.trusts(a.caller):
		return false
	case trust.RequireMFA && !a.mfa:
		return false
	case trust.ExternalID != "" && a.form.get("ExternalId") != trust.ExternalID:
		return false
	case trust.RequireSourceIdentity && a.source == "":
		return false
	}
	return !slices.ContainsFunc(trust.RequireTags, untagged)
}

// checkDuration applies the role's own limit, and then that of chaining: who
// comes with session credentials of any kind gets an hour.
func (a *assumption) checkDuration() *refusal {
	asked := time.Duration(a.seconds) * time.Second
	if asked > a.role.trust.MaxSessionDuration {
		return validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if a.caller.session != nil && a.seconds > anHour {
		return validationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return nil
}

// sessionPolicy reads the policy that narrows a session, and says how much of
// its allowance it takes in per cent; nil when there is none.
func (c *apiCall) sessionPolicy() (*int, *refusal) {
	policy, arns := c.form.get("Policy"), 0
	for c.form.has(member("PolicyArns", arns+1) + ".arn") {
		arns++
	}
	if policy == "" && arns == 0 {
		return nil, nil
	}
	if arns > 10 {
		return nil, validationError("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10")
	}
	var document map[string]any
	if policy != "" && json.Unmarshal([]byte(policy), &document) != nil {
		return nil, refuse(http.StatusBadRequest, "MalformedPolicyDocument", "This policy contains invalid Json")
	}
	size := 1 + len(policy)*100/4096 + arns
	return &size, nil
}

func invalidParameter(message string) *refusal {
	return refuse(http.StatusBadRequest, "InvalidParameterValue", "%s", message)
}
