package awstest

import (
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Account is an AWS account.
type Account struct {
	srv       *Server
	id        string
	name      string // in Identity Center
	partition string
	users     map[string]*User
	roles     map[string]*Role
	root      *User
	issuers   map[string][]string // the audiences of OIDC providers, by URL
	policies  map[string][]string // what managed policies allow, by ARN
}

// AccountOption changes an account as it is made.
type AccountOption func(*Account)

// InPartition puts the account into aws-us-gov, aws-cn or aws-eusc rather than aws. Its
// keys are then unknown to requests signed for regions of other partitions.
func InPartition(partition string) AccountOption {
	return func(a *Account) { a.partition = partition }
}

// Named gives the account the name that Identity Center lists it by.
func Named(name string) AccountOption {
	return func(a *Account) { a.name = name }
}

// Account returns the account with this id, and makes it when there is none.
func (s *Server) Account(id string, options ...AccountOption) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[id]; a != nil {
		return a
	}
	a := &Account{srv: s, id: id, name: "account " + id, partition: "aws", users: map[string]*User{}, roles: map[string]*Role{}, issuers: map[string][]string{}}
	for _, option := range options {
		option(a)
	}
	a.root = &User{account: a, id: id, created: s.Now()}
	s.accounts[id] = a
	return a
}

// ID is the twelve digits.
func (a *Account) ID() string { return a.id }

// ARN stands for the whole account in a [Trust].
func (a *Account) ARN() string { return a.arn("iam", "root") }

func (a *Account) arn(service, resource string) string {
	return "arn:" + a.partition + ":" + service + "::" + a.id + ":" + resource
}

// User returns the IAM user of this name, and makes it when there is none.
// A user may do what concerns itself, and assume every role that trusts it.
func (a *Account) User(name string) *User {
	a.srv.mu.Lock()
	defer a.srv.mu.Unlock()
	if u := a.users[name]; u != nil {
		return u
	}
	u := &User{account: a, name: name, id: "AIDA" + randomText(idAlphabet, 17), created: a.srv.Now()}
	a.users[name] = u
	return u
}

// Root returns the account's root user.
func (a *Account) Root() *User { return a.root }

// User is an IAM user, or the root of an account.
type User struct {
	account *Account
	name    string // empty for the root
	id      string
	created time.Time
	keys    []*Key
	devices []*Device
	mfaOnly bool
	// mfaSessions denies roles to sessions that were made without MFA.
	mfaSessions bool
	denies      []string
	password    int // how often it was changed
}

// ARN names the user.
func (u *User) ARN() string {
	if u.root() {
		return u.account.ARN()
	}
	return u.account.arn("iam", "user/"+u.name)
}

// Name is the user's name; empty for the root.
func (u *User) Name() string { return u.name }

func (u *User) root() bool { return u.name == "" }

// DenyAllWithoutMFA gives the user AWS's well-known policy that denies
// everything that was not done with MFA, but for what is needed to use MFA.
func (u *User) DenyAllWithoutMFA() {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	u.mfaOnly = true
}

// DenySessionsWithoutMFA gives the user a policy with the condition
// "Bool": {"aws:MultiFactorAuthPresent": "false"}, without IfExists: it denies
// sts:AssumeRole to a session that was made without MFA, and does not hold for a
// long-term key, whose requests do not have that key.
func (u *User) DenySessionsWithoutMFA() {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	u.mfaSessions = true
}

// Deny gives the user a policy that denies these actions, such as
// "iam:ListMFADevices". sts:GetCallerIdentity cannot be denied, as in AWS.
func (u *User) Deny(actions ...string) {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	u.denies = append(u.denies, actions...)
}

// deniesLocked says whether the user's policies explicitly deny the action.
func (u *User) deniesLocked(action string, mfa bool) bool {
	if slices.Contains(u.denies, action) {
		return true
	}
	return u.mfaOnly && !mfa && !slices.Contains([]string{
		"iam:GetUser", "iam:ListMFADevices", "sts:GetSessionToken",
	}, action)
}

