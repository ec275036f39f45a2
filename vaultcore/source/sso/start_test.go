package sso

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// web answers requests by the texts of a table: "METHOD URL" to "STATUS [LOCATION]".
type web struct {
	pages map[string]string
	asked []string
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	question := r.Method + " " + r.URL.String()
	w.asked = append(w.asked, question)
	answer, ok := w.pages[question]
	if !ok {
		return nil, errors.New("no such host")
	}
	reply := &http.Response{Header: http.Header{}, Body: http.NoBody, Request: r}
	status, location, _ := strings.Cut(answer, " ")
	if _, err := fmt.Sscan(status, &reply.StatusCode); err != nil {
		return nil, err
	}
	if location != "" {
		reply.Header.Set("Location", location)
	}
	return reply, nil
}

// TestStartURL: AWS's own forms are used as they are, a company's own address by what
// it leads to.
func TestStartURL(t *testing.T) {
	const own = "https://sso.acme.example"
	for _, c := range []struct {
		start, region string
		pages         map[string]string
		want          string // empty: refused
	}{
		{"https://d-1234567890.awsapps.com/start", "us-east-1", nil, "https://d-1234567890.awsapps.com/start"},
		{"https://d-1234567890.awsapps.com/start/", "us-east-1", nil, "https://d-1234567890.awsapps.com/start/"},
		{"https://d-1234567890.awsapps.com/start/#/", "us-east-1", nil, "https://d-1234567890.awsapps.com/start/#/"},
		{"https://acme.awsapps.com/start#", "us-east-1", nil, "https://acme.awsapps.com/start#"},
		{"https://start.us-gov-home.awsapps.com/directory/d-1234567890", "us-gov-west-1", nil, "https://start.us-gov-home.awsapps.com/directory/d-1234567890"},
		{"https://start.home.awsapps.cn/directory/d-1234567890", "cn-north-1", nil, "https://start.home.awsapps.cn/directory/d-1234567890"},
		{"https://identitycenter.amazonaws.com/ssoins-1111111111111111", "us-east-1", nil, "https://identitycenter.amazonaws.com/ssoins-1111111111111111"},
		{"https://identitycenter.us-gov.amazonaws.com/ssoins-1111111111111111", "us-gov-west-1", nil, "https://identitycenter.us-gov.amazonaws.com/ssoins-1111111111111111"},
		{"https://ssoins-1111111111111111.portal.eu-west-1.app.aws", "eu-west-1", nil, "https://ssoins-1111111111111111.portal.eu-west-1.app.aws"},
		{"https://ssoins-1111111111111111.us-east-1.portal.amazonaws.com/", "us-east-1", nil, "https://ssoins-1111111111111111.us-east-1.portal.amazonaws.com/"},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 https://acme.awsapps.com/start/"}, "https://acme.awsapps.com/start"},
		{own, "us-east-1", map[string]string{"HEAD " + own: "405", "GET " + own: "301 https://acme.awsapps.com/start"}, "https://acme.awsapps.com/start"},
		{own, "us-east-1", map[string]string{"HEAD " + own: "501", "GET " + own: "308 https://ACME.awsapps.com:443/start#x"}, "https://acme.awsapps.com/start"},
		{own, "eu-west-1", map[string]string{"HEAD " + own: "307 https://ssoins-1.portal.eu-west-1.app.aws/"}, "https://ssoins-1.portal.eu-west-1.app.aws"},
		{own, "us-east-1", map[string]string{"HEAD " + own: "307 https://ssoins-1.portal.eu-west-1.app.aws/"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 http://acme.awsapps.com/start"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 https://acme.awsapps.com.evil.example/start"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 https://evilawsapps.com/start"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 https://acme.awsapps.com@evil.example/"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 https://ann@acme.awsapps.com/"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302 /login", "HEAD " + own + "/login": "302 https://acme.awsapps.com/start"}, ""}, // one redirect
		{own, "us-east-1", map[string]string{"HEAD " + own: "200"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "302"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "404"}, ""},
		{own, "us-east-1", map[string]string{"HEAD " + own: "405", "GET " + own: "405"}, ""},
		{own, "us-east-1", nil, ""},
	} {
		w := &web{pages: c.pages}
		session := vaultcore.SignIn{StartURL: c.start, Region: c.region}
		client := &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		got, err := NewAuthority(session, Target{HTTP: client}).start(t.Context())
		if got != c.want || (err != nil) != (c.want == "") || err != nil && vaultcore.Hint(err) == "" {
			t.Errorf("%s, %v: %q, %v", c.start, c.pages, got, err)
		}
		if c.start != own && len(w.asked) > 0 {
			t.Errorf("%s: asked %q", c.start, w.asked)
		}
	}
}

// TestSignInsOfStartURLs: a start URL names a sign-in as it is written, and a session
// with its name beside it, as the caches of AWS's own tools do.
func TestSignInsOfStartURLs(t *testing.T) {
	var ids []string
	for _, s := range []vaultcore.SignIn{
		{StartURL: "https://acme.awsapps.com/start", Region: "us-east-1"},
		{StartURL: "https://acme.awsapps.com/start/", Region: "us-east-1"},
		{StartURL: "https://acme.awsapps.com/start/#/", Region: "us-east-1"},
		{StartURL: "https://acme.awsapps.com/start", Region: "eu-west-1"},
		{Session: "one", StartURL: "https://acme.awsapps.com/start", Region: "us-east-1"},
		{Session: "two", StartURL: "https://acme.awsapps.com/start", Region: "us-east-1"},
	} {
		id := idOf(s)
		if slices.Contains(ids, id) {
			t.Errorf("%+v is the sign-in of another", s)
		}
		ids = append(ids, id)
	}
}
