package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// What must never be seen.
const (
	canaryKey   = "canary+secret/key=="
	canaryToken = "canary+session/token=="
	canarySign  = "canary-signin-token"
)

func session() vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID: "ASIACANARYCANARYCAN1", SecretAccessKey: vaultcore.NewSecret(canaryKey),
		SessionToken: vaultcore.NewSecret(canaryToken), Expires: time.Now().Add(time.Hour),
	}
}

// checkSecrets holds that nothing of the credentials is in a failure: in its
// text, its hint, or anything that it wraps.
func checkSecrets(t *testing.T, err error, more ...string) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v %s", err, err, err, vaultcore.Hint(err))
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += e.Error()
		if many, ok := e.(interface{ Unwrap() []error }); ok {
			for _, inner := range many.Unwrap() {
				text += inner.Error()
			}
		}
	}
	for _, canary := range append(more, "CANARY", "canary", "Session=", "sessionKey") {
		if strings.Contains(text, canary) || strings.Contains(text, url.QueryEscape(canary)) {
			t.Errorf("%q is in: %s", canary, text)
		}
	}
}

// transport answers instead of the network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// For carries every request by itself.
func (f transport) For(vaultcore.Via) (http.RoundTripper, error) { return f, nil }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

const goodReply = `{"SigninToken":"` + canarySign + `"}`

func mustSigner(t *testing.T, o Options) *Signer {
	t.Helper()
	return NewSigner(o)
}

// signerAt asks one endpoint for everything.
type signerAt struct {
	*Signer
	endpoint string
}

func (s signerAt) URL(ctx context.Context, creds vaultcore.Credentials, r Request) (vaultcore.Secret, error) {
	r.Endpoint = s.endpoint
	return s.Signer.URL(ctx, creds, r)
}

func mustResolve(t *testing.T, target Target) Destination {
	t.Helper()
	d, err := target.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each partition's addresses, with the token masked.
func TestURLs(t *testing.T) {
	var b strings.Builder
	signer := mustSigner(t, Options{Carriers: transport(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		fmt.Fprintf(&b, "    %s %s Action=%s SessionDuration=%s\n", r.Method, r.URL, form.Get("Action"), form.Get("SessionDuration"))
		want := `{"sessionId":"ASIACANARYCANARYCAN1","sessionKey":"` + canaryKey + `","sessionToken":"` + canaryToken + `"}`
		if form.Get("Session") != want || r.URL.RawQuery != "" || r.Header.Get("User-Agent") != "vaultbar/1.2" {
			t.Errorf("asked with %v, %v", form, r.Header)
		}
		return answer(200, goodReply), nil
	}), Version: "1.2"})
	for _, target := range targets {
		d, err := target.Resolve()
		if err != nil {
			continue
		}
		fmt.Fprintf(&b, "%s\n", target.describe())
		for _, request := range []Request{
			{Destination: d, Duration: 8 * time.Hour},
			{Destination: d, LogoutFirst: true},
		} {
			got, err := signer.URL(t.Context(), session(), request)
			if err != nil {
				t.Fatal(err)
			}
			checkLogin(t, got, request)
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(got.Reveal(), canarySign, "TOKEN"))
		}
		if base := (Request{Destination: d}).base(); !allowed(strings.TrimPrefix(base, "https://"), signinDomain) {
			t.Errorf("%s signs in at %s", d, base)
		}
	}
	golden.Check(t, "urls.golden", b.String())
}

