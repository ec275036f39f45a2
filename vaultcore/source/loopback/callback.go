package loopback

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

// callback is where the browser comes back to. It takes one answer, that with the right
// state. What else comes is refused and ends nothing: pages that a browser shows can
// fetch any address of this machine.
type callback struct {
	name   string // of the sign-in, for a person
	state  string
	local  *localhttp.Server
	answer chan answer
}

// answer is what a browser brought back.
type answer struct {
	code    vaultcore.Secret
	refused string // AWS's word for why there is no code
}

func listen(name string) (*callback, error) {
	local, err := localhttp.Listen(localhttp.Options{})
	if err != nil {
		return nil, &vaultcore.Fault{
			Kind: vaultcore.ErrNoAnswer, Cause: err,
			Message: "the browser cannot return after the sign-in: no port can be opened on this computer",
			Hint:    "sign in with a device code instead",
		}
	}
	c := &callback{name: vaultcore.Printable(name), state: rand.Text(), local: local, answer: make(chan answer, 1)}
	go local.Serve(c.serve)
	return c, nil
}

// address is the redirect URI.
func (c *callback) address() string { return "http://" + c.local.Host() + Path }

// close ends the listener, once what was begun to be answered has been.
func (c *callback) close() { c.local.Finish() }

// wait returns the code that the browser brings.
func (c *callback) wait(ctx context.Context) (vaultcore.Secret, error) {
	select {
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), errTooLate) {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrCanceled, "the sign-in to %s was not finished in time", c.name).
				WithHint("sign in again")
		}
		return vaultcore.Secret{}, &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the sign-in to " + c.name + " was canceled", Cause: context.Canceled}
	case got := <-c.answer:
		if got.refused != "" {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrRefused, "the sign-in to %s was refused on AWS's page", c.name).
				WithHint("sign in again and choose Allow; if it is refused again, ask your administrator")
		}
		return got.code, nil
	}
}

// serve answers one request.
func (c *callback) serve(w http.ResponseWriter, r *http.Request, _ localhttp.Peer) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src '"+scriptHash+"'")
	if status := c.verdict(r); status != http.StatusOK {
		if status == http.StatusMethodNotAllowed {
			header.Set("Allow", http.MethodGet)
		}
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
	query := r.URL.Query()
	switch {
	case r.URL.Path != Path:
		return http.StatusNotFound
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case embedded(r.Header), subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1:
		return http.StatusForbidden
	case query.Get("code") == "" && query.Get("error") == "":
		return http.StatusBadRequest
	default:
		return http.StatusOK
	}
}

// embedded says whether a browser wants the answer for a part of a page, such as a
// picture or a frame, and not as a page of its own.
func embedded(header http.Header) bool {
	for name, own := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		for _, value := range header.Values(name) {
			if value != own {
				return true
			}
		}
	}
	return false
}
