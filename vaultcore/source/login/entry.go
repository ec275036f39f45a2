package login

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Entry is a sign-in as AWS's tools cache it.
type Entry struct {
	Credentials vaultcore.Credentials // may have ended
	Client      string                // that it was given to
	Refresh     vaultcore.Secret      // good for new credentials
	Key         Key                   // that Refresh is bound to
	SignedIn    time.Time             // when the person signed in; zero when that is not known

	text vaultcore.Secret // all of it, what is not known here too
}

// fields are the keys of an object of JSON.
type fields map[string]json.RawMessage

// The keys of a cached sign-in. Source: LoginCredentialFetcher of AWS's command line,
// credentials/logincreds of AWS's SDK for Go.
const (
	keyAccess  = "accessToken"
	keyType    = "tokenType"
	keyClient  = "clientId"
	keyRefresh = "refreshToken"
	keyID      = "idToken"
	keyDPoP    = "dpopKey"
)

// errUnreadable is a cached sign-in that is not whole.
var errUnreadable = errors.New("it is not a whole sign-in of `aws login`")

// ParseEntry reads a cached sign-in. An error quotes nothing of it.
func ParseEntry(text []byte) (Entry, error) {
	all, err := parseFields(text)
	if err != nil {
		return Entry{}, err
	}
	access, err := parseFields(all[keyAccess])
	if err != nil {
		return Entry{}, err
	}
	key, err := ParseKey(vaultcore.NewSecret(all.text(keyDPoP)))
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Credentials: vaultcore.Credentials{
			AccessKeyID:     access.text("accessKeyId"),
			SecretAccessKey: vaultcore.NewSecret(access.text("secretAccessKey")),
			SessionToken:    vaultcore.NewSecret(access.text("sessionToken")),
			AccountID:       access.text("accountId"),
		},
		Client: all.text(keyClient), Refresh: vaultcore.NewSecret(all.text(keyRefresh)), Key: key,
		text: vaultcore.NewSecret(string(text)),
	}
	if e.Credentials.Expires, err = time.Parse(time.RFC3339Nano, access.text("expiresAt")); err != nil || e.Client == "" || e.Refresh.IsZero() {
		return Entry{}, errUnreadable
	}
	if c := e.Credentials; c.AccessKeyID == "" || c.SecretAccessKey.IsZero() || c.SessionToken.IsZero() {
		e.Credentials = vaultcore.Credentials{Expires: time.Unix(0, 0)}
	}
	e.SignedIn = claimsOf(all.text(keyID)).signedIn()
	return e, nil
}

func parseFields(text []byte) (fields, error) {
	var all fields
	if json.Unmarshal(text, &all) != nil || all == nil {
		return nil, errUnreadable
	}
	return all, nil
}

// text is the value of a key, where that is a text.
func (f fields) text(key string) string {
	var text string
	_ = json.Unmarshal(f[key], &text)
	return text
}

// with returns the object with some of its values replaced by texts. An empty text
// leaves what is there.
func (f fields) with(values map[string]string) (json.RawMessage, error) {
	next := maps.Clone(f)
	if next == nil {
		next = fields{}
	}
	for key, value := range values {
		if value == "" {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		next[key] = text
	}
	return json.Marshal(next)
}

// Token is what AWS gives for a code or a refresh token.
type Token struct {
	Credentials vaultcore.Credentials
	Type        string
	Refresh     vaultcore.Secret
	ID          vaultcore.Secret // with a code alone
}

// NewEntry is the entry of a new sign-in.
func NewEntry(client string, key Key, token Token) (Entry, error) {
	pem, err := key.PEM()
	if err != nil {
		return Entry{}, err
	}
	text, err := fields{}.with(map[string]string{keyClient: client, keyDPoP: pem.Reveal()})
	if err != nil {
		return Entry{}, err
	}
	return Entry{text: vaultcore.NewSecret(string(text))}.With(token)
}

// With is the entry once it was refreshed, with all else as it was.
func (e Entry) With(token Token) (Entry, error) {
	all, err := parseFields([]byte(e.text.Reveal()))
	if err != nil {
		return Entry{}, err
	}
	access := fields{}
	_ = json.Unmarshal(all[keyAccess], &access)
	c := token.Credentials
	if all[keyAccess], err = access.with(map[string]string{
		"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey.Reveal(), "sessionToken": c.SessionToken.Reveal(),
		"accountId": c.AccountID, "expiresAt": c.Expires.UTC().Format(time.RFC3339),
	}); err != nil {
		return Entry{}, err
	}
	text, err := all.with(map[string]string{keyType: token.Type, keyRefresh: token.Refresh.Reveal(), keyID: token.ID.Reveal()})
	if err != nil {
		return Entry{}, err
	}
	return ParseEntry(text)
}

// Text is the entry as it is cached, and nowhere else.
func (e Entry) Text() vaultcore.Secret { return e.text }

// sameSignIn says whether two entries are of one sign-in, refreshed equally often.
func (e Entry) same(other Entry) bool { return e.Refresh.Equal(other.Refresh) }

// claims are what an ID token says. It comes from AWS by TLS, so its signature is not
// verified, as AWS's tools do not either.
type claims struct {
	Subject string `json:"sub"` // the ARN of who signed in
	Issued  int64  `json:"iat"`
}

// claimsOf reads an ID token; what it lacks is zero.
func claimsOf(token string) claims {
	var c claims
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(text, &c)
		}
	}
	return c
}

func (c claims) signedIn() time.Time {
	if c.Issued <= 0 {
		return time.Time{}
	}
	return time.Unix(c.Issued, 0)
}
