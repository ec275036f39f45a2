package awstest

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// request is a call of GetCallerIdentity as AWS's own signer signs it, and how
// it differs from a right one.
type request struct {
	as      creds
	method  string
	target  string // path and query
	body    string
	service string
	region  string
	at      time.Time
	before  func(*http.Request) // what is signed too
	after   func(*http.Request) // what comes later
}

const identityForm = "Action=GetCallerIdentity&Version=2011-06-15"

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	text    string
	XMLName xml.Name
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

func (q request) send(t *testing.T, srv *Server) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), q.method, srv.URL()+q.target, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	if q.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if q.before != nil {
		q.before(r)
	}
	as := aws.Credentials{AccessKeyID: q.as.id, SecretAccessKey: q.as.secret, SessionToken: q.as.token}
	if err := v4.NewSigner().SignHTTP(context.Background(), as, r, hexHash([]byte(q.body)), q.service, q.region, q.at); err != nil {
		t.Fatal(err)
	}
	if q.after != nil {
		q.after(r)
	}
	return sendRequest(t, r)
}

func sendRequest(t *testing.T, r *http.Request) reply {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{status: res.StatusCode, header: res.Header, text: string(body)}
	if res.Header.Get("Content-Type") == "text/xml" {
		if err := xml.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func (w small) request(as creds) request {
	return request{as: as, method: http.MethodPost, target: "/", body: identityForm, service: "sts", region: testRegion, at: w.srv.Now()}
}

func TestSignaturesOfAWSsOwnSigner(t *testing.T) {
	w := newSmall(t, Trust{})
	good := map[string]func(*request){
		"post": func(*request) {},
		"get":  func(q *request) { q.method, q.target, q.body = http.MethodGet, "/?"+identityForm, "" },
		"query": func(q *request) {
			q.method, q.target, q.body = http.MethodGet, "/?"+identityForm+"&"+url.Values{
				"b c": {"2", "1"}, "a": {"", "x/y~ü+="}, "a-b": {"1"}, "d": {"1"}, "e": {"1"}, "B": {"1"}, "é": {"1"},
			}.Encode(), ""
		},
		"headers": func(q *request) {
			q.before = func(r *http.Request) {
				r.Header["X-Amz-Meta-Two"] = []string{"  a   b ", "c"}
				r.Header.Set("X-Amz-Empty", "")
			}
		},
		"session": func(q *request) { q.as = w.mustSession(t, "") },
		"old":     func(q *request) { q.at = q.at.Add(-4 * time.Minute) },
		"early":   func(q *request) { q.at = q.at.Add(4 * time.Minute) },
	}
	for name, change := range good {
		t.Run(name, func(t *testing.T) {
			q := w.request(ofKey(w.key))
			change(&q)
			if got := q.send(t, w.srv); got.status != http.StatusOK || !strings.Contains(got.text, w.ann.ARN()) {
				t.Errorf("refused: %d %s %s", got.status, got.Code, got.Message)
			}
		})
	}
}

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

func TestSignatureRefusals(t *testing.T) {
	noon := time.Date(2031, 5, 4, 12, 0, 0, 0, time.UTC)
	srv := NewServer(t, Options{Region: testRegion, Now: func() time.Time { return noon }})
	w := small{srv: srv, account: srv.Account("111111111111")}
	w.ann = w.account.User("ann")
	w.key = w.ann.NewKey()
	session, other := w.mustSessionAt(noon), w.mustSessionAt(noon)
	inactive, deleted := w.ann.NewKey(), w.ann.NewKey()
	inactive.SetActive(false)
	deleted.Delete()
	china := srv.Account("333333333333", InPartition("aws-cn")).User("chen").NewKey()
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	cases := map[string]struct {
		change  func(*request)
		status  int
		code    string
		message string
	}{
		"wrong secret":     {func(q *request) { q.as.secret = newSecretKey() }, 403, "SignatureDoesNotMatch", mismatch},
		"changed body":     {func(q *request) { q.after = func(r *http.Request) { changeBody(r, identityForm+"&x=1") } }, 403, "SignatureDoesNotMatch", mismatch},
		"changed header":   {func(q *request) { q.after = set("Content-Type", "application/x-www-form-urlencoded") }, 403, "SignatureDoesNotMatch", mismatch},
		"changed query":    {func(q *request) { q.after = func(r *http.Request) { r.URL.RawQuery = "x=1" } }, 403, "SignatureDoesNotMatch", mismatch},
		"unsigned host":    {func(q *request) { q.after = replace(";host;", ";") }, 403, "SignatureDoesNotMatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"no header":        {func(q *request) { q.after = func(r *http.Request) { r.Header.Del("Authorization") } }, 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
		"other scheme":     {func(q *request) { q.after = set("Authorization", "Basic YTpi") }, 400, "IncompleteSignature", "Unsupported AWS 'algorithm': 'Basic'."},
		"no signature":     {func(q *request) { q.after = replace("Signature=", "Sign=") }, 400, "IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256"},
		"bad date":         {func(q *request) { q.after = set("X-Amz-Date", "201") }, 400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"},
		"region":           {func(q *request) { q.region = "eu-west-1" }, 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "},
		"service":          {func(q *request) { q.service = "iam" }, 403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'. "},
		"both":             {func(q *request) { q.region, q.service = "eu-west-1", "s3" }, 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. "},
		"terminator":       {func(q *request) { q.after = replace("aws4_request", "aws5") }, 403, "SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. "},
		"scope's date":     {func(q *request) { q.after = replace("/20310504/", "/20310503/") }, 403, "SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20310503' != '20310504', from '20310504T120000Z'. "},
		"slow clock":       {func(q *request) { q.at = noon.Add(-6 * time.Minute) }, 403, "SignatureDoesNotMatch", "Signature expired: 20310504T115400Z is now earlier than 20310504T115500Z (20310504T120000Z - 5 min.)"},
		"fast clock":       {func(q *request) { q.at = noon.Add(6 * time.Minute) }, 403, "SignatureDoesNotMatch", "Signature not yet current: 20310504T120600Z is still later than 20310504T120500Z (20310504T120000Z + 5 min.)"},
		"unknown key":      {func(q *request) { q.as.id = "AKIA" + randomText(idAlphabet, 16) }, 403, "InvalidClientTokenId", noToken},
		"inactive key":     {func(q *request) { q.as = ofKey(inactive) }, 403, "InvalidClientTokenId", noToken},
		"deleted key":      {func(q *request) { q.as = ofKey(deleted) }, 403, "InvalidClientTokenId", noToken},
		"other partition":  {func(q *request) { q.as = ofKey(china) }, 403, "InvalidClientTokenId", noToken},
		"no token":         {func(q *request) { q.as = creds{session.id, session.secret, ""} }, 403, "InvalidClientTokenId", noToken},
		"mixed-up token":   {func(q *request) { q.as = creds{session.id, session.secret, other.token} }, 403, "InvalidClientTokenId", noToken},
		"token on key":     {func(q *request) { q.as.token = session.token }, 403, "InvalidClientTokenId", noToken},
		"unsigned token":   {func(q *request) { q.as, q.after = session, replace(";x-amz-security-token", "") }, 403, "SignatureDoesNotMatch", "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."},
		"mixed-up secret":  {func(q *request) { q.as = creds{session.id, other.secret, session.token} }, 403, "SignatureDoesNotMatch", mismatch},
		"token, bad both":  {func(q *request) { q.as = creds{session.id, other.secret, other.token} }, 403, "InvalidClientTokenId", noToken},
		"scope over token": {func(q *request) { q.as.token, q.region = session.token, "eu-west-1" }, 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := w.request(ofKey(w.key))
			c.change(&q)
			got := q.send(t, srv)
			if got.status != c.status || got.Code != c.code || got.Message != c.message {
				t.Errorf("got  %d %s %q\nwant %d %s %q", got.status, got.Code, got.Message, c.status, c.code, c.message)
			}
			if got.XMLName.Space != stsNamespace || got.header.Get("X-Amzn-Requestid") == "" || !strings.Contains(got.text, got.header.Get("X-Amzn-Requestid")) {
				t.Errorf("namespace %q or request id is wrong in %s", got.XMLName.Space, got.text)
			}
		})
	}
}

// mustSessionAt makes a session without a call, for a server whose clock the
// SDK does not have.
func (w small) mustSessionAt(time.Time) creds {
	w.srv.mu.Lock()
	defer w.srv.mu.Unlock()
	s := w.srv.issueLocked(session{account: w.account, user: w.ann}, anHour)
	return creds{s.keyID, s.secret, s.token}
}

func changeBody(r *http.Request, body string) {
	r.Body = io.NopCloser(strings.NewReader(body))
	r.ContentLength = int64(len(body))
}

func TestTheFrontDoor(t *testing.T) {
	w := newSmall(t, Trust{})
	for _, c := range []struct {
		body    string
		status  int
		message string
	}{
		{"Action=NoSuchAction&Version=2011-06-15", 400, "Could not find operation NoSuchAction for version 2011-06-15"},
		{"Action=GetCallerIdentity", 400, "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"},
		{"Action=GetCallerIdentity&Version=2010-05-08", 400, "Could not find operation GetCallerIdentity for version 2010-05-08"},
		{"Action=&Version=2011-06-15", 400, "Could not find operation  for version 2011-06-15"},
		{"Action=GetCallerIdentity&Action=X&Version=2011-06-15", 200, ""},
		{"Version=2011-06-15", 302, ""},
	} {
		q := w.request(ofKey(w.key))
		q.body = c.body
		got := q.send(t, w.srv)
		if got.status != c.status || got.Message != c.message {
			t.Errorf("%s: got %d %q", c.body, got.status, got.Message)
		}
		if c.status == 400 && (got.Code != "InvalidAction" || got.XMLName.Space != faultNamespace) {
			t.Errorf("%s: got %s in %s", c.body, got.Code, got.XMLName.Space)
		}
		if c.status == 302 && got.header.Get("Location") != "https://aws.amazon.com/iam" {
			t.Errorf("%s: sent to %s", c.body, got.header.Get("Location"))
		}
	}
	q := w.request(ofKey(w.key))
	q.body = identityForm + "&x=" + strings.Repeat("v", maxBody)
	if got := q.send(t, w.srv); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over the limit: %d", got.status)
	}
}

// The reply of GetCallerIdentity, byte by byte as AWS lays it out.
func TestReplyLayout(t *testing.T) {
	w := newSmall(t, Trust{})
	got := w.request(ofKey(w.key)).send(t, w.srv)
	want := fmt.Sprintf(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>%s</Arn>
    <UserId>%s</UserId>
    <Account>111111111111</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>%s</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`, w.ann.ARN(), w.ann.id, got.header.Get("X-Amzn-Requestid"))
	if got.text != want {
		t.Errorf("got  %s\nwant %s", got.text, want)
	}
}

func TestTheClockIsAWSs(t *testing.T) {
	w := newSmall(t, Trust{})
	w.srv.SetClockOffset(72 * time.Hour)
	got := w.request(ofKey(w.key)).send(t, w.srv)
	date, err := http.ParseTime(got.header.Get("Date"))
	if err != nil || got.status != http.StatusOK {
		t.Fatal(got.status, err)
	}
	if ahead := time.Until(date); ahead < 71*time.Hour || ahead > 73*time.Hour {
		t.Errorf("Date is %v ahead, want 72 h", ahead)
	}
}
