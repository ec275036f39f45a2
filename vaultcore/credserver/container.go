package credserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

// containerTime is how long a container endpoint lets a request wait. botocore gives up
// after 2 s, and asks three times.
const containerTime = 1500 * time.Millisecond

// rolePath is before the ARN of a role that is assumed from the profile, as in
// aws-vault's server.
const rolePath = "/role-arn/"

// container is the endpoint that ECS has for a container, for one profile:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
type container struct {
	profile Profile
	fetcher *fetcher
	token   *tokenCheck
	end     func() // of the server: somebody is guessing
}

func newContainer(p Profile, life context.Context, token vaultcore.Secret, end func()) *container {
	return &container{p, newFetcher(p.Source, life, containerTime), newTokenCheck(token), end}
}

// serve answers one request.
func (c *container) serve(w http.ResponseWriter, r *http.Request, _ localhttp.Peer) {
	if !allows(w, r, http.MethodGet) {
		return
	}
	if ok, guessed := c.token.accepts(r.Header.Get("Authorization")); !ok {
		unauthorized(w)
		if guessed {
			go c.end()
		}
		return
	}
	profile, ok := c.asked(r)
	if !ok {
		refuse(w, http.StatusForbidden, "Forbidden", "no profile in the config file assumes that role from the profile that is served")
		return
	}
	credentials, err := c.fetcher.get(r.Context(), profile)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, containerReply{
		credentials.AccessKeyID, credentials.SecretAccessKey.Reveal(), credentials.SessionToken.Reveal(),
		expiration(credentials, time.Now()), credentials.AccountID,
	})
}

// asked is the profile that a request is about: that which is served, or one that
// assumes a role from it.
func (c *container) asked(r *http.Request) (string, bool) {
	arn, ok := strings.CutPrefix(r.URL.Path, rolePath)
	switch {
	case r.URL.Path == "/" || r.URL.Path == "":
		return c.profile.Name, true
	case !ok || c.profile.Role == nil:
		return "", false
	default:
		return c.profile.Role(r.Context(), arn)
	}
}

// containerReply is what SDKs read. botocore fails without Token or Expiration.
type containerReply struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      string
	AccountID       string `json:"AccountId,omitempty"`
}

// maxMessage is how many characters of an error SDKs are told.
const maxMessage = 500

// failure is what SDKs show of an error.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// fail says why there are no credentials. 503 is for what passes: SDKs ask again.
func fail(w http.ResponseWriter, err error) {
	status, code := http.StatusInternalServerError, "Failed"
	for _, row := range []struct {
		kind   error
		status int
		code   string
	}{
		{vaultcore.ErrLocked, http.StatusServiceUnavailable, "Locked"},
		{vaultcore.ErrNobodyToAsk, http.StatusServiceUnavailable, "PersonNeeded"},
		{vaultcore.ErrBusy, http.StatusServiceUnavailable, "Busy"},
		{vaultcore.ErrNoAnswer, http.StatusServiceUnavailable, "NoAnswer"},
		{vaultcore.ErrRefused, http.StatusForbidden, "Refused"},
		{vaultcore.ErrNoProfile, http.StatusNotFound, "NoProfile"},
		{vaultcore.ErrNoCredentials, http.StatusNotFound, "NoCredentials"},
	} {
		if errors.Is(err, row.kind) {
			status, code = row.status, row.code
			break
		}
	}
	refuse(w, status, code, vaultcore.PrintableUpTo(err.Error(), maxMessage))
}

func unauthorized(w http.ResponseWriter) {
	refuse(w, http.StatusUnauthorized, "Unauthorized", "the token is not the one of this server")
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, failure{code, message})
}

// reply sends JSON.
func reply(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // all that is sent are strings
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who asked may have left
}
