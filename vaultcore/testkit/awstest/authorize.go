package awstest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// consent is a question that the person at a browser is asked: may this client act
// for you?
type consent struct {
	client *registration
	center *IdentityCenter
	back   callback
	device *deviceCode // that it is about; nil for the authorize endpoint
}

// callback is where a browser brings its answer.
type callback struct {
	redirect  string
	state     string
	challenge string
}

// to is the callback with an answer.
func (b callback) to(name, value string) string {
	query := url.Values{name: {value}, "state": {b.state}}
	u, err := url.Parse(b.redirect)
	if err != nil {
		return b.redirect // it was checked before
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// serveAuthorize is where a program sends its person's browser. What may be wrong
// with the client or its redirect is told on a page, all else to the program.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	c := &pageCall{srv: s, form: parameters{r.URL.Query()}}
	c.record = s.arrived(&Call{Service: "sso-oidc", Action: "Authorize"}, r, c.form)
	s.observe(w, r, c.record, c.authorize)
}

func (c *pageCall) authorize(w http.ResponseWriter, r *http.Request) {
	c.srv.mu.Lock()
	asked, problem, code := c.askedLocked()
	c.srv.mu.Unlock()
	switch {
	case code != "":
		c.record.set(code)
		http.Redirect(w, r, asked.back.to("error", code), http.StatusFound)
	case problem != "":
		c.badRequest(w, problem)
	default:
		c.record.set("")
		c.ask(w, r, asked)
	}
}

// askedLocked reads the query: what the person is to be asked, or a problem for the
// page, or the error code that the program gets.
func (c *pageCall) askedLocked() (asked *consent, problem, code string) {
	client := c.srv.sso.registrations[c.form.get("client_id")]
	if client == nil || !c.srv.Now().Before(client.expires) || client.center == nil {
		return nil, "Invalid client", ""
	}
	asked = &consent{client: client, center: client.center, back: callback{c.form.get("redirect_uri"), c.form.get("state"), c.form.get("code_challenge")}}
	if !client.redirectsTo(asked.back.redirect) {
		return nil, "Invalid redirect URI", ""
	}
	scopes := strings.Fields(c.form.get("scopes") + " " + c.form.get("scope"))
	switch {
	case c.form.get("response_type") != "code":
		return asked, "", "unsupported_response_type"
	case !client.mayGrant(codeGrant):
		return asked, "", "unauthorized_client"
	case slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(client.scopes, scope) }):
		return asked, "", "invalid_scope"
	case asked.back.state == "", c.form.get("code_challenge_method") != "S256", len(asked.back.challenge) != len(challengeOf("")):
		return asked, "", "invalid_request"
	}
	return asked, "", ""
}

// serveDevice is the page for the code that a program shows.
func (s *Server) serveDevice(w http.ResponseWriter, r *http.Request) {
	c := &pageCall{srv: s, form: parameters{r.URL.Query()}}
	c.record = s.arrived(&Call{Service: "sso-oidc", Action: "Device"}, r, c.form)
	s.observe(w, r, c.record, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		device := s.deviceLocked(c.form.get("user_code"))
		s.mu.Unlock()
		if device == nil {
			c.badRequest(w, "The code that you entered is invalid or has expired")
			return
		}
		c.record.set("")
		c.ask(w, r, &consent{client: device.client, center: device.center, device: device})
	})
}

// allowLocked notes that a person allowed it, and returns where the browser goes;
// "" for nowhere.
func (s *Server) allowLocked(asked *consent, signin *portalSignin) string {
	signin.allowed[asked.client] = true
	if asked.device != nil {
		asked.device.signin = signin
		return ""
	}
	code := s.sso.give(newToken(""))
	s.sso.codes[code] = &authorizationCode{
		client: asked.client, signin: signin, redirect: asked.back.redirect, challenge: asked.back.challenge, expires: s.Now().Add(codeLife),
	}
	return asked.back.to("code", code)
}

// refuseLocked notes that a person refused it.
func (s *Server) refuseLocked(asked *consent) string {
	if asked.device != nil {
		asked.device.refused = true
		return ""
	}
	return asked.back.to("error", "access_denied")
}
