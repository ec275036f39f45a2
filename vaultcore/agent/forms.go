package agent

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// This file has the requests and results that have another form on the wire.

// former is a request that has another form on the wire: durations as text, and
// secrets, whose own type refuses to be written.
type former interface{ form() any }

// formOf is the form of a request on the wire.
func formOf(request any) any {
	if r, ok := request.(former); ok {
		return r.form()
	}
	return request
}

type credentialsForm struct {
	Profile   string `json:"profile,omitempty"`
	MinTTL    span   `json:"min_ttl,omitempty"`
	NoSession bool   `json:"no_session,omitempty"`
	Duration  span   `json:"duration,omitempty"`
	Region    string `json:"region,omitempty"`
}

func (r *CredentialsRequest) form() any {
	return credentialsForm{r.Profile, span(r.MinTTL), r.NoSession, span(r.Duration), r.Region}
}

// UnmarshalJSON reads the form on the wire.
func (r *CredentialsRequest) UnmarshalJSON(text []byte) error {
	var f credentialsForm
	err := json.Unmarshal(text, &f)
	*r = CredentialsRequest{Profile: f.Profile, MinTTL: time.Duration(f.MinTTL), NoSession: f.NoSession, Duration: time.Duration(f.Duration), Region: f.Region}
	return err
}

// The forms below have the fields of their request but for those that they name
// themselves. The names of the first are repeated for the sake of their order.
type (
	loginFields LoginRequest
	loginForm   struct {
		Profile  string `json:"profile,omitempty"`
		Duration span   `json:"duration,omitempty"`
		loginFields
	}
	addFields AddRequest
	addForm   struct {
		Profile string  `json:"profile,omitempty"`
		Region  string  `json:"region,omitempty"`
		Key     wireKey `json:"key"`
		addFields
	}
	identifyForm struct {
		Profile string  `json:"profile,omitempty"`
		Key     wireKey `json:"key"`
	}
)

// importForm has the passphrase of aws-vault's keychain beside it.
type (
	importFields ImportRequest
	importForm   struct {
		Passphrase revealed `json:"passphrase,omitempty"`
		importFields
	}
)

func (r *ImportRequest) form() any {
	f := importForm{importFields: importFields(*r)}
	if r.AWSVault != nil {
		f.Passphrase = revealed(r.AWSVault.Passphrase.Reveal())
	}
	return f
}

// UnmarshalJSON reads the form on the wire.
func (r *ImportRequest) UnmarshalJSON(text []byte) error {
	var f importForm
	err := json.Unmarshal(text, &f)
	*r = ImportRequest(f.importFields)
	if r.AWSVault != nil {
		r.AWSVault.Passphrase = vaultcore.NewSecret(string(f.Passphrase))
	}
	return err
}

func (r *LoginRequest) form() any {
	return loginForm{r.Profile, span(r.Duration), loginFields(*r)}
}

// UnmarshalJSON reads the form on the wire.
func (r *LoginRequest) UnmarshalJSON(text []byte) error {
	var f loginForm
	err := json.Unmarshal(text, &f)
	*r = LoginRequest(f.loginFields)
	r.Profile, r.Duration = f.Profile, time.Duration(f.Duration)
	return err
}

func (r *AddRequest) form() any { return addForm{r.Profile, r.Region, keyOf(r.Key), addFields(*r)} }

// UnmarshalJSON reads the form on the wire.
func (r *AddRequest) UnmarshalJSON(text []byte) error {
	var f addForm
	err := json.Unmarshal(text, &f)
	*r = AddRequest(f.addFields)
	r.Profile, r.Region, r.Key = f.Profile, f.Region, f.Key.credentials()
	return err
}

func (r *IdentifyRequest) form() any { return identifyForm{r.Profile, keyOf(r.Key)} }

// UnmarshalJSON reads the form on the wire.
func (r *IdentifyRequest) UnmarshalJSON(text []byte) error {
	var f identifyForm
	err := json.Unmarshal(text, &f)
	*r = IdentifyRequest{Profile: f.Profile, Key: f.Key.credentials()}
	return err
}

// wireKey is a long-term key on its way into the keychain.
type wireKey struct {
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey revealed  `json:"secret_access_key"`
	SessionToken    revealed  `json:"session_token,omitempty"`
	Expires         time.Time `json:"expires,omitzero"`
	AccountID       string    `json:"account_id,omitempty"`
}

