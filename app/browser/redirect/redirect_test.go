package redirect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const secret = "https://signin.aws.amazon.com/federation?Action=login&SigninToken=canary"

func mustOpen(t *testing.T) *Redirect {
	t.Helper()
	h, err := Open(t.Context(), vaultcore.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// lasts has an address live for as long as a slow machine may need.
func (h *Redirect) lasts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened = h.opened.Add(time.Hour)
	h.timer.Reset(time.Hour)
}

// ask sends a request as it is written and returns the answer.
func ask(t *testing.T, conn net.Conn, text string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	return response, string(body)
}

func (h *Redirect) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", h.local.Host())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// get is a request as browsers send it.
func (h *Redirect) get(more ...string) string {
	lines := append([]string{"GET " + h.path + " HTTP/1.1", "Host: " + h.local.Host(), "User-Agent: Mozilla/5.0",
		"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Upgrade-Insecure-Requests: 1"}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func checkHeaders(t *testing.T, response *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Access-Control-Allow-Origin": "", "Set-Cookie": "",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%d with %s: %q", response.StatusCode, name, got)
		}
	}
}

func TestOneUse(t *testing.T) {
	h := mustOpen(t)
	if !strings.HasPrefix(h.Address(), "http://127.0.0.1:") || len(h.path) != len("/o/")+43 || strings.Contains(h.Address(), "canary") {
		t.Errorf("the address is %s", h.Address())
	}
	if h.isUsed() {
		t.Error("used before it was")
	}
	response, body := ask(t, h.dial(t), h.get())
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != secret || body != "" || !h.isUsed() {
		t.Errorf("got %d to %q, %q", response.StatusCode, response.Header.Get("Location"), body)
	}
	checkHeaders(t, response)
	for range 3 {
		response, body = ask(t, h.dial(t), h.get())
		if response.StatusCode != http.StatusGone || response.Header.Get("Location") != "" || body != gone {
			t.Errorf("the second use got %d, %q", response.StatusCode, body)
		}
		checkHeaders(t, response)
	}
}

func TestAddressesDiffer(t *testing.T) {
	one, two := mustOpen(t), mustOpen(t)
	if one.path == two.path || one.local.Host() == two.local.Host() {
		t.Errorf("%s and %s", one.Address(), two.Address())
	}
	if response, _ := ask(t, two.dial(t), strings.ReplaceAll(one.get(), one.local.Host(), two.local.Host())); response.StatusCode != http.StatusNotFound {
		t.Errorf("the path of another address got %d", response.StatusCode)
	}
}

