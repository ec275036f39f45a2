package awstest

import (
	"crypto/ecdsa"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Issuer is an identity provider whose tokens assume roles: a cluster's, or a
// service for builds. STS knows it by its URL, and its keys by its JWKS.
type Issuer struct {
	srv         *Server
	url         string
	key         *ecdsa.PrivateKey
	keys        []jwk // the JWKS
	unreachable bool
}

// Issuer returns the issuer with this URL, which nobody visits, and makes it when
// there is none. An account must trust it before it counts there.
func (s *Server) Issuer(url string) *Issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.issuers[url]; i != nil {
		return i
	}
	i := &Issuer{srv: s, url: url}
	i.rotateLocked()
	s.issuers[url] = i
	return i
}

// URL is the iss of its tokens.
func (i *Issuer) URL() string { return i.url }

// Rotate replaces the issuer's key: tokens of the old one are good no longer.
func (i *Issuer) Rotate() {
	i.srv.mu.Lock()
	defer i.srv.mu.Unlock()
	i.rotateLocked()
}

func (i *Issuer) rotateLocked() {
	i.key = newECKey()
	public := jwkOf(&i.key.PublicKey)
	public.Kid, public.Alg, public.Use = randomText(idAlphabet, 16), "ES256", "sig"
	i.keys = []jwk{public}
}

// SetReachable says whether STS can read the JWKS.
func (i *Issuer) SetReachable(reachable bool) {
	i.srv.mu.Lock()
	defer i.srv.mu.Unlock()
	i.unreachable = !reachable
}

// JWKS is the document with the issuer's public keys.
func (i *Issuer) JWKS() []byte {
	i.srv.mu.Lock()
	defer i.srv.mu.Unlock()
	document, err := json.Marshal(map[string]any{"keys": i.keys})
	if err != nil {
		panic(err) // it is made of texts
	}
	return document
}

// Token is a token for a subject and an audience. It is good for ten minutes, unless
// claims say otherwise: those given here win.
func (i *Issuer) Token(subject, audience string, claims map[string]any) string {
	i.srv.mu.Lock()
	defer i.srv.mu.Unlock()
	now := i.srv.Now()
	all := map[string]any{
		"iss": i.url, "sub": subject, "aud": audience, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
	maps.Copy(all, claims)
	token := signJWT(i.key, jwtHeader{Typ: "JWT", Kid: i.keys[0].Kid}, all)
	i.srv.tokens = append(i.srv.tokens, token)
	return token
}

// verifies says whether the issuer signed a token.
func (i *Issuer) verifies(token jwt) bool {
	at := slices.IndexFunc(i.keys, func(k jwk) bool { return k.Kid == token.header.Kid })
	if at < 0 {
		return false
	}
	key, err := i.keys[at].key()
	return err == nil && token.verify(key)
}

// TrustIssuer makes the issuer an OIDC provider of the account, for tokens that are
// meant for one of these audiences.
func (a *Account) TrustIssuer(i *Issuer, audiences ...string) {
	a.srv.mu.Lock()
	defer a.srv.mu.Unlock()
	a.issuers[i.url] = audiences
}

// providerARN is the OIDC provider of the account.
func (a *Account) providerARN(url string) string {
	return a.arn("iam", "oidc-provider/"+strings.TrimPrefix(url, "https://"))
}
