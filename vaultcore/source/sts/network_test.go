package sts_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// roundTrip is a network that fails in its own way.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// For carries every request by itself.
func (f roundTrip) For(vaultcore.Via) (http.RoundTripper, error) { return f, nil }

// TestNoNetwork holds each way of not reaching AWS against its sentence, which quotes
// nothing of what a library says: that may have an address with more in it.
func TestNoNetwork(t *testing.T) {
	const canary = "https://canary:hunter2@proxy.example/?canary=1"
	fails := func(err error) roundTrip {
		return roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: canary, Err: err}
		})
	}
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		name      string
		transport roundTrip
	}{
		{"no such name", fails(dial(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}))},
		{"no name server", fails(dial(&net.DNSError{Err: "server misbehaving", Name: "x", IsTemporary: true}))},
		{"refused", fails(dial(syscall.ECONNREFUSED))},
		{"no route", fails(dial(syscall.ENETUNREACH))},
		{"no host", fails(dial(syscall.EHOSTUNREACH))},
		{"reset", fails(&net.OpError{Op: "read", Err: syscall.ECONNRESET})},
		{"proxy", fails(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED})},
		{"slow", fails(dial(os.ErrDeadlineExceeded))},
		{"something else", fails(errors.New(canary + " is odd"))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := sts.New(sts.Options{Carriers: test.transport, Pause: 1})
			_, err := p.Identify(t.Context(), sts.Target{Region: region}, sts.Target{Region: region}, vaultcore.Credentials{AccessKeyID: "AKIAABCDEFGHIJKLMNOP", SecretAccessKey: vaultcore.NewSecret("s")})
			checkFault(t, err, vaultcore.ErrNoAnswer, "")
			for what, text := range map[string]string{"message": err.Error(), "hint": vaultcore.Hint(err)} {
				if contains(text, "canary") || contains(text, "hunter2") || contains(text, "proxy.example") {
					t.Errorf("the %s quotes an address: %s", what, text)
				}
			}
		})
	}
}

// TestTLS holds that AWS's name is not taken from anybody, and says why.
func TestTLS(t *testing.T) {
	w := newWorld(t)
	selfSigned := httptest.NewUnstartedServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = log.New(io.Discard, "", 0)
	selfSigned.StartTLS()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	for _, server := range []*httptest.Server{selfSigned, old} {
		t.Cleanup(server.Close)
	}
	for name, address := range map[string]string{
		"unknown authority": selfSigned.URL,
		"no TLS":            strings.Replace(w.aws.URL(), "http:", "https:", 1),
		"TLS 1.1":           old.URL,
	} {
		t.Run(name, func(t *testing.T) {
			step := w.session()
			step.Endpoint = address
			_, err := w.client().Run(t.Context(), step, w.key.Credentials(), w.code())
			checkFault(t, err, vaultcore.ErrNoAnswer, "")
		})
	}
}

// TestUnsentCode holds that a code is offered again where it never left.
func TestUnsentCode(t *testing.T) {
	w := newWorld(t)
	var dials atomic.Int32
	p := w.client(func(o *sts.Options) {
		o.Carriers = roundTrip(func(r *http.Request) (*http.Response, error) {
			if dials.Add(1) < 3 {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	if _, err := p.Run(t.Context(), w.session(), w.key.Credentials(), w.code()); err != nil {
		t.Error(err)
	}
	for sent, transport := range map[bool]roundTrip{
		false: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}),
		true: roundTrip(func(r *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(r.Context()).WroteHeaders()
			return nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
		}),
	} {
		p := w.client(func(o *sts.Options) { o.Carriers = transport })
		_, err := p.Run(t.Context(), w.session(), w.key.Credentials(), w.code())
		var reply *sts.Reply
		if !errors.As(err, &reply) || reply.Unsent() == sent {
			t.Errorf("sent %v: %v", sent, err)
		}
	}
}

// TestEndpoints holds where credentials may be sent.
func TestEndpoints(t *testing.T) {
	tests := []struct {
		endpoint string
		ok       bool
	}{
		{"https://sts.example.com", true},
		{"http://127.0.0.1:4566", true},
		{"http://[::1]:4566", true},
		{"http://localhost:4566", true},
		{"http://sts.example.com", false},
		{"http://127.0.0.1.example.com", false},
		{"http://localhost.example.com", false},
		{"http://10.0.0.1", false},
		{"https://user:pass@sts.example.com", false},
		{"https://sts.example.com/?a=b", false},
		{"ftp://127.0.0.1", false},
		{"sts.example.com", false},
		{"https://", false},
		{"http://127.0.0.1\n.example.com", false},
	}
	for _, test := range tests {
		asked := 0
		p := sts.New(sts.Options{Pause: 1, Carriers: roundTrip(func(*http.Request) (*http.Response, error) {
			asked++
			return nil, syscall.ECONNRESET
		})})
		step := plan.Step{Kind: plan.Session, Profile: "x", Duration: 1, Region: region, Endpoint: test.endpoint}
		_, err := p.Run(t.Context(), step, vaultcore.Credentials{AccessKeyID: "AKIA"}, vaultcore.Secret{})
		if test.ok != (asked > 0) {
			t.Errorf("%q was asked %d times: %v", test.endpoint, asked, err)
		}
		if !test.ok {
			checkFault(t, err, vaultcore.ErrConfig, strconv.Quote(test.endpoint))
		}
	}
}

// TestProxy holds that the proxy of a request is used, with its user as it is
// known.
func TestProxy(t *testing.T) {
	asked := make(chan string, 8)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization")
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(proxy.Close)
	carriers := awshttp.New(time.Second)
	carriers.Know(trust.Account{Proxy: proxy.URL, User: "ann", Password: vaultcore.NewSecret("pass")})
	p := sts.New(sts.Options{Pause: 1, Carriers: carriers})
	at := sts.Target{Region: region, Via: vaultcore.Via{Proxy: proxy.URL}}
	if _, err := p.WhoIs(t.Context(), at, vaultcore.Credentials{AccessKeyID: "AKIA"}); err == nil {
		t.Error("a proxy that is a teapot answers for AWS")
	}
	if got := wait.For(t, "the proxy is asked", asked); got != "CONNECT sts.ap-northeast-1.amazonaws.com:443 Basic YW5uOnBhc3M=" {
		t.Errorf("the proxy was asked %q", got)
	}
}
