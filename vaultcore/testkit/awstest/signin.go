package awstest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// signin is a sign-in token that waits to be used, once.
type signin struct {
	who     *principal
	expires time.Time     // of the token
	session time.Duration // how long the console may be used
}

// signinLife is how long a sign-in URL is good.
const signinLife = 15 * time.Minute

// serveFederation is the console's sign-in for temporary credentials:
// getSigninToken trades them for a token, login trades that for a cookie.
func (s *Server) serveFederation(w http.ResponseWriter, r *http.Request) {
	actions := map[string]func(*signinCall, http.ResponseWriter, *http.Request){
		"getSigninToken": (*signinCall).getToken,
		"login":          (*signinCall).login,
	}
	s.serveSignin(w, r, actions)
}

// serveLogout ends the console's session of the browser.
func (s *Server) serveLogout(w http.ResponseWriter, r *http.Request) {
	s.serveSignin(w, r, map[string]func(*signinCall, http.ResponseWriter, *http.Request){
		"logout": (*signinCall).logout,
	})
}

// signinCall is one call of the sign-in under way.
type signinCall struct {
	srv    *Server
	form   parameters
	record *Call
}

func (s *Server) serveSignin(w http.ResponseWriter, r *http.Request, actions map[string]func(*signinCall, http.ResponseWriter, *http.Request)) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	c := &signinCall{srv: s, form: readForm(r, body)}
	action := c.form.get("Action")
	c.record = s.arrived(&Call{Service: "signin", Action: action}, r, c.form)
	s.observe(w, r, c.record, func(w http.ResponseWriter, r *http.Request) {
		if run := actions[action]; run != nil {
			c.record.set("")
			run(c, w, r)
			return
		}
		c.badRequest(w, "Invalid action parameter")
	})
}

// badRequest is how the sign-in refuses everything: a page with status 400
// that says little.
func (c *signinCall) badRequest(w http.ResponseWriter, message string) {
	c.record.set("BadRequest")
	c.srv.page(w, http.StatusBadRequest, "HTTP Status 400", message+". The request sent by the client was syntactically incorrect.")
}

// getToken is Action=getSigninToken.
func (c *signinCall) getToken(w http.ResponseWriter, _ *http.Request) {
	var given struct{ SessionID, SessionKey, SessionToken string }
	if json.Unmarshal([]byte(c.form.get("Session")), &given) != nil {
		c.badRequest(w, "Invalid session parameter")
		return
	}
	c.srv.mu.Lock()
	token, message := c.tokenLocked(given.SessionID, given.SessionKey, given.SessionToken)
	c.srv.mu.Unlock()
	if message != "" {
		c.badRequest(w, message)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"SigninToken": token})
}

// tokenLocked makes a sign-in token, or says what is wrong.
func (c *signinCall) tokenLocked(id, key, token string) (string, string) {
	const invalid = "Invalid credentials parameter"
	c.record.AccessKeyID = id
	now := c.srv.Now()
	p, secret, no := c.srv.credentialLocked(id, []string{token})
	if no != nil || !sameText(secret, key) || p.alive(now) != nil {
		return "", invalid
	}
	c.record.Principal = p.arn()
	if p.asUser() != nil { // GetSessionToken cannot sign in
		return "", invalid
	}
	life, ok := c.sessionDuration(p.session, now)
	if !ok {
		return "", invalid
	}
	made := newSessionToken()
	c.srv.tokens = append(c.srv.tokens, made)
	c.srv.signins[made] = &signin{who: p, expires: now.Add(signinLife), session: life}
	return made, ""
}

// sessionDuration is how long the console may be used. To ask for it is a
// mistake but for a role that was assumed with a long-term key.
func (c *signinCall) sessionDuration(made *session, now time.Time) (time.Duration, bool) {
	if !c.form.has("SessionDuration") {
		return made.expires.Sub(now), true
	}
	seconds, err := strconv.Atoi(c.form.get("SessionDuration"))
	asked := err == nil && seconds >= 900 && seconds <= maxRoleSession
	return time.Duration(seconds) * time.Second, asked && made.role != nil && !made.chained && made.parent != ""
}

// login is Action=login: the URL that a browser is sent to.
func (c *signinCall) login(w http.ResponseWriter, r *http.Request) {
	destination, ok := c.srv.landing(c.form.get("Destination"))
	if !ok {
		c.badRequest(w, "Invalid destination parameter")
		return
	}
	c.srv.mu.Lock()
	cookie, message := c.srv.loginLocked(c.form.get("SigninToken"), c.srv.visitorLocked(r))
	if made := c.srv.cookies[cookie]; made != nil {
		c.record.Principal = made.who.arn()
	}
	c.srv.mu.Unlock()
	if message != "" {
		c.badRequest(w, message)
		return
	}
	setCookie(w, cookie)
	http.Redirect(w, r, destination, http.StatusFound)
}

// loginLocked uses a sign-in token up and makes a console session.
func (s *Server) loginLocked(token string, visitor *console) (string, string) {
	given, now := s.signins[token], s.Now()
	if given == nil || !now.Before(given.expires) {
		return "", "Token expired"
	}
	if visitor != nil && visitor.who.arn() != given.who.arn() {
		return "", "You must first log out before logging into a different AWS account"
	}
	delete(s.signins, token)
	cookie := randomText(idAlphabet, 40)
	s.cookies[cookie] = &console{who: given.who, expires: now.Add(given.session)}
	return cookie, ""
}

// logout ends the browser's session and goes on, within this server only.
func (c *signinCall) logout(w http.ResponseWriter, r *http.Request) {
	next := c.form.get("redirect_uri")
	if next != "" && !c.srv.own(next) {
		c.badRequest(w, "Invalid redirect_uri parameter")
		return
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		c.srv.mu.Lock()
		delete(c.srv.cookies, cookie.Value)
		c.srv.mu.Unlock()
	}
	setCookie(w, "")
	if next == "" {
		c.srv.page(w, http.StatusOK, "Signed out", "You have signed out of the console.")
		return
	}
	http.Redirect(w, r, next, http.StatusFound)
}

// own says whether a URL leads to this server.
func (s *Server) own(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme+"://"+u.Host == s.URL()
}

// consoleDomains are where AWS's consoles live.
const consoleDomains = "console.aws.amazon.com console.amazonaws-us-gov.com console.amazonaws.cn console.amazonaws-eusc.eu"

// landing is where a sign-in goes: this server's own console at once; a page of
// AWS's console at /console/HOST/PATH of this server, since nothing here leaves
// the machine. Anywhere else is refused.
func (s *Server) landing(destination string) (string, bool) {
	if s.own(destination) {
		return destination, true
	}
	u, err := url.Parse(destination)
	if err != nil || u.Scheme != "https" {
		return "", false
	}
	for domain := range strings.FieldsSeq(consoleDomains) {
		if u.Host == domain || strings.HasSuffix(u.Host, "."+domain) {
			local := url.URL{Path: "/console/" + u.Host + u.Path, RawQuery: u.RawQuery, Fragment: u.Fragment}
			return s.URL() + local.String(), true
		}
	}
	return "", false
}

const cookieName = "awstest-console"

// setCookie signs the browser in, or out when value is empty.
func setCookie(w http.ResponseWriter, value string) {
	cookie := &http.Cookie{Name: cookieName, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// page writes a small web page of lines of text.
func (s *Server) page(w http.ResponseWriter, status int, title string, lines ...string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, struct {
		Title  string
		Lines  []string
		Reload bool
	}{title, lines, s.reload.Load()})
}
