package awstest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// signinToken asks for a sign-in token; duration "" leaves it out. It returns
// the status and the token.
func signinToken(t *testing.T, srv *Server, as creds, method, duration string) (int, string) {
	t.Helper()
	session, _ := json.Marshal(map[string]string{"sessionId": as.id, "sessionKey": as.secret, "sessionToken": as.token})
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if duration != "" {
		form.Set("SessionDuration", duration)
	}
	var res *http.Response
	var err error
	if method == http.MethodPost {
		res, err = http.PostForm(srv.URL()+"/federation", form)
	} else {
		res, err = http.Get(srv.URL() + "/federation?" + form.Encode())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct{ SigninToken string }
	_ = json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out.SigninToken
}

func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func visit(t *testing.T, b *http.Client, address string) (int, string) {
	t.Helper()
	res, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func loginURL(srv *Server, token, destination string) string {
	return srv.URL() + "/federation?" + url.Values{
		"Action": {"login"}, "Issuer": {"vaultbar"}, "Destination": {destination}, "SigninToken": {token},
	}.Encode()
}

const ec2Console = "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"

// mustAssume is a role's session, as somebody.
func (w small) mustAssume(t *testing.T, as creds) creds {
	t.Helper()
	out, err := w.assume(t, as, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ofSession(out.Credentials)
}

func TestWhoMaySignIn(t *testing.T) {
	w := newSmall(t, Trust{})
	federated, err := ofKey(w.key).sts(w.srv).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("ann")})
	if err != nil {
		t.Fatal(err)
	}
	direct, chained := w.mustAssume(t, ofKey(w.key)), w.mustAssume(t, w.mustSession(t, ""))
	broken := direct
	broken.secret = newSecretKey()
	cases := map[string]struct {
		as       creds
		duration string
		status   int
	}{
		"role":                     {direct, "", 200},
		"role, 12 h":               {direct, "43200", 200},
		"role, too long":           {direct, "43201", 400},
		"role, too short":          {direct, "899", 400},
		"role, no number":          {direct, "1h", 400},
		"chained":                  {chained, "", 200},
		"chained, duration":        {chained, "3600", 400},
		"federated":                {ofSession(federated.Credentials), "", 200},
		"federated, duration":      {ofSession(federated.Credentials), "3600", 400},
		"GetSessionToken":          {w.mustSession(t, ""), "", 400},
		"GetSessionToken with MFA": {w.mustSession(t, w.device.FreshCode()), "", 400},
		"long-term key":            {ofKey(w.key), "", 400},
		"wrong secret":             {broken, "", 400},
	}
	for name, c := range cases {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if status, token := signinToken(t, w.srv, c.as, method, c.duration); status != c.status || (status == 200) != (token != "") {
				t.Errorf("%s, %s: got %d, want %d", name, method, status, c.status)
			}
		}
	}
	w.srv.SetClockOffset(2 * time.Hour)
	if status, _ := signinToken(t, w.srv, direct, http.MethodPost, ""); status != 400 {
		t.Errorf("an ended session got %d", status)
	}
}

func TestSignInToTheConsole(t *testing.T) {
	w := newSmall(t, Trust{})
	b := browser(t)
	if status, _ := visit(t, b, w.srv.URL()+"/ec2/home"); status != 401 {
		t.Errorf("the console is open to strangers: %d", status)
	}
	_, token := signinToken(t, w.srv, w.mustAssume(t, ofKey(w.key)), http.MethodPost, "")
	status, text := visit(t, b, loginURL(w.srv, token, ec2Console))
	for _, want := range []string{"Identity: arn:aws:sts::111111111111:assumed-role/admin/test", "Account: 111111111111", "Service: ec2", "Region: eu-west-1"} {
		if status != 200 || !strings.Contains(text, want) {
			t.Fatalf("got %d without %q: %s", status, want, text)
		}
	}
	if status, text := visit(t, b, w.srv.URL()+"/iam/home"); status != 200 || !strings.Contains(text, "Service: iam") || !strings.Contains(text, "Region: global") {
		t.Errorf("another page: %d %s", status, text)
	}
	if status, _ := visit(t, browser(t), loginURL(w.srv, token, ec2Console)); status != 400 {
		t.Errorf("a used token got %d", status)
	}
	w.srv.SetClockOffset(61 * time.Minute)
	if status, _ := visit(t, b, w.srv.URL()+"/iam/home"); status != 401 {
		t.Errorf("the console outlives the session: %d", status)
	}
	if w.srv.Count("login") != 2 || w.srv.CountOK("login") != 1 || w.srv.Count("getSigninToken") != 1 {
		t.Errorf("calls: %+v", w.srv.Calls())
	}
	for _, call := range w.srv.Calls() {
		if strings.Contains(call.Params["Session"]+call.Params["SigninToken"], token) {
			t.Errorf("a sign-in token is in the log: %+v", call)
		}
	}
}

