package awstest

import (
	"slices"
	"strings"
	"time"
)

// Role is an IAM role.
type Role struct {
	account *Account
	path    string // with the slash at its end; empty when there is none
	name    string
	id      string
	trust   Trust
	actions []string // that its identity policy allows
}

// Trust is a role's trust policy and its longest session.
type Trust struct {
	// Principals are the ARNs that may assume the role: of a user, a role, a
	// role's session, or an account's root, which stands for all in it.
	Principals []string
	// RequireMFA is the condition aws:MultiFactorAuthPresent: met by a caller
	// whose GetSessionToken session was made with MFA, or by SerialNumber and
	// TokenCode in the request; never by a role's session.
	RequireMFA bool
	// ExternalID, when set, must be given.
	ExternalID string
	// AllowSourceIdentity grants sts:SetSourceIdentity, without which a request
	// or a caller with a source identity is refused.
	AllowSourceIdentity bool
	// RequireSourceIdentity is the condition that there be one; it grants
	// sts:SetSourceIdentity as well.
	RequireSourceIdentity bool
	// TagKeys grants sts:TagSession for these keys; "*" for all. With none, a
	// request or a caller with session tags is refused.
	TagKeys []string
	// RequireTags are the keys of tags that the session must have.
	RequireTags []string
	// Issuer, when set, is who signs the tokens that assume the role by
	// AssumeRoleWithWebIdentity.
	Issuer *Issuer
	// Subject is the condition on the sub of such a token, with * and ? as in
	// StringLike; any when empty.
	Subject string
	// Audience is the condition on its aud; any that the provider has when empty.
	Audience string
	// MaxSessionDuration is the role's setting: an hour when zero, AWS allows
	// one to twelve.
	MaxSessionDuration time.Duration
}

// Role makes a role, or replaces its trust. The name may carry a path, as in
// "team/admin".
func (a *Account) Role(name string, trust Trust) *Role {
	a.srv.mu.Lock()
	defer a.srv.mu.Unlock()
	if trust.MaxSessionDuration == 0 {
		trust.MaxSessionDuration = time.Hour
	}
	if r := a.roles[name]; r != nil {
		r.trust = trust
		return r
	}
	cut := strings.LastIndexByte(name, '/') + 1
	r := &Role{account: a, path: name[:cut], name: name[cut:], id: "AROA" + randomText(idAlphabet, 17), trust: trust}
	a.roles[name] = r
	return r
}

// ARN names the role.
func (r *Role) ARN() string { return r.account.arn("iam", "role/"+r.path+r.name) }

// Delete removes the role; its sessions end at once.
func (r *Role) Delete() {
	r.account.srv.mu.Lock()
	defer r.account.srv.mu.Unlock()
	delete(r.account.roles, r.path+r.name)
	for id, session := range r.account.srv.sessions {
		if session.role == r {
			delete(r.account.srv.sessions, id)
		}
	}
}

// roleLocked finds a role by ARN.
func (s *Server) roleLocked(arn string) *Role {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "iam" || parts[3] != "" {
		return nil
	}
	account := s.accounts[parts[4]]
	name, ok := strings.CutPrefix(parts[5], "role/")
	if !ok || account == nil || account.partition != parts[1] {
		return nil
	}
	return account.roles[name]
}

// trusts says whether the policy names the caller.
func (t Trust) trusts(p *principal) bool {
	names := []string{p.arn(), p.account.ARN()}
	switch {
	case p.session == nil:
	case p.session.role != nil:
		names = append(names, p.session.role.ARN())
	case p.session.federated == "":
		names = append(names, p.user.ARN())
	}
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(t.Principals, name) })
}

// tagsAllowed says whether sts:TagSession is granted for all these keys.
func (t Trust) tagsAllowed(keys []string) bool {
	if slices.Contains(t.TagKeys, "*") {
		return true
	}
	return !slices.ContainsFunc(keys, func(key string) bool { return !slices.Contains(t.TagKeys, key) })
}