// What is not asked exactly right gets nothing, and uses nothing up.
func TestRefusals(t *testing.T) {
	h := mustOpen(t)
	_, port, _ := net.SplitHostPort(h.local.Host())
	host := func(value string) string { return strings.Replace(h.get(), "Host: "+h.local.Host(), "Host: "+value, 1) }
	path := func(value string) string { return strings.Replace(h.get(), h.path, value, 1) }
	method := func(value string) string { return strings.Replace(h.get(), "GET", value, 1) }
	cases := []struct {
		name, request string
		status        int
	}{
		{"localhost", host("localhost:" + port), 403},
		{"no port", host("127.0.0.1"), 403},
		{"a rebound name", host("evil.com"), 403},
		{"a rebound name and port", host("evil.com:" + port), 403},
		{"another port", host("127.0.0.1:1"), 403},
		{"IPv6", host("[::1]:" + port), 403},
		{"another loopback", host("127.0.0.2:" + port), 403},
		{"a number", host("2130706433:" + port), 403},
		{"a dot", host("127.0.0.1.:" + port), 403},
		{"no host", host(""), 403},
		{"HTTP/1.0", "GET " + h.path + " HTTP/1.0\r\n\r\n", 403},
		{"absolute, another host", path("http://evil.com" + h.path), 403},
		{"absolute", path("http://" + h.local.Host() + h.path), 404},
		{"origin", h.get("Origin: http://evil.com"), 403},
		{"null origin", h.get("Origin: null"), 403},
		{"own origin", h.get("Origin: http://" + h.local.Host()), 403},
		{"referer", h.get("Referer: http://evil.com/"), 403},
		{"empty referer", h.get("Referer:"), 403},
		{"from a site", strings.Replace(h.get(), "Site: none", "Site: cross-site", 1), 403},
		{"from a page's frame", strings.Replace(h.get("Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"), "Site: none", "Site: cross-site", 1), 403},
		{"from a same site", strings.Replace(h.get(), "Site: none", "Site: same-origin", 1), 403},
		{"from two sites", h.get("Sec-Fetch-Site: none"), 403},
		{"for", h.get("X-Forwarded-For: 127.0.0.1"), 403},
		{"forwarded host", h.get("x-forwarded-host: " + h.local.Host()), 403},
		{"forwarded", h.get("Forwarded: for=127.0.0.1"), 403},
		{"via", h.get("Via: 1.1 proxy"), 403},
		{"prefetch", h.get("Sec-Purpose: prefetch;prerender"), 403},
		{"old prefetch", h.get("Purpose: prefetch"), 403},
		{"preview", h.get("X-Purpose: preview"), 403},
		{"mozilla's prefetch", h.get("X-Moz: prefetch"), 403},
		{"HEAD", method("HEAD"), 405},
		{"OPTIONS", method("OPTIONS"), 405},
		{"POST", method("POST"), 405},
		{"TRACE", method("TRACE"), 405},
		{"lower case", method("get"), 405},
		{"root", path("/"), 404},
		{"favicon", path("/favicon.ico"), 404},
		{"cut off", path(h.path[:len(h.path)-1]), 404},
		{"with a slash", path(h.path + "/"), 404},
		{"with a query", path(h.path + "?a=b"), 404},
		{"encoded", path("/%6f" + h.path[2:]), 404},
		{"doubled", path("/" + h.path), 404},
		{"upper case", path(strings.ToUpper(h.path)), 404},
		{"long header", h.get("X: " + strings.Repeat("x", 64<<10)), 431},
	}
	for _, c := range cases {
		response, body := ask(t, h.dial(t), c.request)
		if response.StatusCode != c.status || response.Header.Get("Location") != "" || body != "" && c.status != 431 {
			t.Errorf("%s got %d, %q", c.name, response.StatusCode, body)
		}
		if c.status != 431 {
			checkHeaders(t, response)
		}
	}
	if h.isUsed() {
		t.Error("a refused request used the address up")
	}
	if response, _ := ask(t, h.dial(t), h.get()); response.StatusCode != http.StatusSeeOther {
		t.Errorf("after the refusals the right request got %d", response.StatusCode)
	}
}

// A program that sends nothing of what browsers send, as curl, is served too:
// what is missing says nothing.
func TestPlainClient(t *testing.T) {
	h := mustOpen(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(h.Address())
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("got %d", response.StatusCode)
	}
}

// Of a thousand who come at once one gets it, and none is taken for another
// user.
func TestAThousandAtOnce(t *testing.T) {
	h := mustOpen(t)
	h.lasts()
	var mu sync.Mutex
	got := map[int]int{}
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() {
			status := 0
			if conn, err := net.Dial("tcp", h.local.Host()); err == nil {
				_, _ = io.WriteString(conn, h.get())
				if response, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
					status = response.StatusCode
				}
				_ = conn.Close()
			}
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	group.Wait()
	if got[303] != 1 || got[410] != 999 {
		t.Errorf("got %v", got)
	}
}

func TestTargets(t *testing.T) {
	cases := map[string]bool{
		secret:                                true,
		"https://example.com/":                true,
		"http://127.0.0.1:4566/federation?x":  true,
		"http://localhost:1/":                 true,
		"http://[::1]:1/":                     true,
		"http://example.com/":                 false,
		"http://127.0.0.1.example.com/":       false,
		"javascript:alert(1)":                 false,
		"file:///etc/passwd":                  false,
		"https://user:pw@example.com/":        false,
		"https://example.com/\r\nX-Header: y": false,
		"/relative":                           false,
		"":                                    false,
	}
	for target, want := range cases {
		h, err := Open(t.Context(), vaultcore.NewSecret(target))
		if (err == nil) != want || err != nil && !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("%q: %v", target, err)
		}
		if err != nil && target != "" && strings.Contains(err.Error(), target) {
			t.Errorf("the target is in the error: %v", err)
		}
		if h != nil {
			h.Close()
		}
	}
}

// The target is in nothing that could be printed by mistake.
func TestTargetIsNotPrinted(t *testing.T) {
	h := mustOpen(t)
	if text := fmt.Sprintf("%v %+v %#v", h, h, h); strings.Contains(text, "canary") {
		t.Error(text)
	}
}

func TestNoPort(t *testing.T) {
	_, err := open(t.Context(), vaultcore.NewSecret(secret), settings{Options: localhttp.Options{Listen: func() (net.Listener, error) { return nil, errors.New("no") }}})
	if !errors.Is(err, ErrNoPort) || errors.Is(err, vaultcore.ErrUnreachable) || vaultcore.Hint(err) == "" || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}

