package awstest

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"time"
)

// accessToken opens the portal for as long as it and its sign-in live.
type accessToken struct {
	client  *registration
	signin  *portalSignin
	expires time.Time
	revoked bool
}

// refreshToken is good once, unless [IdentityCenter.KeepRefreshTokens] says
// otherwise, and for its own client alone.
type refreshToken struct {
	client *registration
	signin *portalSignin
	used   bool
}

// authorizationCode is what a browser brings back from the consent page.
type authorizationCode struct {
	client    *registration
	signin    *portalSignin
	redirect  string // with its port
	challenge string
	expires   time.Time
}

type tokenJSON struct {
	AccessToken  string `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken,omitempty"`
}

// createToken trades a grant for an access token.
func createToken(c *restCall) (any, *refusal) {
	client, no := c.clientLocked()
	if no != nil {
		return nil, no
	}
	grants := map[string]func(*restCall, *registration) (*portalSignin, *refusal){
		codeGrant: (*restCall).redeemCode, deviceGrant: (*restCall).redeemDevice, refreshGrant: (*restCall).redeemRefresh,
	}
	grant := c.form.get("grantType")
	redeem := grants[grant]
	switch {
	case grant == "":
		return nil, oidcRefusal("InvalidRequestException")
	case redeem == nil:
		return nil, oidcRefusal("UnsupportedGrantTypeException")
	case !client.mayGrant(grant):
		return nil, oidcRefusal("UnauthorizedClientException")
	}
	signin, no := redeem(c, client)
	if no != nil {
		return nil, no
	}
	c.record.Principal = signin.person.name
	return c.srv.tokenLocked(client, signin, grant != refreshGrant || !signin.person.center.keeps), nil
}

// tokenLocked makes an access token. It says how long it lives by itself, not when
// its sign-in ends.
func (s *Server) tokenLocked(client *registration, signin *portalSignin, refreshable bool) tokenJSON {
	life := tokenLife
	if client.legacy() {
		life = legacyTokenLife
	}
	made := tokenJSON{s.sso.give(newToken("aoaAAAAA")), "Bearer", int(life.Seconds()), ""}
	s.sso.access[made.AccessToken] = &accessToken{client: client, signin: signin, expires: s.Now().Add(life)}
	if refreshable && !client.legacy() && client.mayGrant(refreshGrant) {
		made.RefreshToken = s.sso.give(newToken("aorAAAAA"))
		s.sso.refresh[made.RefreshToken] = &refreshToken{client: client, signin: signin}
	}
	return made
}

var verifierText = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// redeemCode uses a code up, whether it is redeemed or not.
func (c *restCall) redeemCode(client *registration) (*portalSignin, *refusal) {
	code, verifier, redirect := c.form.get("code"), c.form.get("codeVerifier"), c.form.get("redirectUri")
	if code == "" || redirect == "" || !verifierText.MatchString(verifier) {
		return nil, oidcRefusal("InvalidRequestException")
	}
	c.srv.sso.give(verifier)
	given := c.srv.sso.codes[code]
	if given == nil || given.client != client {
		return nil, oidcRefusal("InvalidGrantException")
	}
	delete(c.srv.sso.codes, code)
	now := c.srv.Now()
	if !now.Before(given.expires) || given.redirect != redirect || !sameText(challengeOf(verifier), given.challenge) || !given.signin.live(now) {
		return nil, oidcRefusal("InvalidGrantException")
	}
	return given.signin, nil
}

// challengeOf is the S256 challenge of a verifier.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// redeemRefresh trades a refresh token in, while its sign-in lives.
func (c *restCall) redeemRefresh(client *registration) (*portalSignin, *refusal) {
	token := c.form.get("refreshToken")
	if token == "" {
		return nil, oidcRefusal("InvalidRequestException")
	}
	given := c.srv.sso.refresh[token]
	if given == nil || given.client != client {
		return nil, oidcRefusal("InvalidGrantException")
	}
	if given.used || !given.signin.live(c.srv.Now()) {
		return nil, staleRefresh()
	}
	given.used = !given.signin.person.center.keeps
	return given.signin, nil
}