func TestAFederatedUserWithoutAPolicyMayDoNothing(t *testing.T) {
	w := newSmall(t, Trust{})
	for _, policy := range []*string{nil, aws.String("{}")} {
		out, err := ofKey(w.key).sts(w.srv).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("ann"), Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		_, token := signinToken(t, w.srv, ofSession(out.Credentials), http.MethodPost, "")
		status, text := visit(t, browser(t), loginURL(w.srv, token, ec2Console))
		if status != 200 || strings.Contains(text, "Permissions: none") != (policy == nil) {
			t.Errorf("with policy %v: %d %s", policy, status, text)
		}
	}
}

func TestSignInRefusals(t *testing.T) {
	w := newSmall(t, Trust{})
	as := w.mustAssume(t, ofKey(w.key))
	fresh := func() string {
		_, token := signinToken(t, w.srv, as, http.MethodPost, "")
		return token
	}
	for _, destination := range []string{"", "https://example.com/", "https://console.aws.amazon.com.example.com/", "http://console.aws.amazon.com/", "javascript:alert(1)"} {
		if status, _ := visit(t, browser(t), loginURL(w.srv, fresh(), destination)); status != 400 {
			t.Errorf("sent on to %q: %d", destination, status)
		}
	}
	late := fresh()
	w.srv.SetClockOffset(15 * time.Minute)
	if status, _ := visit(t, browser(t), loginURL(w.srv, late, ec2Console)); status != 400 {
		t.Errorf("a token of 15 min got %d", status)
	}
	if status, _ := visit(t, browser(t), w.srv.URL()+"/federation?Action=open"); status != 400 {
		t.Errorf("an unknown action got %d", status)
	}
}

func TestOneIdentityABrowserUntilItSignsOut(t *testing.T) {
	w := newSmall(t, Trust{})
	first := w.mustAssume(t, ofKey(w.key))
	w.role = w.account.Role("other", Trust{Principals: []string{w.ann.ARN()}})
	second := w.mustAssume(t, ofKey(w.key))
	b := browser(t)
	_, token := signinToken(t, w.srv, first, http.MethodPost, "")
	visit(t, b, loginURL(w.srv, token, w.srv.URL()+"/console/"))
	_, token = signinToken(t, w.srv, second, http.MethodPost, "")
	login := loginURL(w.srv, token, w.srv.URL()+"/console/")
	if status, text := visit(t, b, login); status != 400 || !strings.Contains(text, "You must first log out") {
		t.Errorf("a second identity: %d %s", status, text)
	}
	logout := w.srv.URL() + "/oauth?Action=logout&redirect_uri="
	if status, _ := visit(t, b, logout+url.QueryEscape("https://example.com/")); status != 400 {
		t.Errorf("signing out leads away: %d", status)
	}
	if status, text := visit(t, b, logout+url.QueryEscape(login)); status != 200 || !strings.Contains(text, "assumed-role/other/") {
		t.Errorf("after signing out: %d %s", status, text)
	}
}

// Everything that was given out is listed, used tokens too, and pages reload when
// they are told to.
func TestIssuedAndReloads(t *testing.T) {
	w := newSmall(t, Trust{})
	as := w.mustAssume(t, ofKey(w.key))
	_, token := signinToken(t, w.srv, as, http.MethodPost, "")
	b := browser(t)
	login := w.srv.URL() + "/federation?" + url.Values{"Action": {"login"}, "SigninToken": {token}, "Destination": {w.srv.URL() + "/s3/home"}}.Encode()
	if status, page := visit(t, b, login); status != http.StatusOK || strings.Contains(page, "refresh") {
		t.Errorf("%d: %s", status, page)
	}
	for _, secret := range []string{token, as.secret, as.token} {
		if !slices.Contains(w.srv.Issued(), secret) {
			t.Error("a secret is not listed")
		}
	}
	w.srv.ReloadPages()
	if _, page := visit(t, b, w.srv.URL()+"/s3/home"); !strings.Contains(page, `http-equiv="refresh"`) {
		t.Errorf("it does not reload: %s", page)
	}
}
