package redirect

import (
	"crypto/subtle"
	"net/http"
	"net/textproto"
	"strings"
)

// gone is read by the person who reloads the page.
const gone = "This sign-in address has been used or has ended. Open the console from Vaultbar again.\n"

// ServeHTTP answers one request: 303 with the target for the one that may have
// it, else a status that says what was wrong, and hardly more.
func (h *Redirect) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Connection", "close")
	if status := h.verdict(r); status != http.StatusOK {
		if status == http.StatusMethodNotAllowed {
			header.Set("Allow", http.MethodGet)
		}
		w.WriteHeader(status)
		return
	}
	target, ok := h.take()
	if !ok {
		header.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusGone)
		_, _ = w.Write([]byte(gone))
		return
	}
	h.came(r)
	header.Set("Location", target.Reveal())
	w.WriteHeader(http.StatusSeeOther)
}

// came finds out who came and says that somebody did. They wait for the answer
// meanwhile, and so are there to be looked at.
func (h *Redirect) came(r *http.Request) {
	if p := peerOf(r); p.Conn != nil && h.holders != nil {
		h.programs, h.known = h.holders(p.client, p.server)
	}
	close(h.visit)
}

// verdict is 200 for a request that asks rightly, whether or not there still is
// something to have.
func (h *Redirect) verdict(r *http.Request) int {
	switch {
	case r.Host != h.host || suspicious(r.Header, h.paged.Load()):
		return http.StatusForbidden
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case subtle.ConstantTimeCompare([]byte(r.RequestURI), []byte(h.path)) != 1:
		return http.StatusNotFound
	case !peerOf(r).ours || prefetch(r.Header):
		return http.StatusForbidden
	default:
		return http.StatusOK
	}
}

// suspicious says whether a web page had a hand in the request, or a proxy. A
// browser that was started with an address says Sec-Fetch-Site: none. By way of a
// file it says cross-site: that is good only for what a person sees as a page of
// its own.
func suspicious(header http.Header, paged bool) bool {
	site := "none"
	if paged && header.Get("Sec-Fetch-Mode") == "navigate" && header.Get("Sec-Fetch-Dest") == "document" {
		site = "cross-site"
	}
	for name, values := range header {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); {
		case canonical == "Origin", canonical == "Referer", canonical == "Forwarded", canonical == "Via",
			strings.HasPrefix(canonical, "X-Forwarded"):
			return true
		case canonical == "Sec-Fetch-Site" && (len(values) != 1 || values[0] != "none" && values[0] != site):
			return true
		}
	}
	return false
}

// prefetch says whether the browser asks ahead of its person, who may never
// come: that must not use the address up.
func prefetch(header http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range header.Values(name) {
			low := strings.ToLower(value)
			if strings.Contains(low, "prefetch") || strings.Contains(low, "prerender") || strings.Contains(low, "preview") {
				return true
			}
		}
	}
	return false
}
