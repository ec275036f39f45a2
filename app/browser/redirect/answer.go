package redirect

import (
	"crypto/subtle"
	"net/http"

	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

// gone is read by the person who reloads the page.
const gone = "This sign-in address has been used or has ended. Open the console from Vaultbar again.\n"

// serve answers one request: 303 with the target for the one that may have it, else a
// status that says what was wrong, and hardly more.
func (h *Redirect) serve(w http.ResponseWriter, r *http.Request, from localhttp.Peer) {
	header := w.Header()
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
	h.came(from)
	header.Set("Location", target.Reveal())
	w.WriteHeader(http.StatusSeeOther)
}

// came finds out who came and says that somebody did. They wait for the answer
// meanwhile, and so are there to be looked at.
func (h *Redirect) came(from localhttp.Peer) {
	if h.holders != nil {
		h.programs, h.known = h.holders(from.Client, from.Server)
	}
	close(h.visit)
}

// verdict is 200 for a request that asks rightly, whether or not there still is
// something to have.
func (h *Redirect) verdict(r *http.Request) int {
	switch {
	case suspicious(r.Header, h.paged.Load()):
		return http.StatusForbidden
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case subtle.ConstantTimeCompare([]byte(r.RequestURI), []byte(h.path)) != 1:
		return http.StatusNotFound
	default:
		return http.StatusOK
	}
}

// suspicious says whether a web page led here. A browser that was started with an
// address says Sec-Fetch-Site: none. By way of a file it says cross-site: that is good
// only for what a person sees as a page of its own.
func suspicious(header http.Header, paged bool) bool {
	site := "none"
	if paged && header.Get("Sec-Fetch-Mode") == "navigate" && header.Get("Sec-Fetch-Dest") == "document" {
		site = "cross-site"
	}
	sites := header.Values("Sec-Fetch-Site")
	return header["Referer"] != nil || len(sites) > 1 || len(sites) == 1 && sites[0] != "none" && sites[0] != site
}