// checkLogin holds that a sign-in URL leads to hosts of the table only, at each
// of its stations, and carries the right token.
func checkLogin(t *testing.T, got vaultcore.Secret, r Request) {
	t.Helper()
	address := got.Reveal()
	if r.LogoutFirst {
		u, err := url.Parse(address)
		if err != nil || u.Path != "/oauth" || u.Query().Get("Action") != "logout" || !allowed(u.Host, signinDomain) || hostOf(address) != u.Host {
			t.Errorf("signs out at %s", address)
		}
		address = u.Query().Get("redirect_uri")
		if strings.HasPrefix(address, "https://signin.") {
			t.Errorf("signing out does not lead on to %s", address)
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Path != "/federation" || !allowed(u.Host, signinDomain) || hostOf(address) != u.Host || u.User != nil {
		t.Errorf("signs in at %s", address)
	}
	query := u.Query()
	if query.Get("Action") != "login" || query.Get("SigninToken") != canarySign || query.Get("Destination") != r.Destination.String() {
		t.Errorf("signs in with %v", query)
	}
	if len(query["SigninToken"])+len(query["Destination"])+len(query["Action"]) != 3 {
		t.Errorf("a parameter is there twice: %v", query)
	}
	checkHost(t, query.Get("Destination"))
}

func TestRequestsThatAreNotSent(t *testing.T) {
	signer := mustSigner(t, Options{Carriers: transport(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL)
		return answer(200, goodReply), nil
	})})
	d := mustResolve(t, Target{Partition: "aws"})
	key := session()
	key.SessionToken = vaultcore.Secret{}
	cases := []struct {
		name    string
		creds   vaultcore.Credentials
		request Request
		kind    error
	}{
		{"no destination", session(), Request{}, vaultcore.ErrRequest},
		{"long-term key", key, Request{Destination: d}, vaultcore.ErrRefused},
		{"too short", session(), Request{Destination: d, Duration: time.Minute}, vaultcore.ErrRequest},
		{"too long", session(), Request{Destination: d, Duration: 13 * time.Hour}, vaultcore.ErrRequest},
	}
	for _, c := range cases {
		_, err := signer.URL(t.Context(), c.creds, c.request)
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", c.name, err)
		}
		checkSecrets(t, err)
	}
}

