package awstest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// listQuota is how many lists a second a sign-in may ask for.
// Source: users' measurements; AWS publishes none that are exact.
const listQuota = 20

// listing is where the next page of a list begins. It is good for the same list of
// the same sign-in.
type listing struct {
	of    string
	owner *portalSignin
	at    int
}

// defaultPage is how long a page is when a client does not say; AWS does not tell.
const defaultPage = 20

// bearerLocked finds the sign-in that the call's token belongs to. A token that
// lives is refused when its sign-in has ended.
func (c *restCall) bearerLocked() (*portalSignin, *refusal) {
	token := c.srv.sso.access[c.request.Header.Get("X-Amz-Sso_bearer_token")]
	now := c.srv.Now()
	if token == nil || token.revoked || !now.Before(token.expires) || !token.signin.live(now) || !token.signin.person.center.at(c.request.Host) {
		return nil, unauthorized()
	}
	c.record.Principal = token.signin.person.name
	if !token.client.mayUsePortal() {
		return nil, noAccess()
	}
	return token.signin, nil
}

// listerLocked is [restCall.bearerLocked] for what lists, which is refused when it
// comes too often.
func (c *restCall) listerLocked() (*portalSignin, *refusal) {
	signin, no := c.bearerLocked()
	if no != nil {
		return nil, no
	}
	now := c.srv.Now()
	signin.lists = slices.DeleteFunc(signin.lists, func(at time.Time) bool { return now.Sub(at).Abs() >= time.Second })
	if len(signin.lists) >= listQuota {
		return nil, tooManyRequests()
	}
	signin.lists = append(signin.lists, now)
	return signin, nil
}

type roleCredentialsJSON struct {
	Role struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
		Expiration      int64  `json:"expiration"` // milliseconds
	} `json:"roleCredentials"`
}

// getRoleCredentials is a session of a role that the person was assigned before it
// signed in. It lives as long as the permission set says, whatever the sign-in does.
func getRoleCredentials(c *restCall) (any, *refusal) {
	signin, no := c.bearerLocked()
	if no != nil {
		return nil, no
	}
	account, name := c.form.get("account_id"), c.form.get("role_name")
	if account == "" || name == "" {
		return nil, invalidRequest("sso")
	}
	given := signin.person.assignedLocked(account, name)
	if given == nil || given.order > signin.assigned {
		return nil, noAccess()
	}
	made := c.srv.issueLocked(session{
		account: given.account, role: given.role(), roleSession: signin.person.name,
	}, int(given.set.session.Seconds()))
	var out roleCredentialsJSON
	out.Role.AccessKeyID, out.Role.SecretAccessKey, out.Role.SessionToken = made.keyID, made.secret, made.token
	out.Role.Expiration = made.expires.UnixMilli()
	return out, nil
}

type accountJSON struct {
	ID    string `json:"accountId"`
	Name  string `json:"accountName"`
	Email string `json:"emailAddress"`
}

// listAccounts are the accounts that the person was assigned anything in.
func listAccounts(c *restCall) (any, *refusal) {
	signin, no := c.listerLocked()
	if no != nil {
		return nil, no
	}
	all := []accountJSON{}
	for _, given := range signin.person.assignments {
		a := given.account
		all = append(all, accountJSON{a.id, a.name, "aws+" + a.id + "@example.com"})
	}
	slices.SortFunc(all, func(a, b accountJSON) int { return strings.Compare(a.ID, b.ID) })
	page, next, no := pageOf(c, signin, "accounts", slices.Compact(all))
	if no != nil {
		return nil, no
	}
	return struct {
		List []accountJSON `json:"accountList"`
		Next *string       `json:"nextToken"`
	}{page, next}, nil
}

type roleJSON struct {
	Name    string `json:"roleName"`
	Account string `json:"accountId"`
}

// listAccountRoles are the person's permission sets in an account, those too that
// its sign-in is too old for.
func listAccountRoles(c *restCall) (any, *refusal) {
	signin, no := c.listerLocked()
	if no != nil {
		return nil, no
	}
	account := c.form.get("account_id")
	if account == "" {
		return nil, invalidRequest("sso")
	}
	all := []roleJSON{}
	for _, given := range signin.person.assignments {
		if given.account.id == account {
			all = append(all, roleJSON{given.set.name, account})
		}
	}
	if len(all) == 0 {
		return nil, noAccess()
	}
	slices.SortFunc(all, func(a, b roleJSON) int { return strings.Compare(a.Name, b.Name) })
	page, next, no := pageOf(c, signin, "roles of "+account, all)
	if no != nil {
		return nil, no
	}
	return struct {
		List []roleJSON `json:"roleList"`
		Next *string    `json:"nextToken"`
	}{page, next}, nil
}

// pageOf cuts the page that was asked for out of a list.
func pageOf[E any](c *restCall, owner *portalSignin, of string, all []E) ([]E, *string, *refusal) {
	size := defaultPage
	if c.form.has("max_result") {
		n, err := strconv.Atoi(c.form.get("max_result"))
		if err != nil || n < 1 || n > 100 {
			return nil, nil, portalRefusal("InvalidRequestException", "ResultSize parameter must be within the valid limits of: 1-100")
		}
		size = n
	}
	at := 0
	if token := c.form.get("next_token"); token != "" {
		from := c.srv.sso.pages[token]
		if from == nil || from.of != of || from.owner != owner {
			return nil, nil, invalidRequest("sso")
		}
		at = min(from.at, len(all))
	}
	end := min(at+size, len(all))
	if end == len(all) {
		return all[at:], nil, nil
	}
	next := newToken("AQ")
	c.srv.sso.pages[next] = &listing{of, owner, end}
	return all[at:end], &next, nil
}

// logout ends the sign-in, and with it all of its tokens; sessions of roles live on.
func logout(c *restCall) (any, *refusal) {
	signin, no := c.bearerLocked()
	if no != nil {
		return nil, no
	}
	signin.over = true
	return nil, nil
}
