package awstest

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	webTokenText   = text{"WebIdentityToken", true, 4, 20000, regexp.MustCompile(`^[\x20-\x7E\r\n]*$`), ""}
	providerIDText = text{"ProviderId", false, 4, 2048, regexp.MustCompile(``), ""}
)

// webAssumption is an AssumeRoleWithWebIdentity call as it is judged.
type webAssumption struct {
	*apiCall
	arn      string
	account  *Account
	role     *Role
	token    jwt
	audience string
	seconds  int
	policy   *int
	policies []string // the ARNs of the session policies
}

type webAssumedXML struct {
	Credentials     credentialsXML
	Subject         string `xml:"SubjectFromWebIdentityToken"`
	AssumedRoleUser struct {
		ID  string `xml:"AssumedRoleId"`
		ARN string `xml:"Arn"`
	}
	PackedPolicySize *int `xml:",omitempty"`
	Provider         string
	Audience         string
}

// assumeRoleWithWebIdentity is no chaining: the role's own maximum holds.
func assumeRoleWithWebIdentity(c *apiCall) (any, *refusal) {
	a := &webAssumption{apiCall: c}
	for _, judge := range []func() *refusal{a.checkForm, a.checkIssuer, a.checkTimes, a.checkAudience, a.checkTrust, a.checkPolicies} {
		if no := judge(); no != nil {
			return nil, no
		}
	}
	c.record.Principal = a.token.text("sub")
	made := c.srv.issueLocked(session{account: a.account, role: a.role, roleSession: c.form.get("RoleSessionName"), policies: a.policies}, a.seconds)
	result := webAssumedXML{
		Credentials: made.xml(), Subject: a.token.text("sub"), PackedPolicySize: a.policy, Provider: a.account.providerARN(a.token.text("iss")), Audience: a.audience,
	}
	as := principal{account: made.account, session: made}
	result.AssumedRoleUser.ID, result.AssumedRoleUser.ARN = as.userID(), as.arn()
	return result, nil
}

func (a *webAssumption) checkForm() *refusal {
	// AWS does not repeat a token in its message.
	if given := a.form.get(webTokenText.name); len(a.form.faults(webTokenText)) > 0 && given != "" {
		return validationError("1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint")
	}
	if no := a.form.check(roleARNText, sessionNameText, webTokenText, providerIDText, policyText); no != nil {
		return no
	}
	if a.form.has("ProviderId") { // it is for providers of OAuth 2.0, which are not here
		return invalidParameter("ProviderId must not be given with a token of OpenID Connect")
	}
	var no *refusal
	if a.seconds, no = a.form.seconds(anHour, maxRoleSession); no != nil {
		return no
	}
	if a.policy, no = a.sessionPolicy(); no != nil {
		return no
	}
	a.arn = a.form.get("RoleArn")
	parts := strings.SplitN(a.arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return validationError("Request ARN is invalid")
	}
	a.account = a.srv.accounts[parts[4]]
	return nil
}

func invalidIdentityToken(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "InvalidIdentityToken", format, args...)
}

// checkIssuer reads the token, and asks its issuer's keys. A line end after the token
// makes it another text, as with any other.
func (a *webAssumption) checkIssuer() *refusal {
	var err error
	if a.token, err = parseJWT(a.form.get("WebIdentityToken")); err != nil {
		return invalidIdentityToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	url := a.token.text("iss")
	issuer := a.srv.issuers[url]
	if a.account == nil || issuer == nil || a.account.issuers[url] == nil {
		return invalidIdentityToken("No OpenIDConnect provider found in your account for %s", url)
	}
	if issuer.unreachable {
		return refuse(http.StatusBadRequest, "IDPCommunicationError", "Error communicating with %s", url)
	}
	if !issuer.verifies(a.token) {
		return invalidIdentityToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	}
	return nil
}

// checkTimes wants an exp, and takes no token before its nbf.
func (a *webAssumption) checkTimes() *refusal {
	now := a.now.Unix()
	expires, ok := a.token.seconds("exp")
	if !ok {
		return invalidIdentityToken("Missing a required claim: exp")
	}
	if now >= expires {
		return refuse(http.StatusBadRequest, "ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", now, expires)
	}
	if begins, ok := a.token.seconds("nbf"); ok && now < begins {
		return invalidIdentityToken("Token not yet valid: current date/time %d must be after the nbf date/time %d", now, begins)
	}
	return nil
}

func (a *webAssumption) checkAudience() *refusal {
	given, _ := a.token.claims["aud"].([]any)
	if given == nil {
		given = []any{a.token.claims["aud"]}
	}
	for _, known := range a.account.issuers[a.token.text("iss")] {
		for _, audience := range given {
			if audience == known {
				a.audience = known
				return nil
			}
		}
	}
	return invalidIdentityToken("Incorrect token audience")
}

// checkTrust is the trust policy. Which condition failed is not told, nor whether
// there is such a role.
func (a *webAssumption) checkTrust() *refusal {
	no := accessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	if a.role = a.srv.roleLocked(a.arn); a.role == nil {
		return no
	}
	trust, subject := a.role.trust, a.token.text("sub")
	if trust.Issuer == nil || trust.Issuer.url != a.token.text("iss") || subject == "" {
		return no
	}
	if trust.Subject != "" && !like(trust.Subject, subject) || trust.Audience != "" && trust.Audience != a.audience {
		return no
	}
	if time.Duration(a.seconds)*time.Second > trust.MaxSessionDuration {
		return validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return nil
}

func (a *webAssumption) checkPolicies() (no *refusal) {
	a.policies, no = a.narrowLocked(a.role)
	return no
}

// like is the condition StringLike.
func like(pattern, value string) bool {
	quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^" + quoted + "$").MatchString(value)
}
