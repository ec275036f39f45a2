//go:build linux

package stories_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// From the menu to a session: a click brings the browser up, and that comes back with
// the sign-in. Whatever else calls there meanwhile, a page in the same browser among
// it, neither ends nor takes it.
func TestDesktopSignInByMenu(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		program, entry string
		click          []string
	}{
		"chromium": {"chromium", "chromium.desktop", []string{"corp (sign-in)   not signed in", "Sign in"}},
		"firefox":  {"firefox-esr", "firefox-esr.desktop", []string{"○ dev", "Start session"}},
	} {
		t.Run(name, func(t *testing.T) {
			browser := testenv.Program(t, test.program, test.program)
			d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
			d.standard(test.entry)
			d.Cleanup(d.closeBrowsers)
			d.signsIn()
			d.launch(d.rootless(d.command("vaultbar-app")))
			d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})
			page := d.holdPage()

			d.pick(func() { d.screen.Screenshot("signin-menu-" + name) }, test.click...)
			var back *url.URL
			select {
			case back = <-page.asked:
			case <-time.After(patience):
				t.Fatal("the browser does not come to AWS's page")
			}
			d.others(back)
			d.webPage(browser, back)
			close(page.hold)

			d.screen.Eventually("the page that ends it is in the first tab", func() bool {
				d.screen.Key("alt+1")
				return slices.ContainsFunc(d.screen.Windows(), func(w desktoptest.Window) bool {
					return w.Shown && strings.HasPrefix(w.Title, "Vaultbar ")
				})
			})
			d.row("corp (sign-in)   signed in", "Signed in ")
			d.screen.Screenshot("signin-done-" + name)
			d.export("dev")
			d.row("● dev")
			if n, m := d.aws.Server.CountOK("Authorize"), d.aws.Server.Count("CreateToken"); n != 1 || m != 1 {
				t.Errorf("%d pages, %d tokens", n, m)
			}
			if reply, err := http.Get(back.String()); err == nil {
				_ = reply.Body.Close()
				t.Errorf("the listener is there still: %s", reply.Status)
			}
			if n := d.dialogs(); n != 0 {
				t.Errorf("%d dialogs are open", n)
			}
			d.pick(func() { d.screen.Screenshot("signin-submenu-" + name) }, "corp (sign-in)   signed in", "Sign out")
			d.screen.Notification("Signed out of corp")
			d.screen.Screenshot("signin-out-" + name)
			d.row("○ dev")
			d.row("corp (sign-in)   not signed in")
		})
	}
}

// heldPage is AWS's page while it loads.
type heldPage struct {
	asked chan *url.URL // where the browser is to come back to, with a code that is none
	hold  chan struct{} // closed when it may load on
}

// holdPage has AWS's next sign-in page load for as long as the test likes.
func (d *desktop) holdPage() heldPage {
	p := heldPage{make(chan *url.URL, 1), make(chan struct{})}
	d.aws.Server.Fault(awstest.Fault{Action: "Authorize", Times: 1, Kind: func(w http.ResponseWriter, r *http.Request, aws http.Handler) {
		query := r.URL.Query()
		back, err := url.Parse(query.Get("redirect_uri"))
		if err != nil {
			d.Error(err)
			return
		}
		back.RawQuery = url.Values{"code": {"stolen"}, "state": {query.Get("state")}}.Encode()
		p.asked <- back
		<-p.hold
		aws.ServeHTTP(w, r)
	}})
	return p
}

// others call where the browser is to come back to.
func (d *desktop) others(back *url.URL) {
	d.Helper()
	at := *back
	wrong := url.Values{"code": {"stolen"}, "state": {"wrong"}}.Encode()
	for _, other := range []struct {
		method, host, path, query string
		want                      int
	}{
		{http.MethodGet, "", back.Path, wrong, http.StatusForbidden},
		{http.MethodGet, "", back.Path, "error=access_denied", http.StatusForbidden},
		{http.MethodGet, "localhost:" + back.Port(), back.Path, back.RawQuery, http.StatusForbidden},
		{http.MethodGet, "rebound.example:" + back.Port(), back.Path, back.RawQuery, http.StatusForbidden},
		{http.MethodPost, "", back.Path, back.RawQuery, http.StatusMethodNotAllowed},
		{http.MethodGet, "", "/favicon.ico", "", http.StatusNotFound},
	} {
		at.Path, at.RawQuery = other.path, other.query
		request, err := http.NewRequestWithContext(d.Context(), other.method, at.String(), nil)
		d.check(err)
		request.Host = other.host
		reply, err := http.DefaultClient.Do(request)
		d.check(err)
		_ = reply.Body.Close()
		if reply.StatusCode != other.want {
			d.Errorf("%s %s?%s of %q: %s", other.method, other.path, other.query, other.host, reply.Status)
		}
	}
}

