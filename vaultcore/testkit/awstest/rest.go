package awstest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
)

// restCall is one call under way of a service that speaks JSON: the OIDC service
// and the portal of Identity Center, and the sign-in of `aws login`.
type restCall struct {
	srv     *Server
	form    parameters // of the query, or of the body's object
	request *http.Request
	record  *Call
}

// restOperation is an action of such a service. It runs with the server's lock
// held and returns the reply's object; nil for an empty reply.
type restOperation struct {
	service string
	action  string
	method  string
	run     func(*restCall) (any, *refusal)
}

// restOperations are the actions by path.
func restOperations() map[string]restOperation {
	return map[string]restOperation{
		"/client/register":        {"sso-oidc", "RegisterClient", http.MethodPost, registerClient},
		"/device_authorization":   {"sso-oidc", "StartDeviceAuthorization", http.MethodPost, startDeviceAuthorization},
		"/token":                  {"sso-oidc", "CreateToken", http.MethodPost, createToken},
		"/federation/credentials": {"sso", "GetRoleCredentials", http.MethodGet, getRoleCredentials},
		"/assignment/accounts":    {"sso", "ListAccounts", http.MethodGet, listAccounts},
		"/assignment/roles":       {"sso", "ListAccountRoles", http.MethodGet, listAccountRoles},
		"/logout":                 {"sso", "Logout", http.MethodPost, logout},
		"/v1/token":               {"signin", "CreateOAuth2Token", http.MethodPost, createOAuth2Token},
	}
}

// serveREST answers a call. No client signs these: who does has mixed up its
// credentials, and is refused.
func (s *Server) serveREST(op restOperation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := readBody(w, r)
		if !ok {
			return
		}
		form, valid := readObject(r, body)
		c := &restCall{srv: s, form: form, request: r}
		c.record = s.arrived(&Call{Service: op.service, Action: op.action}, r, form)
		s.observe(w, r, c.record, func(w http.ResponseWriter, r *http.Request) {
			result, no := any(nil), invalidRequest(op.service)
			if valid && r.Method == op.method && r.Header.Get("Authorization") == "" {
				result, no = c.run(op)
			}
			w.Header().Set("Date", s.httpDate())
			w.Header().Set("X-Amzn-Requestid", newRequestID())
			if no != nil {
				c.record.set(no.code)
				writeRefusal(w, op.service, no)
				return
			}
			c.record.set("")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusOK)
			if result != nil {
				_ = json.NewEncoder(w).Encode(result)
			}
		})
	}
}

// run holds the server's lock: a call is one step of the world.
func (c *restCall) run(op restOperation) (any, *refusal) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return op.run(c)
}

// readObject reads the query of a get, or the JSON object of a post, whose values
// are texts and lists of texts; false when it is something else.
func readObject(r *http.Request, body []byte) (parameters, bool) {
	if r.Method == http.MethodGet || len(body) == 0 {
		return parameters{r.URL.Query()}, true
	}
	values := url.Values{}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "" && kind != "application/json" {
		return parameters{values}, false
	}
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return parameters{values}, false
	}
	valid := true
	for name, value := range object {
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, one := range list {
			text, isText := one.(string)
			valid = valid && (isText || one == nil)
			if isText {
				values.Add(name, text)
			}
		}
	}
	return parameters{values}, valid
}

// writeRefusal writes an error the way the service does.
func writeRefusal(w http.ResponseWriter, service string, no *refusal) {
	body := map[string]string{"message": no.message}
	switch service {
	case "sso-oidc":
		w.Header().Set("X-Amzn-Errortype", no.code+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/")
		body = map[string]string{"error": oidcErrors[no.code].word, "error_description": no.message}
		if no.word != "" {
			body["reason"] = no.word
		}
	case "sso":
		body["__type"] = "com.amazonaws.switchboard.portal#" + no.code
	default:
		w.Header().Set("X-Amzn-Errortype", no.code)
		body["error"] = no.word
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(body)
}

// invalidRequest is the answer to what is no request of the service.
func invalidRequest(service string) *refusal {
	switch service {
	case "sso-oidc":
		return oidcRefusal("InvalidRequestException")
	case "sso":
		return portalRefusal("InvalidRequestException", "Invalid request provided")
	default:
		return loginRefusal("ValidationException", "INVALID_REQUEST")
	}
}
