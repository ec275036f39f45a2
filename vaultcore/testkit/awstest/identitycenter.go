package awstest

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// IdentityCenter is an instance of IAM Identity Center: a start URL, the people who
// sign in there, and what each of them may be in which accounts.
type IdentityCenter struct {
	srv      *Server
	startURL string
	region   string // "" for any
	people   map[string]*Person
	sets     map[string]*PermissionSet
	session  time.Duration // how long a sign-in lasts
	keeps    bool          // a refresh gives no new refresh token
	assigned int           // how many assignments were made so far
}

// IdentityCenter returns the instance with this start URL, and makes it when there
// is none. Its sign-ins last eight hours.
func (s *Server) IdentityCenter(startURL string) *IdentityCenter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if center := s.centerLocked(startURL); center != nil {
		return center
	}
	center := &IdentityCenter{
		srv: s, startURL: startURL, people: map[string]*Person{}, sets: map[string]*PermissionSet{}, session: 8 * time.Hour,
	}
	s.sso.centers = append(s.sso.centers, center)
	return center
}

// centerLocked finds an instance. "/start", "/start/" and "/start/#/" are one.
func (s *Server) centerLocked(startURL string) *IdentityCenter {
	trimmed := strings.TrimRight(startURL, "/#")
	for _, center := range s.sso.centers {
		if strings.TrimRight(center.startURL, "/#") == trimmed {
			return center
		}
	}
	return nil
}

// StartURL is what a config file has as sso_start_url.
func (c *IdentityCenter) StartURL() string { return c.startURL }

// InRegion says where the instance is: calls for hosts of other regions know neither
// it nor its tokens. Only a [Proxy] sees those hosts.
func (c *IdentityCenter) InRegion(region string) *IdentityCenter {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.region = region
	return c
}

// at says whether a host of AWS, or this server's own, is where the instance is.
func (c *IdentityCenter) at(host string) bool {
	isAWS := strings.HasPrefix(host, "oidc.") || strings.HasPrefix(host, "portal.sso.")
	return c.region == "" || !isAWS || strings.Contains(host, "."+c.region+".")
}

// SetSessionLength sets how long sign-ins from now on last. No reply tells it, and
// tokens say that they live for an hour though their sign-in ends before.
func (c *IdentityCenter) SetSessionLength(d time.Duration) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.session = d
}

// KeepRefreshTokens has a refresh give no new refresh token from now on: the old
// one stays good. Otherwise each refresh gives a new one, and refuses the old.
func (c *IdentityCenter) KeepRefreshTokens(keep bool) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.keeps = keep
}

// RevokeAccessTokens ends all access tokens given so far, though they say that they
// live; the sign-ins and their refresh tokens stay.
func (c *IdentityCenter) RevokeAccessTokens() {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	for _, token := range c.srv.sso.access {
		token.revoked = token.revoked || token.signin.person.center == c
	}
}

// PermissionSet is what people are assigned; it becomes a role in an account.
type PermissionSet struct {
	name    string
	session time.Duration
}

// PermissionSet returns the set of this name with that session duration, an hour
// when zero; AWS allows one to twelve.
func (c *IdentityCenter) PermissionSet(name string, session time.Duration) *PermissionSet {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	if session == 0 {
		session = time.Hour
	}
	if set := c.sets[name]; set != nil {
		set.session = session
		return set
	}
	set := &PermissionSet{name: name, session: session}
	c.sets[name] = set
	return set
}

// Person is a user of Identity Center, who is no IAM user.
type Person struct {
	center      *IdentityCenter
	name        string
	signin      *portalSignin // the last one
	assignments []*assignment
}

// assignment lets a person have a permission set in an account.
type assignment struct {
	account *Account
	set     *PermissionSet
	order   int // assignments are counted, to tell which a sign-in knows
}

// Person returns the person of this name, and makes it when there is none.
func (c *IdentityCenter) Person(name string) *Person {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	if p := c.people[name]; p != nil {
		return p
	}
	p := &Person{center: c, name: name}
	c.people[name] = p
	return p
}

// Name is the person's user name, and the name of sessions of its roles.
func (p *Person) Name() string { return p.name }

// Assign gives the person a permission set in an account. A sign-in that lives
// already lists the new role, but gets no credentials for it.
func (p *Person) Assign(account *Account, set *PermissionSet) {
	p.center.srv.mu.Lock()
	defer p.center.srv.mu.Unlock()
	if p.assignedLocked(account.id, set.name) == nil {
		p.center.assigned++
		p.assignments = append(p.assignments, &assignment{account, set, p.center.assigned})
	}
}

// Unassign takes a permission set away.
func (p *Person) Unassign(account *Account, set *PermissionSet) {
	p.center.srv.mu.Lock()
	defer p.center.srv.mu.Unlock()
	p.assignments = slices.DeleteFunc(p.assignments, func(a *assignment) bool { return a.account == account && a.set == set })
}

func (p *Person) assignedLocked(accountID, set string) *assignment {
	for _, a := range p.assignments {
		if a.account.id == accountID && a.set.name == set {
			return a
		}
	}
	return nil
}

// EndSignIn ends the person's sign-in, as an administrator can.
func (p *Person) EndSignIn() {
	p.center.srv.mu.Lock()
	defer p.center.srv.mu.Unlock()
	if p.signin != nil {
		p.signin.over = true
	}
}

// portalSignin is a person's sign-in: all tokens that were got with it end with it.
type portalSignin struct {
	person   *Person
	ends     time.Time
	over     bool // signed out, or ended by an administrator
	assigned int  // it knows the assignments up to this one
	allowed  map[*registration]bool
	lists    []time.Time // when it listed, in the last second
}

func (s *portalSignin) live(now time.Time) bool { return s != nil && !s.over && now.Before(s.ends) }

// signInLocked signs the person in. While a sign-in lives, the new one joins it, and
// ends when it ends.
func (p *Person) signInLocked(now time.Time) *portalSignin {
	if !p.signin.live(now) {
		p.signin = &portalSignin{
			person: p, ends: now.Add(p.center.session), assigned: p.center.assigned, allowed: map[*registration]bool{},
		}
	}
	return p.signin
}

// role is the IAM role that the permission set is in the account.
func (a *assignment) role() *Role {
	const path = "aws-reserved/sso.amazonaws.com/"
	prefix := "AWSReservedSSO_" + a.set.name + "_"
	for name, role := range a.account.roles {
		if strings.HasPrefix(name, path+prefix) && len(name) == len(path+prefix)+16 {
			return role
		}
	}
	role := &Role{account: a.account, path: path, name: prefix + hex.EncodeToString(randomBytes(8)), id: "AROA" + randomText(idAlphabet, 17)}
	role.trust.MaxSessionDuration = a.set.session
	a.account.roles[path+role.name] = role
	return role
}
