// Package loopback signs a person in by their browser: it sends that to a page of
// AWS's and listens on this machine for the code that it comes back with
// (authorization code with PKCE, RFC 7636 and 8252).
//
// It knows neither which of AWS's services signs in nor what the code is good for:
// the page's address and the exchange of the code are the source's part. Start with
// [Authorize].
package loopback

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Path is where the browser comes back to, at whatever port of this machine.
const Path = "/oauth/callback"

// Life is how long a sign-in may take before its listener ends.
const Life = 5 * time.Minute

// errTooLate is a sign-in that nobody finished.
var errTooLate = errors.New("the sign-in was not finished")

// Request is what a page is asked for, and must be part of its address.
type Request struct {
	Redirect  string // the redirect URI, with its port
	State     string
	Challenge string // of PKCE: the SHA-256 of the verifier
}

// Grant is a code, and what proves that it was asked for here.
type Grant struct {
	Code     vaultcore.Secret
	Verifier vaultcore.Secret
	Redirect string // the redirect URI that it was asked with
}

// Authorize has the person's browser fetch a code. Open sends the browser to the page
// that the request is for, once the listener is there; name is what the person signs
// in to. It returns when the browser has come back. It may return: ErrCanceled,
// ErrRefused, ErrNoAnswer, what open returns.
func Authorize(ctx context.Context, name string, open func(context.Context, Request) error) (Grant, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, Life, errTooLate)
	defer cancel()
	// The listener comes first: a browser that is still signed in is back at once.
	back, err := listen(name)
	if err != nil {
		return Grant{}, err
	}
	defer back.close()
	request, grant := Ask(back.address(), back.state)
	if err := open(ctx, request); err != nil {
		return Grant{}, err
	}
	if grant.Code, err = back.wait(ctx); err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// Ask makes a request for a code, and the grant that it becomes once the code is there
// (RFC 7636, section 4).
func Ask(redirect, state string) (Request, Grant) {
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	return Request{redirect, state, base64.RawURLEncoding.EncodeToString(sum[:])},
		Grant{Verifier: vaultcore.NewSecret(verifier), Redirect: redirect}
}
