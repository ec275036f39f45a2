package awstest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whatever arrives, it is answered, and nothing unsigned is granted.
func FuzzUnsignedRequests(f *testing.F) {
	srv := NewServer(f)
	key := srv.Account("111111111111").User("ann").NewKey()
	f.Add("", "", "", identityForm)
	f.Add("AWS4-HMAC-SHA256 Credential="+key.ID()+"/20310504/eu-west-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "20310504T120000Z", "", identityForm)
	f.Add("AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;, Signature==", "20310504T120000.5Z", "x", "Action=GetUser&Version=2010-05-08")
	f.Add("AWS4-HMAC-SHA256 ,,,", "2", "", "Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=%zz&DurationSeconds=1e9")
	f.Fuzz(func(t *testing.T, authorization, date, token, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range map[string]string{"Authorization": authorization, "X-Amz-Date": date, "X-Amz-Security-Token": token} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		w := httptest.NewRecorder()
		srv.handler().ServeHTTP(w, r)
		if w.Code < 300 {
			t.Errorf("granted: %d %s", w.Code, w.Body)
		}
	})
}

// Whatever asks for a token without a grant, it is answered, and gets none.
func FuzzTokenEndpoint(f *testing.F) {
	srv := NewServer(f)
	srv.IdentityCenter("https://d-1234567890.awsapps.com/start").Person("ann")
	for _, seed := range []string{
		`{"clientId":"a","clientSecret":"b","grantType":"authorization_code","code":"c","codeVerifier":"v","redirectUri":"http://127.0.0.1/oauth/callback"}`,
		`{"clientId":null,"clientSecret":["b"],"grantType":"refresh_token","refreshToken":{}}`, `[]`, `null`, `{"a":[[1]]}`, "\xff", "",
	} {
		f.Add("/token", "application/json", seed)
		f.Add("/v1/token", "application/x-www-form-urlencoded", seed)
	}
	f.Fuzz(func(t *testing.T, path, kind, body string) {
		if path != "/v1/token" {
			path = "/token"
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header["Content-Type"] = []string{kind}
		w := httptest.NewRecorder()
		srv.handler().ServeHTTP(w, r)
		if w.Code < 300 {
			t.Errorf("granted: %d %s", w.Code, w.Body)
		}
	})
}
