package loopback

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

func newCallback(t *testing.T) *callback {
	t.Helper()
	c, err := listen("corp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// send sends a request as it is written, and returns the status and the body; 0 when
// there is no answer.
func (c *callback) send(text string) (int, string) {
	conn, err := net.Dial("tcp", c.local.Host())
	if err != nil {
		return 0, ""
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		return 0, ""
	}
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = reply.Body.Close() }()
	body, _ := io.ReadAll(reply.Body)
	return reply.StatusCode, string(body)
}

// request is one as a browser that comes back from AWS sends it.
func (c *callback) request(query string, more ...string) string {
	lines := append([]string{"GET " + Path + "?" + query + " HTTP/1.1", "Host: " + c.local.Host(), "User-Agent: Mozilla/5.0",
		"Referer: https://us-east-1.signin.aws/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func (c *callback) right() string {
	return c.request(url.Values{"code": {"canary"}, "state": {c.state}}.Encode())
}

// strangers are requests that must neither end nor take a sign-in, each with its status.
func (c *callback) strangers() map[string]int {
	right := c.right()
	_, port, _ := net.SplitHostPort(c.local.Host())
	as := func(old, new string) string { return strings.Replace(right, old, new, 1) }
	host := func(name string) string { return as("Host: "+c.local.Host(), "Host: "+name) }
	return map[string]int{
		c.request("code=x&state=wrong"):                          403,
		c.request("code=x"):                                      403,
		c.request("error=access_denied"):                         403,
		c.request("error=access_denied&state=wrong"):             403,
		c.request("state=" + c.state):                            400,
		c.request("code=x&state=" + strings.ToLower(c.state)):    403,
		c.request("code=x&state=wrong&state=" + c.state):         403,
		as("GET", "POST"):                                        405,
		as("GET", "HEAD"):                                        405,
		as("GET", "OPTIONS"):                                     405,
		as(Path, "/favicon.ico"):                                 404,
		as(Path, "/"):                                            404,
		host("localhost:" + port):                                403,
		host("127.0.0.1"):                                        403,
		host("evil.example:" + port):                             403,
		host("[::1]:" + port):                                    403,
		as("navigate", "no-cors"):                                403,
		as("navigate", "cors"):                                   403,
		as("document", "iframe"):                                 403,
		as("document", "image"):                                  403,
		as("User-Agent", "Origin: https://evil.example\r\nUser"): 403,
		as("User-Agent", "Origin: null\r\nUser"):                 403,
		as("User-Agent", "Via: 1.1 proxy\r\nUser"):               403,
		as("User-Agent", "X-Forwarded-For: 127.0.0.1\r\nUser"):   403,
		as("User-Agent", "Sec-Purpose: prefetch\r\nUser"):        403,
	}
}

// TestTheRightAnswer: a thousand wrong requests at once change nothing; the right one
// is taken, once, and its page holds nothing of it.
func TestTheRightAnswer(t *testing.T) {
	c := newCallback(t)
	wrong := c.strangers()
	var group sync.WaitGroup
	for range 1000 / len(wrong) {
		for text, want := range wrong {
			group.Go(func() {
				if got, body := c.send(text); got != want || body != "" {
					t.Errorf("%d, %q for\n%s", got, body, text)
				}
			})
		}
	}
	group.Wait()
	status, page := c.send(c.right())
	if status != http.StatusOK || page != donePage || strings.Contains(page, "canary") || strings.Contains(page, c.state) {
		t.Fatalf("%d\n%s", status, page)
	}
	if status, _ := c.send(c.right()); status != http.StatusGone {
		t.Errorf("the second: %d", status)
	}
	code, err := c.wait(t.Context())
	if err != nil || code.Reveal() != "canary" {
		t.Fatal(err)
	}
	c.close()
	if status, _ := c.send(c.right()); status != 0 {
		t.Errorf("after the sign-in: %d", status)
	}
}

// TestRefused: AWS says no, by the right state.
func TestRefused(t *testing.T) {
	c := newCallback(t)
	if status, page := c.send(c.request("error=access_denied&state=" + c.state)); status != http.StatusOK || page != refusedPage {
		t.Fatalf("%d\n%s", status, page)
	}
	if _, err := c.wait(t.Context()); !errors.Is(err, vaultcore.ErrRefused) {
		t.Error(err)
	}
}

// TestHeldConnections: whoever holds connections open, and says nothing on them, keeps
// the browser out no longer than a head may take.
func TestHeldConnections(t *testing.T) {
	c := newCallback(t)
	for range 3 * localhttp.MaxOurs {
		conn, err := net.Dial("tcp", c.local.Host())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	if status, _ := c.send(c.right()); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}

// TestNobodyComes: a sign-in ends after its time, and with its context.
func TestNobodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		c := &callback{name: "corp", answer: make(chan answer, 1)}
		ctx, cancel := context.WithTimeoutCause(t.Context(), Life, errTooLate)
		defer cancel()
		if _, err := c.wait(ctx); !errors.Is(err, vaultcore.ErrCanceled) || errors.Is(err, context.Canceled) || vaultcore.Hint(err) == "" || time.Since(begun) != Life {
			t.Errorf("nobody came: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if _, err := c.wait(ctx); !errors.Is(err, vaultcore.ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	})
}

// TestNothingIsPrinted: the code does not show in what is printed.
func TestNothingIsPrinted(t *testing.T) {
	if text := fmt.Sprintf("%v %+v", answer{code: vaultcore.NewSecret("canary")}, answer{code: vaultcore.NewSecret("canary")}); strings.Contains(text, "canary") {
		t.Error(text)
	}
}

// FuzzCallback: no request without the state ends a sign-in, and none of them is
// answered with what it holds.
func FuzzCallback(f *testing.F) {
	f.Add("GET", Path, "code=x&state=wrong", "127.0.0.1", "Origin", "null")
	f.Add("GET", Path, "error=access_denied", "", "Sec-Fetch-Mode", "navigate")
	f.Add("POST", "//oauth/callback", "code=%zz&;state=", "localhost", "X-Forwarded-Host", "a")
	f.Fuzz(func(t *testing.T, method, path, query, host, name, value string) {
		c, err := listen("corp")
		if err != nil {
			t.Skip()
		}
		defer c.local.Close()
		if host == "127.0.0.1" {
			host = c.local.Host()
		}
		const canary = "canary-in-the-request"
		_, body := c.send(method + " " + path + "?" + query + "&x=" + canary + " HTTP/1.1\r\nHost: " + host + "\r\n" + name + ": " + value + "\r\nConnection: close\r\n\r\n")
		if strings.Contains(body, canary) {
			t.Errorf("the answer quotes the request: %q", body)
		}
		select {
		case <-c.answer:
			t.Error("it was taken for the answer")
		default:
		}
		if status, _ := c.send(c.right()); status != http.StatusOK {
			t.Errorf("the right one then gets %d", status)
		}
	})
}

// TestTheListenerIsGone: it is there on 127.0.0.1 alone, and gone however a sign-in ends.
func TestTheListenerIsGone(t *testing.T) {
	came := func(answer string) func(context.Context, Request) error {
		return func(ctx context.Context, r Request) error {
			go func() {
				reply, err := http.Get(r.Redirect + "?state=" + r.State + "&" + answer)
				if err == nil {
					_ = reply.Body.Close()
				}
			}()
			return nil
		}
	}
	for name, c := range map[string]struct {
		open func(context.Context, Request) error
		want error
	}{
		"success":          {came("code=x"), nil},
		"refusal":          {came("error=access_denied"), vaultcore.ErrRefused},
		"nobody in time":   {func(context.Context, Request) error { return nil }, vaultcore.ErrCanceled},
		"no browser opens": {func(context.Context, Request) error { return vaultcore.ErrConfig }, vaultcore.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithCancelCause(t.Context())
			defer end(nil)
			var port string
			_, err := Authorize(ctx, "corp", func(ctx context.Context, r Request) error {
				at, err := url.Parse(r.Redirect)
				if err != nil || at.Hostname() != "127.0.0.1" {
					t.Errorf("the browser comes back to %s, %v", r.Redirect, err)
				}
				port = at.Port()
				for _, address := range elsewhere(t) {
					if reached(net.JoinHostPort(address, port)) {
						t.Errorf("it listens on %s", address)
					}
				}
				if name == "nobody in time" {
					end(errTooLate)
				}
				return c.open(ctx, r)
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			if reached(net.JoinHostPort("127.0.0.1", port)) {
				t.Error("it listens still")
			}
		})
	}
}

// elsewhere are this machine's other addresses.
func elsewhere(t *testing.T) []string {
	t.Helper()
	all := []string{"::1"}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if at, ok := address.(*net.IPNet); ok && !at.IP.IsLoopback() && !at.IP.IsLinkLocalUnicast() {
			all = append(all, at.IP.String())
		}
	}
	return all
}

func reached(address string) bool {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
