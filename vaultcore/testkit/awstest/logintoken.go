package awstest

import (
	"time"
)

type loginTokenJSON struct {
	Credentials struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
	} `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken"`
	IDToken      string `json:"idToken,omitempty"` // with the first token alone
}

// createOAuth2Token trades a code or a refresh token for credentials of 15 minutes
// and a new refresh token. AWS lets a refresh be repeated for some time; how long it
// does not tell, and here it is no time.
func createOAuth2Token(c *restCall) (any, *refusal) {
	key, no := c.proofLocked()
	if no != nil {
		return nil, no
	}
	var of *login
	first := c.form.get("grantType") == codeGrant
	switch {
	case first:
		of, no = c.redeemLoginCode(key)
	case c.form.get("grantType") == refreshGrant:
		of, no = c.redeemLoginRefresh(key)
	default:
		no = invalidRequest("signin")
	}
	if no != nil {
		return nil, no
	}
	return c.loginTokenLocked(of, first), nil
}

// loginTokenLocked makes the credentials.
func (c *restCall) loginTokenLocked(of *login, first bool) loginTokenJSON {
	life := min(loginCredentialsLife, of.ends.Sub(c.srv.Now()))
	credentials := session{account: of.who.account, user: of.who.user}
	if user := of.who.asUser(); user != nil {
		credentials.mfa = len(user.devices) > 0
	} else {
		credentials.role, credentials.roleSession, credentials.chained = of.who.session.role, of.who.session.roleSession, of.who.session.chained
	}
	made := c.srv.issueLocked(credentials, int(life/time.Second))
	of.current = c.srv.sso.give(newToken("AQIC"))
	c.srv.login.refresh[of.current] = of
	c.record.Principal = of.who.arn()
	out := loginTokenJSON{TokenType: "aws_sigv4", ExpiresIn: int(life / time.Second), RefreshToken: of.current}
	out.Credentials.AccessKeyID, out.Credentials.SecretAccessKey, out.Credentials.SessionToken = made.keyID, made.secret, made.token
	if first {
		out.IDToken = c.srv.sso.give(signJWT(newECKey(), jwtHeader{Typ: "JWT"}, map[string]any{
			"iss": c.srv.URL(), "sub": of.who.arn(), "aud": of.client, "iat": c.srv.Now().Unix(), "exp": c.srv.Now().Add(life).Unix(),
		}))
	}
	return out
}

// redeemLoginCode uses a code up, and binds what is got with it to the key.
func (c *restCall) redeemLoginCode(key jwk) (*login, *refusal) {
	code, verifier, redirect := c.form.get("code"), c.form.get("codeVerifier"), c.form.get("redirectUri")
	given := c.srv.login.codes[code]
	if given == nil || len(code) > 512 || len(redirect) > 2048 || !verifierText.MatchString(verifier) {
		return nil, invalidRequest("signin")
	}
	c.srv.sso.give(verifier)
	delete(c.srv.login.codes, code)
	if given.login.client != c.form.get("clientId") || given.back.redirect != redirect || !sameText(challengeOf(verifier), given.back.challenge) {
		return nil, invalidRequest("signin")
	}
	if !c.srv.Now().Before(given.expires) {
		return nil, loginRefusal("AccessDeniedException", "AUTHCODE_EXPIRED")
	}
	given.login.key = key
	return given.login, given.login.usable(c.srv.Now())
}

func (c *restCall) redeemLoginRefresh(key jwk) (*login, *refusal) {
	token := c.form.get("refreshToken")
	of := c.srv.login.refresh[token]
	if of == nil || len(token) > 2048 || of.client != c.form.get("clientId") || of.key != key {
		return nil, invalidRequest("signin")
	}
	if no := of.usable(c.srv.Now()); no != nil {
		return nil, no
	}
	if of.current != token {
		return nil, invalidRequest("signin")
	}
	return of, nil
}

// usable says why a sign-in gives no credentials.
func (l *login) usable(now time.Time) *refusal {
	user := l.who.asUser()
	switch {
	case !now.Before(l.ends):
		return loginRefusal("AccessDeniedException", "TOKEN_EXPIRED")
	case user != nil && user.password != l.password:
		return loginRefusal("AccessDeniedException", "USER_CREDENTIALS_CHANGED")
	case user != nil && user.deniesLocked("signin:CreateOAuth2Token", true):
		return loginRefusal("AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
	}
	return nil
}
