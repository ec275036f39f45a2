package awstest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault makes API calls go wrong.
type Fault struct {
	// Action is which calls it hits; all when empty.
	Action string
	// Times is how many it hits; 0 for every one until [Server.ClearFaults].
	Times int
	// Kind is what happens to them.
	Kind Kind
}

// Kind is what a fault does to a call: it answers itself, or lets AWS answer
// and changes how that arrives. A kind that never lets AWS answer leaves the
// world as it was: no code is used up, no session made.
type Kind func(w http.ResponseWriter, r *http.Request, aws http.Handler)

// Fault adds a fault behind those that wait already: the first that fits a call
// takes it.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults that wait; calls in their hold stay there.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// nextFault takes the call's fault, if any.
func (s *Server) nextFault(action string) Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Action != "" && f.Action != action {
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		f.Times--
		return f.Kind
	}
	return nil
}

// Throttle says that there were too many calls, as the service says it.
func Throttle(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	plain(w, r, throttled(serviceOf(r)))
}

// ThrottleFor is [Throttle] that says how many seconds to wait.
func ThrottleFor(seconds int) Kind {
	return func(w http.ResponseWriter, r *http.Request, aws http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		Throttle(w, r, aws)
	}
}

// Status answers with an error of that status.
func Status(code int) Kind {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		name := "InternalFailure"
		if code == http.StatusServiceUnavailable {
			name = "ServiceUnavailable"
		}
		plain(w, r, refuse(code, name, "%s", http.StatusText(code)))
	}
}

// Refuse answers with an error by its name: an exception of Identity Center's, as
// "InvalidGrantException", a word of the sign-in of `aws login`, as "TOKEN_EXPIRED",
// or a code of STS's, as "IDPRejectedClaim". The OIDC service gives a reason for some.
func Refuse(name string, reason ...string) Kind {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		var no *refusal
		switch serviceOf(r) {
		case "sso-oidc":
			no = oidcRefusal(name)
			no.word = strings.Join(reason, "")
		case "sso":
			no = portalRefusal(name, "Injected")
		case "signin":
			no = loginRefusal("AccessDeniedException", name)
		default:
			no = refuse(http.StatusBadRequest, name, "Injected")
			if slices.Contains([]string{"AccessDenied", "IDPRejectedClaim", "RegionDisabledException"}, name) {
				no.status = http.StatusForbidden
			}
		}
		plain(w, r, no)
	}
}

// Unauthorized is the portal's answer to a token that it does not know, to one that
// it does know.
func Unauthorized(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	plain(w, r, unauthorized())
}

// serviceOf is the service that speaks JSON at the request's path; "" for none.
func serviceOf(r *http.Request) string { return restOperations()[r.URL.Path].service }

// plain writes a refusal that no operation had a part in, the way its service does.
func plain(w http.ResponseWriter, r *http.Request, no *refusal) {
	if service := serviceOf(r); service != "" {
		writeRefusal(w, service, no)
		return
	}
	no.fault = true
	c := &apiCall{id: newRequestID()}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-Requestid", c.id)
	w.WriteHeader(no.status)
	_, _ = w.Write(c.refusalXML(no))
}

// Hang never answers: it holds the call until the client gives up or the
// server closes.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// Drop cuts the connection without a byte.
func Drop(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// DropMidBody lets AWS do its work, a code is used up and a session made, and
// cuts the connection in the middle of the reply.
func DropMidBody(w http.ResponseWriter, r *http.Request, aws http.Handler) {
	reply := recorded(r, aws)
	send(w, reply, reply.Body.Bytes()[:reply.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Slow answers rightly after d.
func Slow(d time.Duration) Kind {
	return func(w http.ResponseWriter, r *http.Request, aws http.Handler) {
		if wait(r, d) != nil {
			panic(http.ErrAbortHandler)
		}
		aws.ServeHTTP(w, r)
	}
}

// HTML answers 200 with a web page, as a captive portal does.
func HTML(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<!DOCTYPE html><html><body><h1>Welcome to the guest network</h1></body></html>\n")
}

// EchoBody500 answers 500 with the request's body and Authorization header in
// its message, as careless proxies do.
func EchoBody500(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	body, _ := io.ReadAll(r.Body)
	no := refuse(http.StatusInternalServerError, "InternalFailure", "cannot handle %s with Authorization: %s, X-Amz-Security-Token: %s, bearer %s",
		body, r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"), r.Header.Get("X-Amz-Sso_bearer_token"))
	plain(w, r, no)
}

// BadXML lets AWS do its work and answers 200 with a reply that breaks off in
// the middle, though its length is right.
func BadXML(w http.ResponseWriter, r *http.Request, aws http.Handler) {
	reply := recorded(r, aws)
	half := reply.Body.Bytes()[:reply.Body.Len()/2]
	reply.Header().Set("Content-Length", strconv.Itoa(len(half)))
	send(w, reply, half)
}

// WrongDate answers rightly with a Date that is an hour ahead of AWS's clock.
func WrongDate(w http.ResponseWriter, r *http.Request, aws http.Handler) {
	reply := recorded(r, aws)
	date, err := http.ParseTime(reply.Header().Get("Date"))
	if err == nil {
		reply.Header().Set("Date", date.Add(time.Hour).Format(http.TimeFormat))
	}
	send(w, reply, reply.Body.Bytes())
}

// recorded is what AWS would have sent.
func recorded(r *http.Request, aws http.Handler) *httptest.ResponseRecorder {
	reply := httptest.NewRecorder()
	aws.ServeHTTP(reply, r)
	return reply
}

// send writes a recorded reply's head, with its true length unless another is
// set, and a body.
func send(w http.ResponseWriter, reply *httptest.ResponseRecorder, body []byte) {
	for name, values := range reply.Header() {
		w.Header()[name] = values
	}
	if w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(reply.Body.Len()))
	}
	w.WriteHeader(reply.Code)
	_, _ = io.Copy(w, bytes.NewReader(body))
}

// wait lets d pass, unless the client leaves or the server closes before.
func wait(r *http.Request, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

// AnsweringFor lets AWS do its work, and has its reply name another account.
func AnsweringFor(account string) Kind {
	return func(w http.ResponseWriter, r *http.Request, aws http.Handler) {
		reply := recorded(r, aws)
		body := accountIn.ReplaceAll(reply.Body.Bytes(), []byte("${1}"+account+"${2}"))
		reply.Header().Set("Content-Length", strconv.Itoa(len(body)))
		send(w, reply, body)
	}
}

// accountIn is an account in a reply of STS's.
var accountIn = regexp.MustCompile(`(::|<Account>)\d{12}(:|</Account>)`)
