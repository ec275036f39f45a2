package awstest

import (
	"bytes"
	"crypto/subtle"
	"encoding/xml"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// maxBody is AWS's limit of a query request.
const maxBody = 10_000_000

// apiCall is one call of STS or IAM under way.
type apiCall struct {
	srv     *Server
	id      string
	service string
	action  string
	form    parameters
	now     time.Time
	caller  *principal
	record  *Call
}

// operation is one action of a service. It runs with the server's lock held
// and returns the result element, or nil where AWS has none.
type operation struct {
	service  string
	run      func(*apiCall) (any, *refusal)
	unsigned bool
}

// operations are the actions by version and name.
func operations() map[string]operation {
	all := map[string]operation{}
	for action, run := range stsOperations() {
		all["2011-06-15 "+action] = operation{service: "sts", run: run}
	}
	all["2011-06-15 AssumeRoleWithWebIdentity"] = operation{service: "sts", run: assumeRoleWithWebIdentity, unsigned: true}
	for action, run := range iamOperations() {
		all["2010-05-08 "+action] = operation{service: "iam", run: run}
	}
	return all
}

// serveAPI answers a call of STS or IAM.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	c := &apiCall{srv: s, id: newRequestID(), form: readForm(r, body)}
	c.action = c.form.get("Action")
	service := "sts"
	if c.form.get("Version") == "2010-05-08" {
		service = "iam"
	}
	c.record = s.arrived(&Call{Service: service, Action: c.action}, r, c.form)
	s.observe(w, r, c.record, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, body) })
}

// readBody reads the whole body and leaves it to be read again.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, false
	}
	if len(body) > maxBody {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return nil, false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, true
}

// observe answers a recorded call, or lets a fault have it if one waits for it.
func (s *Server) observe(w http.ResponseWriter, r *http.Request, record *Call, answer http.HandlerFunc) {
	seen := &statusWriter{ResponseWriter: w}
	seen.Header().Set("Date", s.httpDate())
	defer s.left(record, seen)
	if wait(r, s.options.Delay) != nil {
		panic(http.ErrAbortHandler)
	}
	if fault := s.nextFault(record.Action); fault != nil {
		record.set("fault") // until the real answer, if there is one, says otherwise
		fault(seen, r, answer)
		return
	}
	answer(seen, r)
}

// serve answers as AWS would.
func (c *apiCall) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	if !c.form.has("Action") {
		c.redirect(w, r)
		return
	}
	result, no := c.run(r, body)
	header := w.Header()
	header.Set("Content-Type", "text/xml")
	header.Set("X-Amzn-Requestid", c.id)
	header.Set("Date", c.srv.httpDate())
	if no != nil {
		c.record.set(no.code)
		w.WriteHeader(no.status)
		_, _ = w.Write(c.refusalXML(no))
		return
	}
	c.record.set("")
	_, _ = w.Write(c.resultXML(result))
}

// redirect is AWS's answer to a request that names no action: to the page
// about IAM.
func (c *apiCall) redirect(w http.ResponseWriter, r *http.Request) {
	c.record.set("redirect")
	location := "https://aws.amazon.com/iam"
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

// run holds the server's lock: a call is one step of the world.
func (c *apiCall) run(r *http.Request, body []byte) (any, *refusal) {
	version := c.form.get("Version")
	op, ok := c.srv.operations[version+" "+c.action]
	if !ok {
		if !c.form.has("Version") {
			version = "NO_VERSION_SPECIFIED"
		}
		no := refuse(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version %s", c.action, version)
		no.fault = true
		return nil, no
	}
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.service, c.now = op.service, c.srv.Now()
	if op.unsigned {
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Amz-Security-Token") != "" {
			return nil, signedInVain()
		}
		return op.run(c)
	}
	if no := c.authenticateLocked(r, body); no != nil {
		return nil, no
	}
	return op.run(c)
}

// statusWriter remembers what was sent, for the log of calls.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write sends the header first, as http does.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func formEncoded(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded"
}

// readForm reads the parameters of a post's body or a get's query.
func readForm(r *http.Request, body []byte) parameters {
	text := r.URL.RawQuery
	if r.Method == http.MethodPost && formEncoded(r) {
		text = string(body)
	}
	values, _ := url.ParseQuery(text)
	return parameters{values}
}

// metadata is at the end of every good reply.
type metadata struct {
	RequestID string `xml:"RequestId"`
}

func (c *apiCall) resultXML(result any) []byte {
	return indented(c.action+"Response", c.namespace(nil), func(e *xml.Encoder) {
		if result != nil {
			_ = e.EncodeElement(result, element(c.action+"Result"))
		}
		_ = e.EncodeElement(metadata{c.id}, element("ResponseMetadata"))
	})
}

func (c *apiCall) refusalXML(no *refusal) []byte {
	fault := struct {
		Type, Code string
		Message    string `xml:",omitempty"`
	}{"Sender", no.code, no.message}
	if no.status >= http.StatusInternalServerError {
		fault.Type = "Receiver"
	}
	return indented("ErrorResponse", c.namespace(no), func(e *xml.Encoder) {
		_ = e.EncodeElement(fault, element("Error"))
		_ = e.EncodeElement(c.id, element("RequestId"))
	})
}

func (c *apiCall) namespace(no *refusal) string {
	switch {
	case no != nil && no.fault:
		return faultNamespace
	case c.service == "iam":
		return iamNamespace
	default:
		return stsNamespace
	}
}

// indented writes a document the way AWS lays it out. Encoding these values
// into memory cannot fail.
func indented(name, namespace string, inside func(*xml.Encoder)) []byte {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	root := element(name)
	root.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}
	_ = e.EncodeToken(root)
	inside(e)
	_ = e.EncodeToken(root.End())
	_ = e.Close()
	b.WriteByte('\n')
	return b.Bytes()
}

func element(name string) xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: name}}
}

// sameText compares without telling by its time where the texts differ.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
