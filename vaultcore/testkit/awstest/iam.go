package awstest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func iamOperations() map[string]func(*apiCall) (any, *refusal) {
	return map[string]func(*apiCall) (any, *refusal){
		"GetUser":              getUser,
		"ListMFADevices":       listMFADevices,
		"CreateAccessKey":      createAccessKey,
		"UpdateAccessKey":      updateAccessKey,
		"ListAccessKeys":       listAccessKeys,
		"DeleteAccessKey":      deleteAccessKey,
		"GetAccessKeyLastUsed": getAccessKeyLastUsed,
	}
}

// maxKeys is AWS's limit of access keys a user.
const maxKeys = 2

// target is the user that an IAM call is about: the named one, else the caller
// itself. A user may act on itself alone, a role's session as its policies allow.
func (c *apiCall) target() (*User, *refusal) {
	p := c.caller
	if p.session != nil && (p.session.federated != "" || p.session.role == nil && !p.session.mfa) {
		return nil, barredToken()
	}
	action, name := "iam:"+c.action, c.form.get("UserName")
	self := p.asUser()
	if name == "" && self == nil {
		return nil, validationError("Must specify userName when calling with non-User credentials")
	}
	if self != nil && self.deniesLocked(action, p.hasMFA()) {
		return nil, denied(p.arn(), action, "user "+self.name, explicitDeny)
	}
	byRole := self == nil && p.session.role != nil && p.session.allows(action)
	switch {
	case self == nil && p.session.role != nil && p.session.narrowed(action):
		return nil, denied(p.arn(), action, "user "+name, notInSession(action))
	case !byRole && (self == nil || name != "" && name != self.name && !self.root()):
		return nil, denied(p.arn(), action, "user "+name, notAllowed(action))
	}
	if self != nil && (name == "" || name == self.name) {
		return self, nil
	}
	if other := p.account.users[name]; other != nil {
		return other, nil
	}
	return nil, noSuchEntity("The user with name %s cannot be found.", name)
}

// targetKey is the key that an IAM call is about.
func (c *apiCall) targetKey() (*Key, *refusal) {
	user, no := c.target()
	if no != nil {
		return nil, no
	}
	id := c.form.get("AccessKeyId")
	if key := c.srv.keys[id]; key != nil && key.user == user {
		return key, nil
	}
	return nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
}

type userXML struct {
	User struct {
		Path       string
		UserName   string `xml:",omitempty"`
		UserID     string `xml:"UserId"`
		ARN        string `xml:"Arn"`
		CreateDate string
	}
}

func getUser(c *apiCall) (any, *refusal) {
	user, no := c.target()
	if no != nil {
		return nil, no
	}
	var result userXML
	result.User.Path, result.User.UserName, result.User.UserID = "/", user.name, user.id
	result.User.ARN, result.User.CreateDate = user.ARN(), iamTime(user.created)
	return result, nil
}

type deviceXML struct {
	UserName     string
	SerialNumber string
	EnableDate   string
}

type devicesXML struct {
	MFADevices  []deviceXML `xml:"MFADevices>member"`
	IsTruncated bool
}

func listMFADevices(c *apiCall) (any, *refusal) {
	user, no := c.target()
	if no != nil {
		return nil, no
	}
	var result devicesXML
	for _, d := range user.devices {
		result.MFADevices = append(result.MFADevices, deviceXML{user.name, d.serial, iamTime(d.enabled)})
	}
	return result, nil
}

type keyXML struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func (k *Key) xml() keyXML {
	status := "Active"
	if k.inactive {
		status = "Inactive"
	}
	return keyXML{UserName: k.user.name, AccessKeyID: k.id, Status: status, CreateDate: iamTime(k.created)}
}

// createAccessKey is the only answer that has a key's secret.
func createAccessKey(c *apiCall) (any, *refusal) {
	user, no := c.target()
	if no != nil {
		return nil, no
	}
	if len(user.keys) >= maxKeys {
		return nil, refuse(http.StatusConflict, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
	}
	made := user.newKeyLocked()
	made.propagating = slices.Clone(c.srv.propagating)
	result := made.xml()
	result.SecretAccessKey = made.secret
	return struct{ AccessKey keyXML }{result}, nil
}

func updateAccessKey(c *apiCall) (any, *refusal) {
	key, no := c.targetKey()
	if no != nil {
		return nil, no
	}
	status := c.form.get("Status")
	if status != "Active" && status != "Inactive" {
		return nil, validationError("1 validation error detected: Value '%s' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]", status)
	}
	key.inactive = status == "Inactive"
	return nil, nil
}

func deleteAccessKey(c *apiCall) (any, *refusal) {
	key, no := c.targetKey()
	if no != nil {
		return nil, no
	}
	key.deleteLocked()
	return nil, nil
}

type keysXML struct {
	UserName    string
	Keys        []keyXML `xml:"AccessKeyMetadata>member"`
	IsTruncated bool
}

func listAccessKeys(c *apiCall) (any, *refusal) {
	user, no := c.target()
	if no != nil {
		return nil, no
	}
	result := keysXML{UserName: user.name}
	for _, k := range user.keys {
		result.Keys = append(result.Keys, k.xml())
	}
	return result, nil
}

type lastUsedXML struct {
	UserName string
	LastUsed struct {
		Region       string
		ServiceName  string
		LastUsedDate string `xml:",omitempty"`
	} `xml:"AccessKeyLastUsed"`
}

func getAccessKeyLastUsed(c *apiCall) (any, *refusal) {
	key, no := c.targetKey()
	if no != nil {
		return nil, no
	}
	result := lastUsedXML{UserName: key.user.name}
	result.LastUsed.Region, result.LastUsed.ServiceName = "N/A", "N/A"
	if !key.lastUsed.IsZero() {
		result.LastUsed.Region, result.LastUsed.ServiceName = key.lastIn, strings.ToLower(key.lastFor)
		result.LastUsed.LastUsedDate = iamTime(key.lastUsed)
	}
	return result, nil
}

func iamTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
