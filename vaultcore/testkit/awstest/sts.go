package awstest

import "time"

// The limits of sessions in seconds.
const (
	maxUserSession = 129600 // GetSessionToken, GetFederationToken
	userDefault    = 43200
	maxRoleSession = 43200
	anHour         = 3600 // of a root's and of a chained session
)

func stsOperations() map[string]func(*apiCall) (any, *refusal) {
	return map[string]func(*apiCall) (any, *refusal){
		"GetCallerIdentity":  getCallerIdentity,
		"GetSessionToken":    getSessionToken,
		"GetFederationToken": getFederationToken,
		"AssumeRole":         assumeRole,
	}
}

// credentialsXML is a session as STS hands it out.
type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func (s *session) xml() credentialsXML {
	return credentialsXML{s.keyID, s.secret, s.token, s.expires.Format(time.RFC3339)}
}

type identityXML struct {
	ARN     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string
}

// getCallerIdentity needs no permission, and no policy can deny it.
func getCallerIdentity(c *apiCall) (any, *refusal) {
	return identityXML{c.caller.arn(), c.caller.userID(), c.caller.account.id}, nil
}

type sessionTokenXML struct{ Credentials credentialsXML }

func getSessionToken(c *apiCall) (any, *refusal) {
	seconds, no := c.userSession()
	if no != nil {
		return nil, no
	}
	if no := c.form.check(serialText, tokenCodeText); no != nil {
		return nil, no
	}
	user := c.caller.user
	mfa, no := c.checkMFA(user)
	if no != nil {
		return nil, no
	}
	if user.deniesLocked("sts:GetSessionToken", mfa) {
		return nil, denied(c.caller.arn(), "sts:GetSessionToken", "*", explicitDeny)
	}
	made := c.srv.issueLocked(session{parent: c.record.AccessKeyID, account: user.account, user: user, mfa: mfa}, seconds)
	return sessionTokenXML{made.xml()}, nil
}

// userSession checks what GetSessionToken and GetFederationToken have in
// common: the long-term key of a user, and how long. A root's session is not
// refused when it is to be longer than an hour; it just ends after one.
func (c *apiCall) userSession() (int, *refusal) {
	seconds, no := c.form.seconds(userDefault, maxUserSession)
	if no != nil {
		return 0, no
	}
	if c.caller.session != nil {
		return 0, accessDenied("Cannot call %s with session credentials", c.action)
	}
	if c.caller.user.root() {
		return min(seconds, anHour), nil
	}
	return seconds, nil
}

type federationXML struct {
	Credentials   credentialsXML
	FederatedUser struct {
		ID  string `xml:"FederatedUserId"`
		ARN string `xml:"Arn"`
	}
	PackedPolicySize *int `xml:",omitempty"`
}

// getFederationToken makes a session that can do no more than its policy, and
// nothing at all without one.
func getFederationToken(c *apiCall) (any, *refusal) {
	if no := c.form.check(federatedText, policyText); no != nil {
		return nil, no
	}
	seconds, no := c.userSession()
	if no != nil {
		return nil, no
	}
	size, no := c.sessionPolicy()
	if no != nil {
		return nil, no
	}
	user, name := c.caller.user, c.form.get("Name")
	arn := user.account.arn("sts", "federated-user/"+name)
	if user.deniesLocked("sts:GetFederationToken", false) {
		return nil, denied(c.caller.arn(), "sts:GetFederationToken", arn, explicitDeny)
	}
	made := c.srv.issueLocked(session{
		parent: c.record.AccessKeyID, account: user.account, user: user, federated: name, policy: size != nil,
	}, seconds)
	result := federationXML{Credentials: made.xml(), PackedPolicySize: size}
	result.FederatedUser.ID, result.FederatedUser.ARN = user.account.id+":"+name, arn
	return result, nil
}

// checkMFA checks SerialNumber and TokenCode against the user's devices, and
// says whether they were given. A code that is right is used up, whatever
// becomes of the call.
func (c *apiCall) checkMFA(user *User) (bool, *refusal) {
	serial, code := c.form.get("SerialNumber"), c.form.get("TokenCode")
	if serial == "" && code == "" {
		return false, nil
	}
	if serial == "" || code == "" {
		return false, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	device := user.totpDevice(serial)
	if device == nil {
		return false, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	if !device.acceptLocked(code) {
		return false, accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return true, nil
}

// totpDevice is the user's device that has codes; of a role's session, which is
// no user, there is none.
func (u *User) totpDevice(serial string) *Device {
	if u == nil {
		return nil
	}
	for _, d := range u.devices {
		if d.serial == serial && d.seed != nil {
			return d
		}
	}
	return nil
}
