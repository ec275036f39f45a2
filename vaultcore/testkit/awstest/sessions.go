package awstest

import (
	"maps"
	"slices"
	"time"
)

// session is a set of temporary credentials, and where it came from.
type session struct {
	keyID   string
	secret  string
	token   string
	parent  string // the access key id of its maker
	expires time.Time
	account *Account
	user    *User // whose key it began with; nil when the user is in no account here
	mfa     bool  // made with MFA, so that aws:MultiFactorAuthPresent is true

	federated string // the name given to GetFederationToken; else empty
	policy    bool   // of a federated session: it was given permissions

	role           *Role // of a role's session; else nil
	roleSession    string
	policies       []string // the ARNs of its session policies
	chained        bool     // the role was assumed with a session
	sourceIdentity string
	tags           map[string]string
	transitive     []string
}

// SetLongest has new sessions live for d at most, whatever is asked for, so that
// a test sees one end; 0 ends that. AWS itself never gives less than is asked for.
func (s *Server) SetLongest(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = d
}

// issueLocked completes a session with fresh credentials.
func (s *Server) issueLocked(made session, seconds int) *session {
	if most := int(s.longest / time.Second); most > 0 {
		seconds = min(seconds, most)
	}
	made.keyID = "ASIA" + randomText(idAlphabet, 16)
	made.secret = newSecretKey()
	made.token = newSessionToken()
	made.expires = s.Now().UTC().Truncate(time.Second).Add(time.Duration(seconds) * time.Second)
	s.sessions[made.keyID] = &made
	return &made
}

// Session is what AWS knows of temporary credentials.
type Session struct {
	ARN            string // who they are
	Parent         string // the access key id that they were asked for with
	MFA            bool   // aws:MultiFactorAuthPresent of calls made with them
	Chained        bool   // a role's, assumed with session credentials
	Expires        time.Time
	SourceIdentity string
	Tags           map[string]string // a role's, inherited ones included
	Name           string            // of a role's session, as CloudTrail has it
	Policies       []string          // the ARNs of the managed policies that narrow it
}

// Session tells of the session with this access key id; false when there is
// none, or its role was deleted. Ended sessions are remembered.
func (s *Server) Session(accessKeyID string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.sessions[accessKeyID]
	if made == nil {
		return Session{}, false
	}
	p := principal{account: made.account, user: made.user, session: made}
	return Session{
		ARN: p.arn(), Parent: made.parent, MFA: made.mfa, Chained: made.chained,
		Expires: made.expires, SourceIdentity: made.sourceIdentity, Tags: maps.Clone(made.tags), Name: made.roleSession, Policies: slices.Clone(made.policies),
	}, true
}

// Issued returns every secret that AWS has given out so far: the secrets and
// tokens of sessions, the tokens that sign in to the console, the tokens, codes and
// client secrets of Identity Center, the verifiers that it was shown, and the tokens
// of issuers. A test
// looks for them where they must not be.
func (s *Server) Issued() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := append(slices.Clone(s.tokens), s.sso.given...)
	for _, made := range s.sessions {
		all = append(all, made.secret, made.token)
	}
	return all
}
