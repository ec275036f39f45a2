package awstest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The two clients of `aws login`; nobody registers others.
const (
	sameDevice  = "arn:aws:signin:::devtools/same-device"
	crossDevice = "arn:aws:signin:::devtools/cross-device"
)

// The lifetimes of `aws login`. How long a code is good AWS does not tell.
const (
	loginLife            = 12 * time.Hour
	loginCredentialsLife = 15 * time.Minute
)

// loginState is what `aws login` has to remember; the server's lock guards it.
type loginState struct {
	requests map[string]*loginRequest // by the id in the page's form
	codes    map[string]*loginCode
	refresh  map[string]*login // by refresh token, old ones too
	proofs   map[string]bool   // the ids of the DPoP proofs that were seen
}

func newLoginState() loginState {
	return loginState{
		requests: map[string]*loginRequest{}, codes: map[string]*loginCode{}, refresh: map[string]*login{}, proofs: map[string]bool{},
	}
}

// login is a sign-in of `aws login`: who it is, and the key that its tokens are
// bound to.
type login struct {
	who      *principal
	client   string
	ends     time.Time
	password int    // how often it had been changed
	key      jwk    // bound at the first token
	current  string // the refresh token that is good
}

// loginRequest is what a browser's person is asked.
type loginRequest struct {
	client string
	back   callback
	as     map[string]*principal // who may be chosen, by ARN
}

type loginCode struct {
	login   *login
	back    callback
	expires time.Time
}

// serveLogin is where `aws login` sends its person's browser.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	c := &pageCall{srv: s, form: parameters{r.URL.Query()}}
	c.record = s.arrived(&Call{Service: "signin", Action: "AuthorizeOAuth2Access"}, r, c.form)
	s.observe(w, r, c.record, c.login)
}

func (c *pageCall) login(w http.ResponseWriter, r *http.Request) {
	asked := &loginRequest{client: c.form.get("client_id"), back: callback{c.form.get("redirect_uri"), c.form.get("state"), c.form.get("code_challenge")}}
	if !c.srv.loginRedirect(asked, r) {
		c.badRequest(w, "Invalid client or redirect URI")
		return
	}
	if c.form.get("response_type") != "code" || c.form.get("scope") != "openid" || asked.back.state == "" ||
		c.form.get("code_challenge_method") != "SHA-256" || len(asked.back.challenge) != len(challengeOf("")) {
		c.record.set("invalid_request")
		http.Redirect(w, r, asked.back.to("error", "invalid_request"), http.StatusFound)
		return
	}
	c.record.set("")
	c.srv.mu.Lock()
	id := randomText(idAlphabet, 32)
	asked.as = c.srv.loginsLocked(r)
	c.srv.login.requests[id] = asked
	var names []string
	for arn := range asked.as {
		names = append(names, arn)
	}
	c.srv.mu.Unlock()
	slices.Sort(names)
	c.write(w, formPage{
		Title: "Sign in to a program on this computer", Line: "Which session does it get?", Action: "/v1/authorize/answer", Request: id, Names: names, Buttons: allowButtons,
	})
}

// loginRedirect says whether a client may be answered where it wants to be.
func (s *Server) loginRedirect(asked *loginRequest, r *http.Request) bool {
	u, err := url.Parse(asked.back.redirect)
	switch {
	case err != nil:
		return false
	case asked.client == sameDevice:
		return loopback(asked.back.redirect) && u.Path == "/oauth/callback" && u.Port() != ""
	case asked.client == crossDevice:
		return u.Host == r.Host && u.Path == "/v1/sessions/confirmation"
	}
	return false
}

// loginsLocked are the identities to choose from: all users, and who the browser is
// in the console.
func (s *Server) loginsLocked(r *http.Request) map[string]*principal {
	all := map[string]*principal{}
	for _, account := range s.accounts {
		for _, user := range account.users {
			all[user.ARN()] = &principal{account: account, user: user}
		}
		all[account.root.ARN()] = &principal{account: account, user: account.root}
	}
	if visitor := s.visitorLocked(r); visitor != nil && visitor.who.session.federated == "" {
		all[visitor.who.arn()] = visitor.who
	}
	return all
}

// loginAnswer takes the answer, once.
func (c *pageCall) loginAnswer(w http.ResponseWriter, r *http.Request) {
	c.srv.mu.Lock()
	id := c.form.get("request")
	asked, to := c.srv.login.requests[id], ""
	if asked != nil && r.Method == http.MethodPost {
		delete(c.srv.login.requests, id)
		to = c.loginAnswerLocked(asked)
	}
	c.srv.mu.Unlock()
	if to == "" {
		c.badRequest(w, "This request is over, or nobody of that name can sign in")
		return
	}
	http.Redirect(w, r, to, http.StatusFound)
}

// loginAnswerLocked is where the browser goes; "" for nowhere.
func (c *pageCall) loginAnswerLocked(asked *loginRequest) string {
	who := asked.as[c.form.get("name")]
	if who == nil {
		return ""
	}
	c.record.Principal = who.arn()
	user := who.asUser()
	if c.form.get("answer") != "allow" || user != nil && user.deniesLocked("signin:AuthorizeOAuth2Access", true) {
		c.record.Code = "access_denied"
		return asked.back.to("error", "access_denied")
	}
	now := c.srv.Now()
	made := &login{who: who, client: asked.client, ends: now.Add(loginLife)}
	if user != nil {
		made.password = user.password
	} else if who.session.expires.Before(made.ends) {
		made.ends = who.session.expires
	}
	code := c.srv.sso.give(newToken(""))
	c.srv.login.codes[code] = &loginCode{made, asked.back, now.Add(codeLife)}
	return asked.back.to("code", code)
}

// serveConfirmation shows what a person brings to a program on another computer.
func (s *Server) serveConfirmation(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	answer := "state=" + query.Get("state") + "&code=" + query.Get("code")
	s.page(w, http.StatusOK, "Your authorization code", base64.StdEncoding.EncodeToString([]byte(answer)))
}

// ChangePassword ends the user's sign-ins of `aws login`, as a new password does.
func (u *User) ChangePassword() {
	u.account.srv.mu.Lock()
	defer u.account.srv.mu.Unlock()
	u.password++
}
