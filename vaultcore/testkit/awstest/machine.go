package awstest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// machine is what credentials this computer has by itself: as an EC2 instance, and as
// a container of ECS.
type machine struct {
	instance   *holder
	tokens     map[string]time.Time // of IMDSv2: until when each is good
	containers map[string]*holder   // by the last part of their address
}

// holder is who has been given a role, and the credentials that it has now.
type holder struct {
	role  *Role
	name  string // of its session
	token string // a container's: what Authorization must say; empty for nothing
	made  *session
}

const (
	metadataTTL   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	metadataToken = "X-Aws-Ec2-Metadata-Token"
	rolesPath     = "/latest/meta-data/iam/security-credentials/"
	containerPath = "/v2/credentials/"
)

// machineLife is how long the credentials of a machine live. AWS replaces them long
// before they end.
const machineLife = 6 * time.Hour

// InstanceRole makes this computer an EC2 instance with the role in its profile; nil
// takes the role away. Its metadata are served by version 2 alone.
func (s *Server) InstanceRole(role *Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machine.instance = nil
	if role != nil {
		s.machine.instance = &holder{role: role, name: "i-" + randomText("0123456789abcdef", 17)}
	}
}

// Container is the address where a container with the role gets its credentials. Where
// token is not empty, Authorization must hold it.
func (s *Server) Container(role *Role, token string) (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := newRequestID()
	s.machine.containers[id] = &holder{role: role, name: strings.ReplaceAll(id, "-", ""), token: token}
	if token != "" {
		s.tokens = append(s.tokens, token)
	}
	return s.URL() + containerPath + id
}

// nowLocked are the credentials of a holder, made anew when half of their life is over.
func (h *holder) nowLocked(s *Server) *session {
	if h.made == nil || h.made.expires.Sub(s.Now()) < machineLife/2 {
		h.made = s.issueLocked(session{account: h.role.account, role: h.role, roleSession: h.name}, int(machineLife/time.Second))
	}
	return h.made
}

// machineCall is one request for what the machine knows. What it says is written as
// it is, or with a status alone.
type machineCall struct {
	srv     *Server
	request *http.Request
	record  *Call
}

// serveMachine answers requests of one action, a status other than 200 being a refusal.
func (s *Server) serveMachine(service, action string, run func(*machineCall) (status int, header http.Header, body string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &machineCall{srv: s, request: r}
		c.record = s.arrived(&Call{Service: service, Action: action}, r, parameters{r.URL.Query()})
		s.observe(w, r, c.record, func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			status, header, body := run(c)
			s.mu.Unlock()
			for name := range header {
				w.Header().Set(name, header.Get(name))
			}
			code := ""
			if status != http.StatusOK {
				code = strconv.Itoa(status)
			}
			c.record.set(code)
			w.Header().Set("Date", s.httpDate())
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
}

// session opens a session of IMDSv2. A request that a proxy has forwarded gets none.
func (c *machineCall) session() (int, http.Header, string) {
	ttl, err := strconv.Atoi(c.request.Header.Get(metadataTTL))
	switch {
	case c.request.Method != http.MethodPut:
		return http.StatusMethodNotAllowed, nil, ""
	case c.request.Header.Get("X-Forwarded-For") != "":
		return http.StatusForbidden, nil, ""
	case err != nil || ttl < 1 || ttl > 21600:
		return http.StatusBadRequest, nil, ""
	}
	token := randomText(secretAlphabet[:62]+"-_", 56)
	c.srv.tokens = append(c.srv.tokens, token)
	c.srv.machine.tokens[token] = c.srv.Now().Add(time.Duration(ttl) * time.Second)
	return http.StatusOK, http.Header{metadataTTL: {strconv.Itoa(ttl)}, "Content-Type": {"text/plain"}}, token
}

// roles lists the instance's one role, or gives its credentials.
func (c *machineCall) roles() (int, http.Header, string) {
	until, known := c.srv.machine.tokens[c.request.Header.Get(metadataToken)]
	name := strings.TrimPrefix(c.request.URL.Path, rolesPath)
	held := c.srv.machine.instance
	switch {
	case !known || !c.srv.Now().Before(until):
		return http.StatusUnauthorized, nil, ""
	case c.request.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, nil, ""
	case held == nil || name != "" && name != held.role.name:
		return http.StatusNotFound, nil, ""
	case name == "":
		return http.StatusOK, http.Header{"Content-Type": {"text/plain"}}, held.role.name
	}
	made := held.nowLocked(c.srv)
	return http.StatusOK, http.Header{"Content-Type": {"text/plain"}}, object(map[string]string{
		"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": c.srv.Now().UTC().Format(time.RFC3339),
		"AccessKeyId": made.keyID, "SecretAccessKey": made.secret, "Token": made.token, "Expiration": made.expires.Format(time.RFC3339),
	})
}

// container gives the credentials of one container.
func (c *machineCall) container() (int, http.Header, string) {
	held := c.srv.machine.containers[strings.TrimPrefix(c.request.URL.Path, containerPath)]
	asJSON := http.Header{"Content-Type": {"application/json"}}
	switch {
	case c.request.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, nil, ""
	case held == nil:
		return http.StatusNotFound, asJSON, object(map[string]string{"code": "NoIdInRequest", "message": "Credentials not found"})
	case !sameText(c.request.Header.Get("Authorization"), held.token):
		return http.StatusUnauthorized, asJSON, object(map[string]string{"code": "AccessDeniedException", "message": "Unauthorized"})
	}
	made := held.nowLocked(c.srv)
	return http.StatusOK, asJSON, object(map[string]string{
		"RoleArn": held.role.ARN(), "AccessKeyId": made.keyID, "SecretAccessKey": made.secret, "Token": made.token, "Expiration": made.expires.Format(time.RFC3339),
	})
}

func object(values map[string]string) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // it is made of texts
	}
	return string(text)
}
