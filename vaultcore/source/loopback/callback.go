package loopback

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// callback is where the browser comes back to: a listener on this machine alone,
// which takes one answer, that with the right state, and from our own user. What
// else comes is refused and ends nothing: pages that a browser shows can fetch any
// address of this machine.
type callback struct {
	name   string // of the sign-in, for a person
	state  string
	host   string
	server *http.Server
	answer chan answer
}

// answer is what a browser brought back.
type answer struct {
	code    vaultcore.Secret
	refused string // AWS's word for why there is no code
}

type connKey struct{}

func listen(name string) (*callback, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, &vaultcore.Fault{
			Kind: vaultcore.ErrNoAnswer, Cause: err,
			Message: "the browser has nowhere to come back to: no port of this machine can be opened",
			Hint:    "sign in with a device code instead",
		}
	}
	c := &callback{name: vaultcore.Printable(name), state: rand.Text(), host: listener.Addr().String(), answer: make(chan answer, 1)}
	c.server = &http.Server{
		Handler:           c,
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it would quote what is sent
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, ours(conn))
		},
	}
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// ours says whether our own user made a connection.
func ours(conn net.Conn) bool {
	client, ok := conn.RemoteAddr().(*net.TCPAddr)
	server, also := conn.LocalAddr().(*net.TCPAddr)
	return ok && also && sockowner.Ours(unmapped(client), unmapped(server))
}

func unmapped(a *net.TCPAddr) netip.AddrPort {
	at := a.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// address is the redirect URI.
func (c *callback) address() string { return "http://" + c.host + Path }

// close ends the listener, once what was begun to be answered has been.
func (c *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close()
	}
}

// wait returns the code that the browser brings.
func (c *callback) wait(ctx context.Context) (vaultcore.Secret, error) {
	select {
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), errTooLate) {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrCanceled, "nobody finished the sign-in to %s in time", c.name).
				WithHint("sign in again")
		}
		return vaultcore.Secret{}, &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the sign-in to " + c.name + " was cancelled", Cause: context.Canceled}
	case got := <-c.answer:
		if got.refused != "" {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrRefused, "the sign-in to %s was refused on AWS's page", c.name).
				WithHint("sign in again and choose Allow; if it is refused again, ask your administrator")
		}
		return got.code, nil
	}
}

// ServeHTTP answers one request.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src '"+scriptHash+"'")
	header.Set("Connection", "close")
	if status := c.verdict(r); status != http.StatusOK {
		w.WriteHeader(status)
		return
	}
	query := r.URL.Query()
	got := answer{vaultcore.NewSecret(query.Get("code")), query.Get("error")}
	select {
	case c.answer <- got:
	default: // the first one counts
		w.WriteHeader(http.StatusGone)
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	page := donePage
	if got.refused != "" {
		page = refusedPage
	}
	_, _ = io.WriteString(w, page)
}

// verdict is StatusOK for the browser that comes back from AWS.
func (c *callback) verdict(r *http.Request) int {
	mine, _ := r.Context().Value(connKey{}).(bool)
	query := r.URL.Query()
	switch {
	case !mine, r.Host != c.host:
		return http.StatusForbidden
	case r.URL.Path != Path:
		return http.StatusNotFound
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1:
		return http.StatusForbidden
	case query.Get("code") == "" && query.Get("error") == "":
		return http.StatusBadRequest
	default:
		return http.StatusOK
	}
}