// An endpoint that hangs costs three attempts at most, and never more than the
// budget; a caller who leaves ends it at once.
func TestTimeouts(t *testing.T) {
	cases := []struct {
		name     string
		options  Options
		leave    time.Duration
		attempts int
		atMost   time.Duration
		kind     error
	}{
		{"three attempts", Options{}, time.Hour, 3, 16 * time.Second, vaultcore.ErrNoAnswer},
		{"budget", Options{Attempt: 15 * time.Second}, time.Hour, 2, 20 * time.Second, vaultcore.ErrNoAnswer},
		{"the caller leaves", Options{}, 3 * time.Second, 1, 3 * time.Second, vaultcore.ErrCanceled},
	}
	for _, c := range cases {
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			c.options.Carriers = transport(func(r *http.Request) (*http.Response, error) {
				attempts++
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(c.leave, cancel)
			defer cancel()
			start := time.Now()
			_, err := mustSigner(t, c.options).URL(ctx, session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
			if took := time.Since(start); attempts != c.attempts || took > c.atMost || !errors.Is(err, c.kind) {
				t.Errorf("%s: %d attempts, %s, %v", c.name, attempts, took, err)
			}
			checkSecrets(t, err)
		})
	}
}

// The body of a reply is bounded too.
func TestEndlessReply(t *testing.T) {
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		read += len(p)
		return copy(p, bytes.Repeat([]byte("a"), len(p))), nil
	})
	signer := mustSigner(t, Options{Carriers: transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(endless)}, nil
	})})
	_, err := signer.URL(t.Context(), session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
	if !errors.Is(err, vaultcore.ErrNoAnswer) || read > 4*maxReply {
		t.Errorf("read %d, %v", read, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestEndpoints(t *testing.T) {
	cases := map[string]string{
		"":                                 "",
		"https://signin.example.com":       "https://signin.example.com",
		"https://signin.example.com/":      "https://signin.example.com",
		"https://signin.example.com:8443":  "https://signin.example.com:8443",
		"http://127.0.0.1:4566":            "http://127.0.0.1:4566",
		"http://127.9.9.9:1/":              "http://127.9.9.9:1",
		"http://[::1]:4566":                "http://[::1]:4566",
		"http://localhost:4566":            "http://localhost:4566",
		"http://signin.example.com":        "error",
		"http://127.0.0.1.example.com":     "error",
		"http://localhost.example.com":     "error",
		"http://0.0.0.0:1":                 "error",
		"https://user:pw@example.com":      "error",
		"https://example.com/federation":   "error",
		"https://example.com?x=y":          "error",
		"https://example.com/?":            "error",
		"https://example.com/#":            "error",
		"ftp://example.com":                "error",
		"example.com":                      "error",
		"https:///x":                       "error",
		"https://exa mple.com":             "error",
		"file:///etc/passwd":               "error",
		"https://127.0.0.1:1\\@evil.com":   "error",
		"http://127.0.0.1:1@evil.com":      "error",
		"http://evil.com#@127.0.0.1:4566/": "error",
	}
	for endpoint, want := range cases {
		got, err := checkEndpoint(endpoint)
		if want == "error" && !errors.Is(err, vaultcore.ErrConfig) || want != "error" && (err != nil || got != want) {
			t.Errorf("%q: got %q, %v", endpoint, got, err)
		}
		silent := signerAt{mustSigner(t, Options{Carriers: transport(func(*http.Request) (*http.Response, error) {
			return answer(200, goodReply), nil
		})}), endpoint}
		_, made := silent.URL(t.Context(), session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
		if (made == nil) != (err == nil) || err != nil && !errors.Is(made, vaultcore.ErrConfig) {
			t.Errorf("%q: %v", endpoint, made)
		}
	}
}

// Everything that may come back ends in one line and a hint, and in as many
// requests as it is worth.
func TestReplies(t *testing.T) {
	cases := []struct {
		name, body string
		status     int
		requests   []string
		kind       error
	}{
		{"a token", goodReply, 200, []string{"POST"}, nil},
		{"page of a portal", "<html>Welcome</html>", 200, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"page that quotes", "<html>" + canaryKey + "</html>", 200, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"no token", `{}`, 200, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"token with a line break", `{"SigninToken":"a\nb"}`, 200, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"too long", `{"SigninToken":"` + strings.Repeat("a", maxReply) + `"}`, 200, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"refused", "HTTP Status 400", 400, []string{"POST"}, vaultcore.ErrRefused},
		{"forbidden", "", 403, []string{"POST"}, vaultcore.ErrRefused},
		{"redirect", "", 302, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"not found", "", 404, []string{"POST"}, vaultcore.ErrNoAnswer},
		{"method refused", "", 405, []string{"POST", "GET"}, vaultcore.ErrNoAnswer},
		{"method unknown", "", 501, []string{"POST", "GET", "GET", "GET"}, vaultcore.ErrNoAnswer},
		{"throttled", "", 429, []string{"POST", "POST", "POST"}, vaultcore.ErrNoAnswer},
		{"fault", "", 503, []string{"POST", "POST", "POST"}, vaultcore.ErrNoAnswer},
	}
	for _, c := range cases {
		synctest.Test(t, func(t *testing.T) {
			var requests []string
			signer := mustSigner(t, Options{Carriers: transport(func(r *http.Request) (*http.Response, error) {
				requests = append(requests, r.Method)
				reply := answer(c.status, c.body)
				if c.status != http.StatusOK {
					reply = answer(c.status, c.body+canaryKey)
				}
				reply.Header.Set("Location", "https://evil.com/")
				return reply, nil
			})})
			_, err := signer.URL(t.Context(), session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
			if !errors.Is(err, c.kind) || !slices.Equal(requests, c.requests) {
				t.Errorf("%s: %v after %v", c.name, err, requests)
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || vaultcore.Hint(err) == "") {
				t.Errorf("%s: %q, hint %q", c.name, err, vaultcore.Hint(err))
			}
			checkSecrets(t, err)
		})
	}
}

// TestRefusalsSayWhy compares what a refusal says is most likely wrong with a golden file.
func TestRefusalsSayWhy(t *testing.T) {
	ended := session()
	ended.Expires = time.Now().Add(-time.Minute)
	d := mustResolve(t, Target{Partition: "aws"})
	signer := mustSigner(t, Options{Carriers: transport(func(*http.Request) (*http.Response, error) { return answer(400, ""), nil })})
	var b strings.Builder
	for _, c := range []struct {
		name    string
		creds   vaultcore.Credentials
		request Request
	}{
		{"a session that has ended", ended, Request{Destination: d}},
		{"a duration", session(), Request{Destination: d, Duration: 8 * time.Hour}},
		{"neither", session(), Request{Destination: d}},
	} {
		_, err := signer.URL(t.Context(), c.creds, c.request)
		if !errors.Is(err, vaultcore.ErrRefused) {
			t.Fatalf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&b, "%s\n    %s\n", c.name, describe(err))
	}
	golden.Check(t, "refused.golden", b.String())
}