func keyOf(c vaultcore.Credentials) wireKey {
	return wireKey{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: revealed(c.SecretAccessKey.Reveal()),
		SessionToken:    revealed(c.SessionToken.Reveal()),
		Expires:         c.Expires.Round(0),
		AccountID:       c.AccountID,
	}
}

func (k wireKey) credentials() vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID:     k.AccessKeyID,
		SecretAccessKey: vaultcore.NewSecret(string(k.SecretAccessKey)),
		SessionToken:    vaultcore.NewSecret(string(k.SessionToken)),
		Expires:         k.Expires,
		AccountID:       k.AccountID,
	}
}

// credentialsReply and loginReply are the only replies that carry secrets.
type credentialsReply struct {
	wireKey
	Region    string   `json:"region,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Protected bool     `json:"protected,omitempty"`
}

func credentialsToWire(r CredentialsResult) credentialsReply {
	return credentialsReply{keyOf(r.Credentials), r.Region, r.Warnings, r.Protected}
}

func (r credentialsReply) result() CredentialsResult {
	return CredentialsResult{Credentials: r.credentials(), Region: r.Region, Warnings: r.Warnings, Protected: r.Protected}
}

// loginReply carries a secret only where the request was to print it.
type loginReply struct {
	Address revealed `json:"address,omitempty"`
	LoginResult
}

func loginToWire(r LoginResult) loginReply {
	return loginReply{revealed(r.Address.Reveal()), r}
}

func (r loginReply) result() LoginResult {
	r.LoginResult.Address = vaultcore.NewSecret(string(r.Address))
	return r.LoginResult
}

// The lists have a name on the wire, so that something can be added beside them.
type (
	profilesReply struct {
		Profiles []string `json:"profiles"`
	}
	servicesReply struct {
		Services []ConsoleService `json:"services"`
	}
	settingsReply struct {
		Settings []Setting `json:"settings"`
	}
)

func profilesToWire(names []string) profilesReply            { return profilesReply{names} }
func (r profilesReply) names() []string                      { return r.Profiles }
func servicesToWire(services []ConsoleService) servicesReply { return servicesReply{services} }
func (r servicesReply) services() []ConsoleService           { return r.Services }
func settingsToWire(settings []Setting) settingsReply {
	return settingsReply{append([]Setting{}, settings...)}
}
func (r settingsReply) settings() []Setting { return r.Settings }

// snapshotReply has the questions of a snapshot in the form that they are asked in.
type snapshotReply struct {
	// Profiles are pointers: a thousand read into one slice of them would be
	// copied each time that it grows.
	Profiles []*vaultcore.ProfileState `json:"profiles"`
	Keys     []string                  `json:"keys"` // null when the keychain cannot tell
	Asking   []*wireQuestion           `json:"asking,omitempty"`
	vaultcore.Snapshot
}

func snapshotToWire(s vaultcore.Snapshot) snapshotReply {
	r := snapshotReply{Profiles: make([]*vaultcore.ProfileState, 0, len(s.Profiles)), Keys: s.Keys, Snapshot: s}
	for i := range s.Profiles {
		r.Profiles = append(r.Profiles, &s.Profiles[i])
	}
	for _, q := range s.Asking {
		r.Asking = append(r.Asking, questionToWire(0, q))
	}
	return r
}

func (r snapshotReply) snapshot() vaultcore.Snapshot {
	s := r.Snapshot
	s.Keys, s.Profiles = r.Keys, slices.Grow(s.Profiles, len(r.Profiles))
	for _, p := range r.Profiles {
		if p != nil {
			s.Profiles = append(s.Profiles, *p)
		}
	}
	for _, q := range r.Asking {
		s.Asking = append(s.Asking, q.question())
	}
	return s
}

// longSnapshot is how many profiles are read and written in one piece.
const longSnapshot = 100

func (r snapshotReply) long() bool { return len(r.Profiles) > longSnapshot }

// halves divides a snapshot.
func (r snapshotReply) halves() (first, rest any, ok bool) {
	half := len(r.Profiles) / 2
	if half == 0 {
		return nil, nil, false
	}
	last := r
	last.Profiles = r.Profiles[half:]
	return snapshotReply{Profiles: r.Profiles[:half]}, last, true
}

// join puts a part before the reply that it is a part of.
func (r *snapshotReply) join(before any) {
	part := before.(*snapshotReply)
	r.Profiles = append(part.Profiles, r.Profiles...)
}
