package awstest

import (
	"net/url"
	"time"
)

// proofSkew is how far the date of a proof may be from AWS's clock; AWS does not
// tell, and this is what it allows signatures.
const proofSkew = 5 * time.Minute

// proofLocked checks the DPoP proof of a call (RFC 9449) and returns its key: signed
// by the key that it names, made for this address, now, and seen for the first time.
func (c *restCall) proofLocked() (jwk, *refusal) {
	no := invalidRequest("signin")
	proofs := c.request.Header.Values("DPoP")
	if len(proofs) != 1 {
		return jwk{}, no
	}
	proof, err := parseJWT(proofs[0])
	if err != nil || proof.header.Typ != "dpop+jwt" || proof.header.JWK == nil {
		return jwk{}, no
	}
	key, err := proof.header.JWK.key()
	if err != nil || !proof.verify(key) {
		return jwk{}, no
	}
	id := proof.text("jti")
	if proof.text("htm") != c.request.Method || !c.calledAt(proof.text("htu")) || id == "" || c.srv.login.proofs[id] {
		return jwk{}, no
	}
	c.srv.login.proofs[id] = true
	made, ok := proof.seconds("iat")
	if skew := c.srv.Now().Sub(time.Unix(made, 0)); !ok || skew.Abs() > proofSkew {
		return jwk{}, loginRefusal("AccessDeniedException", "TOKEN_EXPIRED") // so a wrong clock looks like an old sign-in
	}
	return jwkOf(key), nil
}

// calledAt says whether an address is the one that the call came to: this server's
// own, or an https one through a [Proxy].
func (c *restCall) calledAt(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host != c.request.Host || u.Path != c.request.URL.Path || u.RawQuery != "" {
		return false
	}
	return u.Scheme == "https" || c.srv.own(address)
}
