package awstest

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The lifetimes of the OIDC service. How long a code is good AWS does not tell: a
// minute is the harder side.
const (
	registrationLife = 90 * 24 * time.Hour
	codeLife         = time.Minute
	deviceLife       = 10 * time.Minute
	tokenLife        = time.Hour
	legacyTokenLife  = 8 * time.Hour // of a client that registered no scopes
)

// The grant types.
const (
	codeGrant    = "authorization_code"
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	refreshGrant = "refresh_token"
)

// ssoState is what Identity Center remembers; the server's lock guards it.
type ssoState struct {
	centers       []*IdentityCenter
	registrations map[string]*registration
	codes         map[string]*authorizationCode
	devices       map[string]*deviceCode
	access        map[string]*accessToken
	refresh       map[string]*refreshToken
	pages         map[string]*listing      // by next_token
	requests      map[string]*consent      // by the id in the consent page's form
	cookies       map[string]*portalSignin // by the portal's cookie
	given         []string                 // every secret of it
}

func newSSOState() ssoState {
	return ssoState{
		registrations: map[string]*registration{},
		codes:         map[string]*authorizationCode{},
		devices:       map[string]*deviceCode{},
		access:        map[string]*accessToken{},
		refresh:       map[string]*refreshToken{},
		pages:         map[string]*listing{},
		requests:      map[string]*consent{},
		cookies:       map[string]*portalSignin{},
	}
}

// give remembers a secret for [Server.Issued].
func (s *ssoState) give(secret string) string {
	s.given = append(s.given, secret)
	return secret
}

// newToken looks like an OAuth token; the prefix tells the kind, for those who read
// a failed test.
func newToken(prefix string) string { return prefix + randomText(tokenAlphabet, 160) }

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// registration is a client that was registered.
type registration struct {
	id, secret string
	name       string
	expires    time.Time
	scopes     []string
	grants     []string
	redirects  []string
	center     *IdentityCenter // of issuerUrl; nil when none was given
}

// mayGrant says whether the client registered for a grant type. One that named none
// is for device codes, and refreshes what it gets.
func (r *registration) mayGrant(grant string) bool {
	if len(r.grants) == 0 {
		return grant != codeGrant
	}
	return slices.Contains(r.grants, grant)
}

// legacy says whether the client gets the old kind of token: without a refresh
// token, and good for eight hours.
func (r *registration) legacy() bool {
	return len(r.scopes) == 0 || slices.Contains(r.scopes, "sso-portal:*")
}

// mayUsePortal says whether the client's tokens are for the portal.
func (r *registration) mayUsePortal() bool {
	return r.legacy() || slices.Contains(r.scopes, "sso:account:access")
}

type registrationJSON struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	IssuedAt     int64  `json:"clientIdIssuedAt"`
	ExpiresAt    int64  `json:"clientSecretExpiresAt"`
}

// registerClient takes any client that says that it is a public one.
func registerClient(c *restCall) (any, *refusal) {
	r := &registration{
		name: c.form.get("clientName"), scopes: c.form.values["scopes"], grants: c.form.values["grantTypes"], redirects: c.form.values["redirectUris"],
	}
	if no := r.check(c); no != nil {
		return nil, no
	}
	now := c.srv.Now()
	r.id, r.secret, r.expires = randomText(tokenAlphabet, 32), c.srv.sso.give(newToken("eyJraWQi")), now.Add(registrationLife)
	c.srv.sso.registrations[r.id] = r
	return registrationJSON{r.id, r.secret, now.Unix(), r.expires.Unix()}, nil
}

func (r *registration) check(c *restCall) *refusal {
	kind := c.form.get("clientType")
	if r.name == "" || kind == "" {
		return oidcRefusal("InvalidRequestException")
	}
	if kind != "public" {
		return oidcRefusal("InvalidClientMetadataException")
	}
	if slices.ContainsFunc(r.scopes, func(scope string) bool { return !knownScope(scope) }) {
		return oidcRefusal("InvalidScopeException")
	}
	known := []string{codeGrant, deviceGrant, refreshGrant}
	if slices.ContainsFunc(r.grants, func(grant string) bool { return !slices.Contains(known, grant) }) {
		return oidcRefusal("UnsupportedGrantTypeException")
	}
	if slices.ContainsFunc(r.redirects, func(redirect string) bool { return !loopback(redirect) }) {
		return oidcRefusal("InvalidRedirectUriException")
	}
	if issuer := c.form.get("issuerUrl"); issuer != "" {
		if r.center = c.srv.centerLocked(issuer); r.center == nil || !r.center.at(c.request.Host) {
			return oidcRefusal("InvalidRequestException")
		}
	}
	if slices.Contains(r.grants, codeGrant) && (len(r.redirects) == 0 || r.center == nil) {
		return oidcRefusal("InvalidRequestException")
	}
	return nil
}

// knownScope says whether a service of AWS has the scope.
func knownScope(scope string) bool {
	service, right, ok := strings.Cut(scope, ":")
	return ok && right != "" && slices.Contains([]string{"sso", "sso-portal", "codecatalyst", "codewhisperer"}, service)
}

// loopback says whether a redirect URI may be registered: the literal address, with
// any port, and one of two paths.
func loopback(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Hostname() == "127.0.0.1" && (u.Path == "" || u.Path == "/oauth/callback")
}

// redirectsTo says whether a redirect URI is a registered one, whose port is free.
func (r *registration) redirectsTo(redirect string) bool {
	portless := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return address
		}
		if host, _, err := net.SplitHostPort(u.Host); err == nil {
			u.Host = host
		}
		return u.String()
	}
	return loopback(redirect) && slices.ContainsFunc(r.redirects, func(registered string) bool { return portless(registered) == portless(redirect) })
}

// clientLocked finds who calls, by id and secret.
func (c *restCall) clientLocked() (*registration, *refusal) {
	id, secret := c.form.get("clientId"), c.form.get("clientSecret")
	if id == "" || secret == "" {
		return nil, oidcRefusal("InvalidRequestException")
	}
	r := c.srv.sso.registrations[id]
	if r == nil || !sameText(r.secret, secret) || !c.srv.Now().Before(r.expires) || r.center != nil && !r.center.at(c.request.Host) {
		return nil, oidcRefusal("InvalidClientException")
	}
	return r, nil
}
