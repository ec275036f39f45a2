package awstest

import (
	"html/template"
	"net/http"
	"strings"
	"time"
)

// console is a browser's session of the console.
type console struct {
	who     *principal
	expires time.Time
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title>{{if .Reload}}<meta http-equiv="refresh" content="1">{{end}}</head>
<body>
<h1>{{.Title}}</h1>
{{range .Lines}}<p>{{.}}</p>
{{end}}</body>
</html>
`))

// visitorLocked is who the browser is signed in as; nil for nobody.
func (s *Server) visitorLocked(r *http.Request) *console {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	visitor := s.cookies[cookie.Value]
	if visitor == nil || !s.Now().Before(visitor.expires) {
		return nil
	}
	return visitor
}

// serveConsole is every page of the console: it tells who is signed in, and
// what was asked for.
func (s *Server) serveConsole(w http.ResponseWriter, r *http.Request) {
	record := s.arrived(&Call{Service: "console", Action: r.URL.Path}, r, parameters{r.URL.Query()})
	s.observe(w, r, record, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		visitor := s.visitorLocked(r)
		record.Code = ""
		if visitor != nil {
			record.Principal = visitor.who.arn()
		}
		s.mu.Unlock()
		if visitor == nil {
			record.set("SignedOut")
			s.page(w, http.StatusUnauthorized, "Sign in", "Nobody is signed in to the console.")
			return
		}
		s.page(w, http.StatusOK, "Console", visitor.describe(r)...)
	})
}

// ReloadPages makes every page reload itself each second from now on, as a
// person does who wants to know who a browser is signed in as.
func (s *Server) ReloadPages() { s.reload.Store(true) }

// describe is what a page of the console says.
func (c *console) describe(r *http.Request) []string {
	service, region := asked(r)
	lines := []string{
		"Identity: " + c.who.arn(),
		"Account: " + c.who.account.id,
		"Service: " + service,
		"Region: " + region,
		"Ends: " + c.expires.UTC().Format(time.RFC3339),
	}
	if c.who.session.federated != "" && !c.who.session.policy {
		lines = append(lines, "Permissions: none, since GetFederationToken was given no policy")
	}
	return lines
}

// asked reads the service and the region from a console address, of the form
// [/console/HOST]/SERVICE/home?region=REGION.
func asked(r *http.Request) (service, region string) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	host := ""
	if parts[0] == "console" {
		parts = append(parts[1:], "")
		if strings.Contains(parts[0], ".") {
			host, parts = parts[0], append(parts[1:], "")
		}
	}
	service, region = parts[0], r.URL.Query().Get("region")
	if prefix, _, ok := strings.Cut(host, ".console."); ok && region == "" {
		region = prefix
	}
	if service == "" {
		service = "console"
	}
	if region == "" {
		region = "global"
	}
	return service, region
}
