package awstest

import (
	"net/http"
	"slices"
	"time"
)

// Call is what the server noted of one request.
type Call struct {
	Time        time.Time // by AWS's clock
	Service     string    // sts, iam, signin, console, sso-oidc, sso, imds or ecs
	Action      string    // of the console, the path
	Method      string
	AccessKeyID string // as it was claimed
	Principal   string // the caller's ARN; empty when it was not established
	Params      map[string]string
	UserAgent   string
	Status      int    // 0 while under way, and when the connection was cut
	Code        string // AWS's error code; "fault" when an injected fault answered; empty when all was well

	srv *Server
}

// OK says whether AWS did what it was asked for and said so.
func (c Call) OK() bool { return c.Status >= 200 && c.Status < 400 && c.Code == "" }

// masked are the parameters that Params shows as "[secret]".
func masked(name string) bool {
	return slices.Contains([]string{
		"TokenCode", "Session", "SigninToken", "clientSecret", "code", "codeVerifier", "deviceCode", "refreshToken", "WebIdentityToken",
	}, name)
}

func maskedCopy(form parameters) map[string]string {
	params := map[string]string{}
	for name := range form.values {
		params[name] = form.get(name)
		if masked(name) {
			params[name] = "[secret]"
		}
	}
	return params
}

// arrived begins the record of a call.
func (s *Server) arrived(call *Call, r *http.Request, form parameters) *Call {
	call.Method, call.UserAgent, call.Params = r.Method, r.UserAgent(), maskedCopy(form)
	s.mu.Lock()
	defer s.mu.Unlock()
	call.srv, call.Time = s, s.Now()
	s.calls = append(s.calls, call)
	return call
}

// left completes the record, also when a fault cuts the connection.
func (s *Server) left(call *Call, seen *statusWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.Status = seen.status
}

// set notes how AWS itself answered.
func (c *Call) set(code string) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.Code = code
}

// Calls returns all requests so far, oldest first. It is a copy.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]Call, len(s.calls))
	for i, call := range s.calls {
		calls[i] = *call
	}
	return calls
}

// Count is how many requests for the action arrived, refused ones included;
// of all actions when it is empty.
func (s *Server) Count(action string) int {
	return s.count(func(c *Call) bool { return action == "" || c.Action == action })
}

// CountOK is how many requests for the action were granted.
func (s *Server) CountOK(action string) int {
	return s.count(func(c *Call) bool { return c.Action == action && c.OK() })
}

func (s *Server) count(counts func(*Call) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, call := range s.calls {
		if counts(call) {
			n++
		}
	}
	return n
}

// ResetCalls forgets the requests so far.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// AcceptedCodes returns the MFA codes that were accepted, oldest first.
func (s *Server) AcceptedCodes() []AcceptedCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]AcceptedCode(nil), s.accepted...)
}