// Key is a long-term access key.
type Key struct {
	user        *User
	id          string
	secret      string
	created     time.Time
	inactive    bool
	propagating []bool // what becomes of the next requests that it signs: false for a key that is not known yet
	lastUsed    time.Time
	lastIn      string // the service and region of the last use
	lastFor     string
}

// NewKey makes a key, active at once. Unlike the API it does not mind how many
// there are.
func (u *User) NewKey() *Key {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	return u.newKeyLocked()
}

func (u *User) newKeyLocked() *Key {
	srv := u.account.srv
	k := &Key{user: u, id: "AKIA" + randomText(idAlphabet, 16), secret: newSecretKey(), created: srv.Now()}
	u.keys = append(u.keys, k)
	srv.keys[k.id] = k
	return k
}

// ID is the access key id.
func (k *Key) ID() string { return k.id }

// Secret is the secret access key.
func (k *Key) Secret() vaultcore.Secret { return vaultcore.NewSecret(k.secret) }

// Credentials is the key as the rest of the program holds it.
func (k *Key) Credentials() vaultcore.Credentials {
	return vaultcore.Credentials{AccessKeyID: k.id, SecretAccessKey: k.Secret(), AccountID: k.user.account.id}
}

// PropagateKeys has the keys that CreateAccessKey makes from now on become known as
// slowly as those of IAM, which is eventually consistent: of the first requests that such a key signs, those
// that are false here are refused, because the endpoint has not heard of it yet.
func (s *Server) PropagateKeys(known ...bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.propagating = known
}

// Keys are the ids of the user's keys, the oldest first, and which of them are active.
func (u *User) Keys() (ids []string, active map[string]bool) {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	active = make(map[string]bool)
	for _, k := range u.keys {
		ids, active[k.id] = append(ids, k.id), !k.inactive
	}
	return ids, active
}

// knownLocked says whether the endpoint that is asked now has heard of the key.
func (k *Key) knownLocked() bool {
	if len(k.propagating) == 0 {
		return true
	}
	known := k.propagating[0]
	k.propagating = k.propagating[1:]
	return known
}

// SetActive switches the key on or off.
func (k *Key) SetActive(active bool) {
	k.user.account.srv.mu.Lock()
	defer k.user.account.srv.mu.Unlock()
	k.inactive = !active
}

// Delete removes the key.
func (k *Key) Delete() {
	k.user.account.srv.mu.Lock()
	defer k.user.account.srv.mu.Unlock()
	k.deleteLocked()
}

func (k *Key) deleteLocked() {
	delete(k.user.account.srv.keys, k.id)
	k.user.keys = slices.DeleteFunc(k.user.keys, func(other *Key) bool { return other == k })
}

// NewMFA gives the user a TOTP device. The first has the user's name in its
// serial, as the console proposes.
func (u *User) NewMFA() *Device {
	name := u.name
	if u.root() {
		name = "root-account-mfa-device"
	}
	return u.newDevice("mfa/", name, randomBytes(20))
}

// NewFIDO gives the user a FIDO key: listed with the others, of no use to STS.
func (u *User) NewFIDO() *Device {
	return u.newDevice("u2f/user/"+u.name+"/", "key-"+randomText(idAlphabet, 26), nil)
}

func (u *User) newDevice(kind, name string, seed []byte) *Device {
	srv := u.account.srv
	srv.mu.Lock()
	defer srv.mu.Unlock()
	serial := u.account.arn("iam", kind+name)
	taken := func(d *Device) bool { return d.serial == serial }
	for slices.ContainsFunc(u.devices, taken) {
		serial += "-" + strings.ToLower(randomText(idAlphabet, 4))
	}
	d := &Device{srv: srv, serial: serial, seed: seed, enabled: srv.Now(), used: map[int64]bool{}}
	u.devices = append(u.devices, d)
	return d
}