// What closes the listener: the program's end and Close, which may come often.
func TestClose(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	byContext, err := Open(ctx, vaultcore.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	byCall := mustOpen(t)
	cancel()
	byCall.Close()
	byCall.Close()
	for _, h := range []*Redirect{byContext, byCall} {
		wait.For(t, "the listener is closed", h.done)
		if conn, err := net.Dial("tcp", h.local.Host()); err == nil {
			_ = conn.Close()
			t.Error("the listener is still there")
		}
		if h.isUsed() || !h.target.IsZero() {
			t.Error("the target is kept")
		}
	}
}

// pipes is a listener inside the process, so that time can be the test's. Its
// ends are named as those of TCP.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
	from    net.Addr
}

func newPipes(from string) *pipes {
	return &pipes{waiting: make(chan net.Conn), closed: make(chan struct{}), from: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.waiting:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:4711"))
}

type pipeEnd struct {
	net.Conn
	local, remote net.Addr
}

func (e pipeEnd) LocalAddr() net.Addr  { return e.local }
func (e pipeEnd) RemoteAddr() net.Addr { return e.remote }

// dial returns nil when the listener is gone.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	select {
	case p.waiting <- pipeEnd{server, p.Addr(), p.from}:
		return client
	case <-p.closed:
		return nil
	}
}

// status asks over a pipe; 0 when the listener is gone.
func (p *pipes) status(t *testing.T, h *Redirect) int {
	t.Helper()
	conn := p.dial()
	if conn == nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	response, _ := ask(t, conn, h.get())
	return response.StatusCode
}

func (p *pipes) open(t *testing.T, ours bool) *Redirect {
	t.Helper()
	h, err := open(t.Context(), vaultcore.NewSecret(secret), settings{Options: localhttp.Options{
		Listen: func() (net.Listener, error) { return p, nil },
		Ours:   func(netip.AddrPort, netip.AddrPort) bool { return ours },
	}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The life of an address: what a request gets at each moment. What people are told
// of it is in seconds, and so are two of the rows.
func TestLife(t *testing.T) {
	type at struct {
		moment time.Duration
		status int
	}
	cases := map[string][]at{
		"at once":         {{0, 303}, {0, 410}},
		"late":            {{Life - 1, 303}, {Life, 410}, {2*Life - 2, 410}, {2*Life - 1, 0}},
		"too late":        {{Life, 410}, {Life + 1, 410}, {2*Life - 1, 410}, {2 * Life, 0}},
		"never":           {{2 * Life, 0}},
		"to the last":     {{30*time.Second - 1, 303}, {30 * time.Second, 410}},
		"over":            {{30 * time.Second, 410}, {60 * time.Second, 0}},
		"early, and then": {{10 * time.Second, 303}, {10*time.Second + Life - 1, 410}, {10*time.Second + Life, 0}},
	}
	for name, moments := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipes("127.0.0.1:50000")
				h := p.open(t, true)
				start := time.Now()
				for _, m := range moments {
					<-time.After(time.Until(start.Add(m.moment)))
					synctest.Wait()
					if got := p.status(t, h); got != m.status {
						t.Errorf("after %s: got %d, want %d", m.moment, got, m.status)
					}
				}
				h.Close()
				<-h.done
			})
		})
	}
}

