package credserver

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// metadataToken asks for a token of the metadata service that lives for so many seconds.
func (s *Server) metadataToken(ttl string) (int, string) {
	return s.send(strings.Replace(s.request(tokenPath, ttlHeader+": "+ttl), "GET", "PUT", 1))
}

func TestMetadata(t *testing.T) {
	end := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	v := &vault{answers: func(profile string, _ time.Duration, _ bool) (vaultcore.Credentials, error) {
		return session(profile, end), nil
	}}
	s := open(t, prod(v), Options{Metadata: true})
	if !s.Token().IsZero() {
		t.Error("it has a token of its own")
	}
	_, token := s.metadataToken("21600")
	for path, want := range map[string]string{
		rolesPath:            roleName,
		rolesPath + "/":      roleName,
		rolesPath + "/other": "404",
		"/latest/meta-data/placement/availability-zone/":    "eu-central-1a",
		"/latest/meta-data/placement/region":                "eu-central-1",
		"/latest/dynamic/instance-identity/document":        `{"region":"eu-central-1"}`,
		"/latest/meta-data/instance-id":                     "i-00000000000000000",
		"/latest/user-data":                                 "404",
		"/latest/meta-data/iam/security-credentials/../../": "404",
	} {
		status, body := s.send(s.request(path, tokenHeader+": "+token))
		if status == 404 {
			body = "404"
		}
		if body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	status, body := s.send(s.request(rolesPath+"/"+roleName, tokenHeader+": "+token))
	_, rest, _ := strings.Cut(body, `"Type"`)
	want := `:"AWS-HMAC","AccessKeyId":"ASIAPROD","SecretAccessKey":"secret-canary","Token":"token-canary","Expiration":"2099-01-02T03:04:05Z"}`
	if status != 200 || !strings.HasPrefix(body, `{"Code":"Success","LastUpdated":"20`) || rest != want {
		t.Errorf("%d %s", status, body)
	}
}

// TestMetadataVersion2: no token, no data, and never an answer from which an SDK would
// conclude that version 1 is there.
func TestMetadataVersion2(t *testing.T) {
	v := new(vault)
	s := open(t, prod(v), Options{Metadata: true})
	status, token := s.metadataToken("21600")
	if status != 200 || len(token) < 43 {
		t.Fatal(status)
	}
	put := func(more ...string) string { return strings.Replace(s.request(tokenPath, more...), "GET", "PUT", 1) }
	for text, want := range map[string]int{
		put(ttlHeader + ": 1"):     200,
		put(ttlHeader + ": 0"):     400,
		put(ttlHeader + ": 21601"): 400,
		put(ttlHeader + ": -1"):    400,
		put(ttlHeader + ": ten"):   400,
		put(ttlHeader + ": "):      400,
		put():                      400,
		put(ttlHeader+": 60", "X-Forwarded-For: 10.0.0.1"):                              403,
		put(ttlHeader+": 60", "Origin: http://evil.example"):                            403,
		s.request(tokenPath, ttlHeader+": 60"):                                          405,
		s.request("/latest/meta-data/"):                                                 401,
		s.request(rolesPath):                                                            401,
		s.request(rolesPath + "/" + roleName):                                           401,
		s.request("/"):                                                                  401,
		s.request(rolesPath, tokenHeader+": "+token[1:]):                                401,
		s.request(rolesPath, tokenHeader+": "+token+"x"):                                401,
		s.request(rolesPath, tokenHeader+": "):                                          401,
		strings.Replace(s.request(rolesPath, tokenHeader+": "+token), "GET", "POST", 1): 405,
		strings.Replace(s.request(rolesPath), "GET", "POST", 1):                         401,
	} {
		if got, body := s.send(text); got != want {
			t.Errorf("%q: %d %s", strings.ReplaceAll(text, token, "TOKEN"), got, body)
		}
	}
	if n := v.calls(); n != 0 {
		t.Errorf("the vault was asked %d times", n)
	}
}

// TestMetadataTokens: a token lives as long as was asked for, and there are not ever
// more of them.
func TestMetadataTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetadata(Profile{}, t.Context())
		m.keep(digest{1}, time.Now().Add(time.Second))
		m.keep(digest{2}, time.Now().Add(time.Hour))
		for i := range 1000 {
			m.keep(digest{3, byte(i >> 8), byte(i)}, time.Now().Add(time.Minute))
		}
		if len(m.tokens) != maxTokens {
			t.Errorf("%d tokens are kept", len(m.tokens))
		}
		if _, kept := m.tokens[digest{1}]; kept {
			t.Error("the one that ends first is kept")
		}
		if _, kept := m.tokens[digest{2}]; !kept {
			t.Error("the one that ends last is gone")
		}
	})
}