// curious is a page that fetches an address in all the ways that a page can without its
// person, and then says so. It even knows the state.
const curious = `<!doctype html><title>Another page</title><body><script>
const to = %q, tries = [fetch(to, {mode: "no-cors"}), fetch(to), fetch(to, {method: "POST", mode: "no-cors"})]
for (const [tag, from] of [["img", "src"], ["iframe", "src"], ["script", "src"], ["object", "data"], ["video", "src"]]) {
	const e = document.createElement(tag)
	e[from] = to
	tries.push(new Promise((done) => { e.onload = e.onerror = done; setTimeout(done, 3000) }))
	document.body.append(e)
}
Promise.allSettled(tries).then(() => fetch("/tried"))
</script></body>`

// webPage opens a page of somebody else in the browser that is signing in, and waits
// until it has tried what it can.
func (d *desktop) webPage(browser string, back *url.URL) {
	d.Helper()
	tried := make(chan struct{})
	done := sync.OnceFunc(func() { close(tried) })
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, curious, back.String())
		case "/tried":
			done()
		default:
			_, _ = io.WriteString(w, "")
		}
	}))
	d.Cleanup(pages.Close)
	cmd := d.rootless(d.command(browser, pages.URL+"/"))
	d.check(cmd.Start())
	d.Cleanup(func() { _ = cmd.Wait() }) // how a browser ends says nothing
	select {
	case <-tried:
	case <-time.After(patience):
		d.Fatal("the page has not tried everything")
	}
}

// Who says Not now finds the sign-in at the top of the menu, as long as programs wait
// for it; a click there signs in without another question.
func TestDesktopSignInWanted(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.signsIn()
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})

	waiting := append(d.startMany(2, "dev"), d.startMany(1, "prod")...)
	d.dialog(signInDialog)
	d.screen.WaitStill()
	d.screen.Key("Escape")
	for _, m := range waiting {
		if code := d.exit(m.cmd.Wait()); code != 4 {
			t.Errorf("after Not now: exit code %d\n%s", code, m.stderr.Bytes())
		}
	}
	if n := d.aws.Server.Count("Authorize"); n != 0 {
		t.Errorf("%d pages were opened", n)
	}
	d.pick(func() { d.screen.Screenshot("signin-wanted") }, "▲ Sign in to corp – 2 profiles wait")
	d.row("corp (sign-in)   signed in")
	d.export("dev")
	d.export("prod")
	if rows := words(d.menu(), ""); strings.Contains(rows, "▲") {
		t.Errorf("the menu says still\n%s", rows)
	}
	if n := d.aws.Server.Count("Authorize"); n != 1 {
		t.Errorf("%d pages were opened", n)
	}
}

// A click on the first row is the yes to the question that is open: the dialog goes,
// and the page comes.
func TestDesktopSignInInsteadOfTheDialog(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.signsIn()
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})

	one := d.waits("dev")
	d.dialog(signInDialog)
	d.pick(func() { d.screen.Screenshot("signin-asked") }, "▲ Sign in to corp – 1 profile waits")
	d.served(one)
	d.screen.NoWindow(signInDialog)
	if n := d.aws.Server.Count("Authorize"); n != 1 {
		t.Errorf("%d pages were opened", n)
	}
}

// Before a sign-in ends a notification says so, once for all who use it. Its button
// has AWS end the old one and signs in.
func TestDesktopSignInEnds(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.signsIn()
	d.setting("notify_lead = 15m\nsso_session_length = 15m\n")
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})

	d.click("corp (sign-in)   not signed in", "Sign in")
	d.row("corp (sign-in)   signed in", "Ends about ")
	d.export("dev")
	d.export("prod")
	n := d.screen.Notification("corp needs a sign-in in about 1") // 15 min, or less where the machine is slow
	if !strings.HasPrefix(n.Body, "2 profiles ") && !strings.HasPrefix(n.Body, "1 profile ") {
		t.Errorf("the notification says %q", n.Body)
	}
	d.screen.Screenshot("signin-ends")
	d.screen.Press(n, notify.ActionSignIn)
	d.screen.Eventually("it is signed in anew", func() bool { return d.aws.Server.CountOK("CreateToken") == 2 })
	if out, pages := d.aws.Server.CountOK("Logout"), d.aws.Server.CountOK("Authorize"); out != 1 || pages != 2 {
		t.Errorf("signed out %d times at AWS, %d pages", out, pages)
	}
	d.row("corp (sign-in)   signed in", "Signed in ")
	d.export("dev")
}