// A suspended machine's clock stands still, and a clock that is set back gives
// no more time.
func TestOverdue(t *testing.T) {
	now := time.Now()
	cases := []struct {
		name        string
		opened, now time.Time
		want        bool
	}{
		{"now", now, now, false},
		{"nearly", now, now.Add(Life - 1), false},
		{"then", now, now.Add(Life), true},
		{"suspended", now, now.Round(0).Add(Life), true}, // without a monotonic reading, as after a jump
		{"set back", now.Round(0), now.Round(0).Add(-time.Hour), false},
	}
	for _, c := range cases {
		if got := overdue(c.opened, c.now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// The timer is not what counts: on a machine that was suspended it is late.
func TestLateTimer(t *testing.T) {
	h := mustOpen(t)
	h.mu.Lock()
	h.opened = h.opened.Add(-Life)
	h.mu.Unlock()
	if response, _ := ask(t, h.dial(t), h.get()); response.StatusCode != http.StatusGone || h.isUsed() {
		t.Errorf("got %d, used %v", response.StatusCode, h.isUsed())
	}
}

// Another user, and what is not on this machine, is refused and uses nothing up.
func TestStrangers(t *testing.T) {
	for name, c := range map[string]struct {
		from string
		ours bool
		want int
	}{
		"us":                     {"127.0.0.1:50000", true, 303},
		"another user":           {"127.0.0.1:50000", false, 403},
		"another machine":        {"10.0.0.1:50000", true, 403},
		"another machine, IPv6":  {"[fd00::1]:50000", true, 403},
		"this machine, IPv6":     {"[::1]:50000", true, 303},
		"this machine, in IPv6":  {"[::ffff:127.0.0.1]:50000", true, 303},
		"another machine mapped": {"[::ffff:10.0.0.1]:50000", true, 403},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPipes(c.from)
			h := p.open(t, c.ours)
			if got := p.status(t, h); got != c.want || h.isUsed() != (c.want == 303) {
				t.Errorf("%s: got %d, used %v", name, got, h.isUsed())
			}
			h.Close()
			<-h.done
		})
	}
}

// Connections that send nothing, or byte after byte, cost the right one no more
// than the time that a head may take.
func TestSlowClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes("127.0.0.1:50000")
		h := p.open(t, true)
		var slow sync.WaitGroup
		for range 2 * localhttp.MaxOurs {
			slow.Go(func() {
				conn := p.dial()
				if conn == nil {
					return
				}
				slow.Go(func() { _, _ = io.Copy(io.Discard, conn) })
				for {
					if _, err := conn.Write([]byte("G")); err != nil {
						return
					}
					<-time.After(time.Second)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		if got := p.status(t, h); got != http.StatusSeeOther || time.Since(start) > 5*time.Second {
			t.Errorf("got %d after %s", got, time.Since(start))
		}
		h.Close()
		<-h.done
		slow.Wait()
	})
}

// However many connections another user holds open, ours are served at once.
func TestOthersTakeNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes("127.0.0.1:50000")
		ours := false
		h, err := open(t.Context(), vaultcore.NewSecret(secret), settings{Options: localhttp.Options{
			Listen: func() (net.Listener, error) { return p, nil },
			Ours:   func(netip.AddrPort, netip.AddrPort) bool { return ours },
		}})
		if err != nil {
			t.Fatal(err)
		}
		closed := 0
		for range 3 * localhttp.MaxOthers {
			conn := p.dial()
			synctest.Wait()
			_ = conn.SetReadDeadline(time.Now())
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
				closed++
			}
		}
		if closed != 2*localhttp.MaxOthers {
			t.Errorf("%d of %d were closed at once", closed, 3*localhttp.MaxOthers)
		}
		ours = true
		start := time.Now()
		if got := p.status(t, h); got != http.StatusSeeOther || time.Since(start) != 0 {
			t.Errorf("got %d after %s", got, time.Since(start))
		}
		h.Close()
		<-h.done
	})
}

// isUsed says whether a browser has come for the address.
func (h *Redirect) isUsed() bool {
	select {
	case <-h.visit:
		return true
	default:
		return false
	}
}

// By way of a page on the disk a browser says that another site led here: that is
// good for what opens as a page of its own, and for nothing that is in one.
func TestFromPage(t *testing.T) {
	h := mustOpen(t)
	by := func(mode, dest string) string {
		text := strings.Replace(h.get(), "Sec-Fetch-Mode: navigate", "Sec-Fetch-Mode: "+mode, 1)
		text = strings.Replace(text, "\r\n\r\n", "\r\nSec-Fetch-Dest: "+dest+"\r\n\r\n", 1)
		return strings.Replace(text, "Site: none", "Site: cross-site", 1)
	}
	if response, _ := ask(t, h.dial(t), by("navigate", "document")); response.StatusCode != http.StatusForbidden {
		t.Errorf("without a page: %d", response.StatusCode)
	}
	h.FromPage()
	for _, request := range []string{
		by("no-cors", "image"), by("cors", "empty"), by("navigate", "iframe"),
		strings.Replace(by("navigate", "document"), "cross-site", "same-site", 1),
		strings.Replace(by("navigate", "document"), "\r\n\r\n", "\r\nReferer: http://evil.com/\r\n\r\n", 1),
	} {
		if response, _ := ask(t, h.dial(t), request); response.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %d", request, response.StatusCode)
		}
	}
	if response, _ := ask(t, h.dial(t), by("navigate", "document")); response.StatusCode != http.StatusSeeOther {
		t.Errorf("from the page: %d", response.StatusCode)
	}
}
