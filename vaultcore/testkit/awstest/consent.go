package awstest

import (
	"html/template"
	"net/http"
	"slices"
)

// pageCall is one request of a page for people.
type pageCall struct {
	srv    *Server
	form   parameters
	record *Call
}

// badRequest refuses by a page.
func (c *pageCall) badRequest(w http.ResponseWriter, message string) {
	c.record.set("BadRequest")
	c.srv.page(w, http.StatusBadRequest, "Something doesn't compute", message+".")
}

// formPage is a page that asks its person for one answer.
type formPage struct {
	Title, Line, Action, Request string
	Names                        []string // to choose from: who signs in
	Buttons                      []button
	Play                         *Visitor // answers in the place of a person
}

type button struct{ Value, Text string }

var signInButton = []button{{"allow", "Sign in"}}

// allowButtons are the answers to the question for consent.
var allowButtons = []button{{"allow", "Allow access"}, {"refuse", "Deny access"}}

var formTemplate = template.Must(template.New("form").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Line}}</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="request" value="{{.Request}}">
{{if .Names}}<select name="name">{{range .Names}}<option>{{.}}</option>{{end}}</select>
{{end}}{{range .Buttons}}<button name="answer" value="{{.Value}}">{{.Text}}</button>
{{end}}</form>
{{with .Play}}<script>
const names = document.querySelector("select"), answer = document.querySelector("button[value=" + {{.Answer}} + "]")
if (names) names.value = {{.Name}};
(answer || document.querySelector("button")).click()
</script>
{{end}}</body>
</html>
`))

// write writes a page that asks.
func (c *pageCall) write(w http.ResponseWriter, page formPage) {
	c.srv.mu.Lock()
	page.Play = c.srv.played
	c.srv.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = formTemplate.Execute(w, page)
}

const portalCookie = "awstest-portal"

// browserLocked is the sign-in that the browser has with an instance; nil for none.
func (s *Server) browserLocked(r *http.Request, center *IdentityCenter) *portalSignin {
	cookie, err := r.Cookie(portalCookie)
	if err != nil {
		return nil
	}
	signin := s.sso.cookies[cookie.Value]
	if !signin.live(s.Now()) || signin.person.center != center {
		return nil
	}
	return signin
}

// ask asks the browser's person: to sign in first, if nobody is; and not at all for
// a client that was allowed during this sign-in. A device code is always asked for.
func (c *pageCall) ask(w http.ResponseWriter, r *http.Request, asked *consent) {
	c.srv.mu.Lock()
	signin := c.srv.browserLocked(r, asked.center)
	if signin != nil && signin.allowed[asked.client] && asked.device == nil {
		to := c.srv.allowLocked(asked, signin)
		c.srv.mu.Unlock()
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	id := randomText(idAlphabet, 32)
	c.srv.sso.requests[id] = asked
	var names []string
	for name := range asked.center.people {
		names = append(names, name)
	}
	c.srv.mu.Unlock()
	slices.Sort(names)
	if signin == nil {
		c.write(w, formPage{Title: "Sign in", Line: asked.center.startURL, Action: "/portal/signin", Request: id, Names: names, Buttons: signInButton})
		return
	}
	c.write(w, asked.page(id))
}

// page is the question.
func (asked *consent) page(id string) formPage {
	line := asked.client.name + " asks for access to your accounts."
	if asked.device != nil {
		line = "Confirm that this code is what you see in the program: " + asked.device.userCode + ". " + line
	}
	return formPage{Title: "Allow " + asked.client.name + " to access your data?", Line: line, Action: "/portal/consent", Request: id, Buttons: allowButtons}
}

// servePortal is where the forms go.
func (s *Server) servePortal(service, action string, run func(*pageCall, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := readBody(w, r)
		if !ok {
			return
		}
		c := &pageCall{srv: s, form: readForm(r, body)}
		c.record = s.arrived(&Call{Service: service, Action: action}, r, c.form)
		s.observe(w, r, c.record, func(w http.ResponseWriter, r *http.Request) { run(c, w, r) })
	}
}

// signIn signs the browser in as the person of a name, and asks on.
func (c *pageCall) signIn(w http.ResponseWriter, r *http.Request) {
	c.srv.mu.Lock()
	asked := c.srv.sso.requests[c.form.get("request")]
	var person *Person
	if asked != nil && r.Method == http.MethodPost {
		person = asked.center.people[c.form.get("name")]
	}
	cookie := c.srv.sso.give(randomText(idAlphabet, 40))
	if person != nil {
		c.srv.sso.cookies[cookie] = person.signInLocked(c.srv.Now())
		c.record.Principal, c.record.Code = person.name, ""
	}
	c.srv.mu.Unlock()
	if person == nil {
		c.badRequest(w, "Nobody of that name can sign in")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: portalCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	c.write(w, asked.page(c.form.get("request")))
}

// answer takes the answer to a question for consent, once.
func (c *pageCall) answer(w http.ResponseWriter, r *http.Request) {
	c.srv.mu.Lock()
	id, answer := c.form.get("request"), c.form.get("answer")
	asked := c.srv.sso.requests[id]
	var signin *portalSignin
	if asked != nil && r.Method == http.MethodPost {
		signin = c.srv.browserLocked(r, asked.center)
	}
	to := ""
	if signin != nil {
		delete(c.srv.sso.requests, id)
		c.record.Principal, c.record.Code = signin.person.name, ""
		if answer == "allow" {
			to = c.srv.allowLocked(asked, signin)
		} else {
			to = c.srv.refuseLocked(asked)
		}
	}
	c.srv.mu.Unlock()
	switch {
	case signin == nil:
		c.badRequest(w, "This request is over")
	case to != "":
		http.Redirect(w, r, to, http.StatusFound)
	case answer == "allow":
		c.srv.page(w, http.StatusOK, "Request approved", "You can close this window and go on with your program.")
	default:
		c.srv.page(w, http.StatusOK, "Request denied", "You can close this window.")
	}
}
