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
	Issued       time.Time        // when Access was issued
	SignedIn     time.Time        // when a person signed in
	Lasts        time.Duration    // how long the sign-in before lasted; 0 when that is not known
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
	Issued       time.Time `json:"issuedAt,omitzero"`
	Lasts        float64   `json:"lasts,omitempty"` // in seconds
}

// Record is the token as it is kept in the keychain.
func (t Token) Record() (vaultcore.Secret, error) {
	text, err := json.Marshal(record{
		t.Access.Reveal(), t.Refresh.Reveal(), t.Expires,
		t.Registration.ClientID, t.Registration.ClientSecret.Reveal(), t.Registration.Expires,
		t.Registration.Grants, t.Registration.Scopes, t.SignedIn, t.Mark, t.Issued, t.Lasts.Seconds(),
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
		SignedIn: r.SignedIn, Mark: r.Mark, Issued: r.Issued, Lasts: time.Duration(r.Lasts * float64(time.Second)),
	}, nil
}

// Ends is when AWS is expected to end the sign-in; zero when that is not known.
func (t Token) Ends() time.Time {
	switch {
	case t.Refresh.IsZero():
		return t.Expires
	case t.Lasts == 0 || t.SignedIn.IsZero():
		return time.Time{}
	default:
		return t.SignedIn.Add(t.Lasts)
	}
}

// sharp is how near to each other the last time when AWS took a sign-in and the first
// when it did not must be to say how long it lasted.
const sharp = 2 * time.Hour

// lasted is how long a sign-in lasted that AWS takes no more: AWS tells no end, but it
// was between the last refresh and now. Administrators choose whole hours mostly. It
// is 0 when that is too long ago, as after a night.
func (t Token) lasted(now time.Time) time.Duration {
	least, most := t.Issued.Round(0).Sub(t.SignedIn.Round(0)), now.Round(0).Sub(t.SignedIn.Round(0))
	if t.Issued.IsZero() || t.SignedIn.IsZero() || least < 0 || most-least > sharp {
		return 0
	}
	return max(least, most.Truncate(time.Hour))
}
