package awstest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// principal is who makes a call.
type principal struct {
	account *Account
	user    *User    // of a key or a session of a user
	session *session // nil for a long-term key
}

// arn is the caller as AWS names it. A GetSessionToken session goes by its
// user's name.
func (p *principal) arn() string {
	switch {
	case p.session == nil || p.session.role == nil && p.session.federated == "":
		return p.user.ARN()
	case p.session.role != nil:
		return p.session.account.arn("sts", "assumed-role/"+p.session.role.name+"/"+p.session.roleSession)
	default:
		return p.session.account.arn("sts", "federated-user/"+p.session.federated)
	}
}

// userID is the caller's unique id.
func (p *principal) userID() string {
	switch {
	case p.session == nil || p.session.role == nil && p.session.federated == "":
		return p.user.id
	case p.session.role != nil:
		return p.session.role.id + ":" + p.session.roleSession
	default:
		return p.account.id + ":" + p.session.federated
	}
}

// asUser is the user that the caller is: with a key or a GetSessionToken
// session of it. Nil for a role's or a federated session.
func (p *principal) asUser() *User {
	if p.session != nil && (p.session.role != nil || p.session.federated != "") {
		return nil
	}
	return p.user
}

// hasMFA is aws:MultiFactorAuthPresent where a trust or an identity policy asks
// for it: only a GetSessionToken session made with MFA has it.
func (p *principal) hasMFA() bool {
	return p.asUser() != nil && p.session != nil && p.session.mfa
}

// authenticateLocked finds who signed the request. The order of the checks is
// AWS's: scope, key and token, end of the session, date, signature.
func (c *apiCall) authenticateLocked(r *http.Request, body []byte) *refusal {
	auth, no := parseAuthorization(r)
	if no != nil {
		return no
	}
	c.record.AccessKeyID = auth.keyID
	region := ""
	if c.service == "sts" {
		region = c.srv.options.Region
	}
	if no := auth.checkScope(c.service, region); no != nil {
		return no
	}
	p, secret, no := c.srv.credentialLocked(auth.keyID, r.Header.Values("X-Amz-Security-Token"))
	if no != nil {
		return no
	}
	if p.account.partition != partitionOf(auth.region) {
		return invalidToken()
	}
	for _, check := range []func() *refusal{
		func() *refusal { return p.alive(c.now) },
		func() *refusal { return auth.checkHeaders(r) },
		func() *refusal { return auth.checkTime(c.now) },
		func() *refusal { return auth.checkSignature(r, body, secret) },
	} {
		if no := check(); no != nil {
			return no
		}
	}
	c.caller, c.record.Principal = p, p.arn()
	c.touchLocked(auth)
	return nil
}

// alive refuses a session that has ended.
func (p *principal) alive(now time.Time) *refusal {
	if p.session != nil && !now.Before(p.session.expires) {
		return expiredToken()
	}
	return nil
}

// touchLocked notes the use of a long-term key for GetAccessKeyLastUsed.
func (c *apiCall) touchLocked(auth *authorization) {
	if key := c.srv.keys[auth.keyID]; key != nil {
		key.lastUsed, key.lastIn, key.lastFor = c.now, auth.region, c.service
	}
}

// credentialLocked finds a long-term key, or a session whose own token came
// with it.
func (s *Server) credentialLocked(keyID string, tokens []string) (*principal, string, *refusal) {
	if key := s.keys[keyID]; key != nil && !key.inactive && len(tokens) == 0 && key.knownLocked() {
		return &principal{account: key.user.account, user: key.user}, key.secret, nil
	}
	session := s.sessions[keyID]
	if session == nil || len(tokens) == 0 || session.role == nil && s.endedLocked(session.parent) {
		return nil, "", invalidToken()
	}
	foreign := func(token string) bool { return !sameText(token, session.token) }
	if slices.ContainsFunc(tokens, foreign) {
		return nil, "", invalidToken()
	}
	return &principal{account: session.account, user: session.user, session: session}, session.secret, nil
}

// endedLocked says whether a long-term key is inactive or gone. Whether AWS still takes a
// user's session that came from it is not documented.
func (s *Server) endedLocked(keyID string) bool {
	key := s.keys[keyID]
	return strings.HasPrefix(keyID, "AKIA") && (key == nil || key.inactive)
}

// partitionOf is where a region is.
func partitionOf(region string) string {
	for prefix, partition := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}
