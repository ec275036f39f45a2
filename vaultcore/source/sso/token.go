package sso

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Registration is how the service knows Vaultbar. It lives about 90 days.
type Registration struct {
	ClientID     string
	ClientSecret vaultcore.Secret
	Expires      time.Time
	Grants       []string
	Scopes       []string
}

// serves says whether a registration can be used for a grant with these scopes.
func (r Registration) serves(grant string, scopes []string, now time.Time) bool {
	return r.ClientID != "" && r.Expires.Sub(now) > registrationMargin &&
		slices.Contains(r.Grants, grant) && slices.Equal(r.Scopes, scopes)
}

// Token is a sign-in.
type Token struct {
	Access       vaultcore.Secret // bearer token for the portal
	Refresh      vaultcore.Secret // zero when it cannot be refreshed
	Expires      time.Time        // of Access
	Registration Registration     // that it was issued to
	SignedIn     time.Time        // when a person signed in
	Mark         int64            // of the journal, when it was saved
}

// record is a token as it is kept in the keychain, and nowhere else.
type record struct {
	Access       string    `json:"accessToken"`
	Refresh      string    `json:"refreshToken,omitempty"`
	Expires      time.Time `json:"expiresAt"`
	ClientID     string    `json:"clientId"`
	ClientSecret string    `json:"clientSecret"`
	Registered   time.Time `json:"registrationExpiresAt"`
	Grants       []string  `json:"grantTypes"`
	Scopes       []string  `json:"scopes"`
	SignedIn     time.Time `json:"signedInAt"`
	Mark         int64     `json:"mark"`
}

// Record is the token as it is kept in the keychain.
func (t Token) Record() (vaultcore.Secret, error) {
	text, err := json.Marshal(record{
		t.Access.Reveal(), t.Refresh.Reveal(), t.Expires,
		t.Registration.ClientID, t.Registration.ClientSecret.Reveal(), t.Registration.Expires,
		t.Registration.Grants, t.Registration.Scopes, t.SignedIn, t.Mark,
	})
	if err != nil {
		return vaultcore.Secret{}, err
	}
	return vaultcore.NewSecret(string(text)), nil
}

// ParseToken reads what [Token.Record] wrote. It may return: ErrKeychain.
func ParseToken(text vaultcore.Secret) (Token, error) {
	var r record
	if json.Unmarshal([]byte(text.Reveal()), &r) != nil || r.Access == "" || r.Expires.IsZero() {
		return Token{}, vaultcore.Faultf(vaultcore.ErrKeychain, "the saved sign-in cannot be read").
			WithHint("sign in again")
	}
	return Token{
		Access: vaultcore.NewSecret(r.Access), Refresh: vaultcore.NewSecret(r.Refresh), Expires: r.Expires,
		Registration: Registration{
			ClientID: r.ClientID, ClientSecret: vaultcore.NewSecret(r.ClientSecret), Expires: r.Registered,
			Grants: r.Grants, Scopes: r.Scopes,
		},
		SignedIn: r.SignedIn, Mark: r.Mark,
	}, nil
}
