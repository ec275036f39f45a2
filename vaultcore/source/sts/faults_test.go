package sts_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// TestFaults holds how often AWS is asked when it or the network is out of
// order, and what is said in the end. A request with a code must not be sent
// again once AWS may have used the code.
func TestFaults(t *testing.T) {
	const ever = 0
	tests := []struct {
		name     string
		kind     awstest.Kind
		times    int
		plain    int // how often a request without a code is sent
		withCode int // and one with a code
		plainOK  bool
		codeOK   bool
	}{
		{"throttled twice", awstest.Throttle, 2, 3, 3, true, true},
		{"throttled for ever", awstest.Throttle, ever, 3, 3, false, false},
		{"503 twice", awstest.Status(503), 2, 3, 3, true, true},
		{"503 for ever", awstest.Status(503), ever, 3, 3, false, false},
		{"500 twice", awstest.Status(500), 2, 3, 3, true, true},
		{"504 once", awstest.Status(504), 1, 2, 1, true, false},
		{"hanging once", awstest.Hang, 1, 2, 1, true, false},
		{"dropped once", awstest.Drop, 1, 2, 1, true, false},
		{"dropped in the reply once", awstest.DropMidBody, 1, 2, 1, true, false},
		{"unreadable", awstest.BadXML, ever, 1, 1, false, false},
		{"web page", awstest.HTML, ever, 1, 1, false, false},
		{"empty reply", func(http.ResponseWriter, *http.Request, http.Handler) {}, ever, 1, 1, false, false},
		{"403 page", status(403), ever, 1, 1, false, false},
		{"proxy wants a password", status(407), ever, 1, 1, false, false},
		{"network wants a login", status(511), ever, 1, 1, false, false},
		{"endless reply", endless, ever, 1, 1, false, false},
	}
	for _, test := range tests {
		for _, withCode := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, code %v", test.name, withCode), func(t *testing.T) {
				w := newWorld(t)
				w.aws.Fault(awstest.Fault{Kind: test.kind, Times: test.times})
				step, code, want, ok := w.session(), w.code(), test.withCode, test.codeOK
				if !withCode {
					step.MFASerial, code, want, ok = "", vaultcore.Secret{}, test.plain, test.plainOK
				}
				p := w.client(func(o *sts.Options) {
					if strings.HasPrefix(test.name, "hanging") {
						o.Attempt = 2 * time.Second
					}
				})
				_, err := p.Run(t.Context(), step, w.key.Credentials(), code)
				if n := w.aws.Count(""); n != want {
					t.Errorf("asked %d times, want %d", n, want)
				}
				if ok {
					if err != nil {
						t.Error(err)
					}
					return
				}
				checkFault(t, err, vaultcore.ErrNoAnswer, "")
			})
		}
	}
}

// status is a reply of a machine that is not AWS.
func status(code int) awstest.Kind {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte("<html><meta charset=utf-8><body>Who are you?</body></html>"))
	}
}

// endless writes spaces for as long as somebody reads.
func endless(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	spaces := []byte(strings.Repeat(" ", 64<<10))
	for r.Context().Err() == nil {
		if _, err := w.Write(spaces); err != nil {
			return
		}
	}
}

// TestRedirect holds that a redirect is not followed: the second host would
// receive what was signed for the first.
func TestRedirect(t *testing.T) {
	var visits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	t.Cleanup(other.Close)
	for _, code := range []int{301, 302, 303, 307, 308} {
		w := newWorld(t)
		w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(rw, r, other.URL+"/", code)
		}})
		_, err := w.client().Run(t.Context(), w.session(), w.key.Credentials(), w.code())
		checkFault(t, err, vaultcore.ErrNoAnswer, strconv.Itoa(code))
		if w.aws.Count("") != 1 {
			t.Errorf("%d: asked %d times", code, w.aws.Count(""))
		}
	}
	if visits.Load() != 0 {
		t.Errorf("%d redirects were followed", visits.Load())
	}
}

// TestBudget holds that all attempts together end in time, and that a caller
// who leaves is told apart from an AWS that does not answer.
func TestBudget(t *testing.T) {
	w := newWorld(t)
	reached := make(chan struct{}, 8)
	w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, r *http.Request, aws http.Handler) {
		reached <- struct{}{}
		awstest.Hang(rw, r, aws)
	}})
	step := w.session()
	step.MFASerial = ""
	p := w.client(func(o *sts.Options) { o.Budget = time.Second })
	_, err := p.Run(t.Context(), step, w.key.Credentials(), vaultcore.Secret{})
	checkFault(t, err, vaultcore.ErrNoAnswer, "")
	wait.For(t, "AWS is asked", reached)

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		wait.For(t, "AWS is asked", reached)
	}()
	_, err = w.client().Run(ctx, step, w.key.Credentials(), vaultcore.Secret{})
	if !errors.Is(err, vaultcore.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller left: %v", err)
	}
}

// TestNothingLeaks holds that no secret comes out of any failure, whatever the
// other side writes into its reply, and however the error is printed.
func TestNothingLeaks(t *testing.T) {
	kinds := map[string]awstest.Kind{
		"echo": awstest.EchoBody500, "page": awstest.HTML, "half": awstest.BadXML, "cut": awstest.DropMidBody, "throttle": awstest.Throttle,
		"echo as a refusal": func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			_ = r.ParseForm()
			rw.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(rw, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>%s %s %s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
				r.PostForm.Get("TokenCode"), r.Header.Get("X-Amz-Security-Token"), r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"))
		},
		"echo as something new": func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			body, _ := io.ReadAll(r.Body)
			rw.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(rw, "<ErrorResponse><Error><Code>SomethingNew</Code><Message><![CDATA[%s %s]]></Message></Error></ErrorResponse>",
				body, r.Header.Get("X-Amz-Security-Token"))
		},
		"echo as a redirect": func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(rw, r, "/?token="+r.Header.Get("X-Amz-Security-Token"), http.StatusFound)
		},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			session := w.signedIn(t)
			w.aws.Fault(awstest.Fault{Kind: kind})
			code := w.code()
			p := w.client()
			_, first := p.Run(t.Context(), w.session(), w.key.Credentials(), code)
			_, second := p.Run(t.Context(), w.role(w.admin), session, vaultcore.Secret{})
			_, third := p.Identify(t.Context(), w.at(region), w.at(region), w.key.Credentials())
			for _, err := range []error{first, second, third} {
				if err == nil {
					t.Fatal("no failure")
				}
				said := fmt.Sprintf("%v %+v %#v %s", err, err, err, vaultcore.Hint(err))
				for e := err; e != nil; {
					said += fmt.Sprintf(" %v %#v", e, e)
					var reply *sts.Reply
					if !errors.As(e, &reply) || e == error(reply) {
						break
					}
					e = reply
				}
				for _, secret := range []string{code.Reveal(), w.key.Secret().Reveal(), w.key.ID(),
					session.SecretAccessKey.Reveal(), session.SessionToken.Reveal(), session.AccessKeyID} {
					if contains(said, secret) {
						t.Errorf("%q is in %q", secret, said)
					}
				}
			}
		})
	}
}
