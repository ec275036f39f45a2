// Package sso is the source of credentials that begins with a sign-in to IAM
// Identity Center: a person signs in once in their browser, and all accounts and
// roles that they were given there follow without another question, until their
// administrator's session ends.
//
// A sign-in is a bearer token ([Token]) for one [sso-session] of the config. It is
// worth every role of that person, so it goes to the keychain and to AWS and
// nowhere else: what programs get are the credentials of one role.
//
// There are two ways to sign in. By default the browser comes back to a listener
// on this machine with a code (authorization code with PKCE, RFC 7636 and 8252):
// see [Authority.Browser]. Where no browser of this machine's can be used, a
// person compares a code instead (device authorization, RFC 8628): see
// [Authority.Device]. Both are started only by a person, since a device code can be
// phished and a browser that is still signed in asks nothing.
//
// The token lives an hour and is refreshed without a person as long as the sign-in
// session lives, of which AWS tells no end: a refresh is refused one day
// ([ErrSignInEnded]). Where AWS sends no new refresh token the old one stays good
// (RFC 6749, section 6).
package sso
