package browser

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// Request is an address to be opened, and how.
type Request struct {
	Address   string // http, on the loopback
	Browser   string // its name; "" for the default
	Preferred string // the person's BROWSER variable, for where Browser is ""

	Isolated  string // the name of the browser profile of its own; "" for the person's own
	Container string // the name of a Firefox container, of an extension that takes ext+container links
	Color     Color  // the color of the window, or of the container; "" for none
	Private   bool   // a private window
	Proxy     string // by which AWS is reached, for a browser that heeds its environment; "" for none

	// Visited is closed when the address has been asked for. With it, Open waits
	// for that, and tells when the browser fails instead. Without it, Open is done
	// when the browser has been started.
	Visited <-chan struct{}
	// Paged is told when the address reaches the browser by a page of this machine,
	// and so is asked for as from there. Nil means that it must be in the arguments.
	Paged func()
	// Visitor says who has asked for it, once Visited is closed, and whether the
	// system tells. It may be nil.
	Visitor func() (all []sockowner.Program, known bool)
}

// check refuses what must not be in a program's arguments. The address is not
// quoted: it may be what must not be seen.
func (r Request) check() error {
	if !loopback(r.Address) {
		return vaultcore.Faultf(vaultcore.ErrRequest, "a browser is sent only to addresses on this computer")
	}
	if r.Isolated != "" && r.Container != "" {
		return vaultcore.Faultf(vaultcore.ErrRequest, "a console opens in a window of its own or in a container, not in both")
	}
	if strings.ContainsRune(r.Container, 0) {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the name of the container has a zero byte")
	}
	if r.Color != "" {
		_, err := ParseColor(string(r.Color))
		return err
	}
	return nil
}

// loopback says whether an address is plain HTTP on this machine, by number:
// what a name means is for others to say.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || strings.ContainsAny(address, " \"'`<>\\^{|}") {
		return false
	}
	at, err := netip.ParseAddrPort(u.Host)
	return err == nil && at.Addr().IsLoopback() && at.Port() != 0
}

// plain says whether any browser can do it.
func (r Request) plain() bool {
	return r.Isolated == "" && r.Container == "" && !r.Private
}

// fits says why a browser cannot do what is asked.
func (r Request) fits(b Browser) error {
	if r.Container != "" && b.Kind != Firefox {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%s has no containers", b.Title).
			WithHint("containers are Firefox's: name Firefox as the browser, or set containers = no in the settings")
	}
	return nil
}

// HasContainers says whether the browser of this name may have containers: Firefox
// and its kin, and whichever is chosen when none is named.
func HasContainers(name string) bool {
	f := familyCalled(name)
	return f == nil || f.kind == Firefox
}

// shape says in words what shall be opened.
func (r Request) shape() string {
	switch {
	case r.Container != "":
		return "a container"
	case r.Isolated != "":
		return "a window of its own"
	default:
		return "a private window"
	}
}

// target is what the browser is told to open.
func (r Request) target() string {
	if r.Container == "" {
		return r.Address
	}
	target := "ext+container:name=" + contained(r.Container) + "&url=" + contained(r.Address)
	if r.Color != "" {
		target += "&color=" + r.Color.container()
	}
	return target
}

// contained escapes a value of an ext+container link. An ampersand in a name splits
// the link even when it is escaped, where an extension decodes before it splits: the
// wide one says the same to a person.
func contained(text string) string {
	text = strings.ReplaceAll(text, "&", "\uFF06")
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// arguments is what the browser is started with. dir is the folder of the
// browser profile of its own, or "".
func (r Request) arguments(b Browser, dir string) []string {
	var args []string
	if dir != "" {
		args = append(args, ownProfile(b.Kind, dir)...)
	}
	switch {
	case r.Private:
		args = append(args, b.family.private)
	case dir != "":
		args = append(args, "--new-window")
	}
	return append(args, r.target())
}

// ownProfile makes a browser use a folder. Firefox is not told --no-remote: the
// window that has the folder open could then not be given further addresses, and
// a second start would fail. Without it, Firefox asks only a window with the very
// same folder.
func ownProfile(kind Kind, dir string) []string {
	if kind == Firefox {
		return []string{"--profile", dir}
	}
	return []string{"--user-data-dir=" + dir, "--no-first-run", "--no-default-browser-check"}
}
