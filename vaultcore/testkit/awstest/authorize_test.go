package awstest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What is wrong with the client is told on a page; all else to the program.
func TestAuthorizeRefusals(t *testing.T) {
	d := newDirectory(t)
	c, w := d.register(t, nil), newWaiter(t)
	devices := d.register(t, forDevices)
	cases := map[string]struct {
		change    map[string]string
		wantError string // "" for a page
	}{
		"unknown client":   {map[string]string{"client_id": "x"}, ""},
		"client of device": {map[string]string{"client_id": *devices.id}, ""},
		"other host":       {map[string]string{"redirect_uri": "http://example.com/oauth/callback"}, ""},
		"localhost":        {map[string]string{"redirect_uri": "http://localhost:8080/oauth/callback"}, ""},
		"other path":       {map[string]string{"redirect_uri": "http://127.0.0.1:8080/"}, ""},
		"https":            {map[string]string{"redirect_uri": "https://127.0.0.1:8080/oauth/callback"}, ""},
		"implicit":         {map[string]string{"response_type": "token"}, "unsupported_response_type"},
		"scope":            {map[string]string{"scopes": "sso:account:access codewhisperer:completions"}, "invalid_scope"},
		"other scope":      {map[string]string{"scope": "codewhisperer:completions"}, "invalid_scope"},
		"no state":         {map[string]string{"state": ""}, "invalid_request"},
		"no challenge":     {map[string]string{"code_challenge": ""}, "invalid_request"},
		"plain challenge":  {map[string]string{"code_challenge_method": "plain"}, "invalid_request"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			query := w.query(c)
			for name, value := range test.change {
				query.Set(name, value)
			}
			page, err := Visitor{Name: "ann"}.Visit(t.Context(), NewBrowser(), d.srv.URL()+"/authorize?"+query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			if test.wantError == "" {
				if page.Status != http.StatusBadRequest {
					t.Errorf("a page of status %d", page.Status)
				}
				return
			}
			if answer := <-w.answers; answer.Get("error") != test.wantError || answer.Has("code") || answer.Get("state") != query.Get("state") {
				t.Errorf("the program got %v", answer)
			}
		})
	}
}

func TestConsentRefusedAndRemembered(t *testing.T) {
	d := newDirectory(t)
	c, w := d.register(t, nil), newWaiter(t)
	address := d.srv.URL() + "/authorize?" + w.query(c).Encode()
	visit := func(v Visitor, browser *http.Client) url.Values {
		if _, err := v.Visit(t.Context(), browser, address); err != nil {
			t.Fatal(err)
		}
		return <-w.answers
	}
	browser := NewBrowser()
	if answer := visit(Visitor{Name: "ann", Refuse: true}, browser); answer.Get("error") != "access_denied" || answer.Get("state") != "some state" || answer.Has("code") {
		t.Errorf("refused, the program got %v", answer)
	}
	first := visit(Visitor{Name: "ann"}, browser)
	asked := d.srv.Count("Consent")
	second := visit(Visitor{Name: "nobody"}, browser) // who is signed in is not asked
	if d.srv.Count("Consent") != asked || second.Get("code") == "" || second.Get("code") == first.Get("code") {
		t.Errorf("asked again, or not: %v", second)
	}
	page, err := Visitor{Name: "eve"}.Visit(t.Context(), NewBrowser(), address)
	if err != nil || page.Status != http.StatusBadRequest {
		t.Errorf("a stranger signed in: %d, %v", page.Status, err)
	}
}

func TestSignedCallsAreRefused(t *testing.T) {
	d := newDirectory(t)
	key := d.account.User("bob").NewKey()
	for _, target := range []string{"/client/register", "/token", "/assignment/accounts", "/logout"} {
		q := small{srv: d.srv}.request(ofKey(key))
		q.method, q.target, q.service, q.body = restOperations()[target].method, target, "sso-oauth", ""
		if got := q.send(t, d.srv); got.status != http.StatusBadRequest || !strings.Contains(got.text, "Invalid request") {
			t.Errorf("%s: %d %s", target, got.status, got.text)
		}
	}
}

// An invalid_grant may pass, a clock may be wrong, and a person may take their time.
func TestWhatGoesWrongInASignIn(t *testing.T) {
	d := newDirectory(t)
	client, token := d.signIn(t)
	d.srv.Fault(Fault{Action: "CreateToken", Times: 1, Kind: Refuse("InvalidGrantException")})
	_, err := d.refresh(t, client, token.RefreshToken)
	wantOIDC(t, err, "InvalidGrantException")
	d.srv.Fault(Fault{Action: "CreateToken", Times: 1, Kind: Throttle})
	_, err = d.refresh(t, client, token.RefreshToken)
	wantOIDC(t, err, "SlowDownException")
	if _, err := d.refresh(t, client, token.RefreshToken); err != nil {
		t.Errorf("a fault used the token up: %v", err)
	}

	d.srv.SetClockOffset(-2 * time.Hour) // AWS is behind: the token lives on, whatever its reader thinks
	if _, err := d.role(t, token.AccessToken, "Admin"); err != nil {
		t.Error(err)
	}

	arrived, goOn := make(chan struct{}), make(chan struct{})
	d.srv.Fault(Fault{Action: "Consent", Times: 1, Kind: func(w http.ResponseWriter, r *http.Request, aws http.Handler) {
		arrived <- struct{}{}
		<-goOn
		aws.ServeHTTP(w, r)
	}})
	w := newWaiter(t)
	go func() {
		_, _ = Visitor{Name: "ann"}.Visit(t.Context(), NewBrowser(), d.srv.URL()+"/authorize?"+w.query(client).Encode())
	}()
	<-arrived
	if len(w.answers) != 0 {
		t.Error("it did not wait for the page")
	}
	close(goOn)
	if answer := <-w.answers; answer.Get("code") == "" {
		t.Errorf("then it got %v", answer)
	}
}
