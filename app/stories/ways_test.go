//go:build linux

package stories_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestStoryProxiesThatDoNotCount: AWS is asked by https, so of a command's proxies that
// of https alone counts, and what NO_PROXY says only ever leads to AWS itself. Nobody has
// to allow the others.
func TestStoryProxiesThatDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	w.env = w.with("AWS_ENDPOINT_URL")
	proxy := "http://" + trap(t, "a proxy").String()
	for _, c := range []struct {
		env    []string
		counts bool
	}{
		{[]string{"HTTPS_PROXY=" + proxy}, true},
		{[]string{"https_proxy=" + proxy}, true},
		{[]string{"HTTP_PROXY=" + proxy}, false},
		{[]string{"http_proxy=" + proxy}, false},
		{[]string{"ALL_PROXY=" + proxy}, false},
		{[]string{"all_proxy=" + proxy}, false},
		{[]string{"HTTPS_PROXY=" + proxy, "NO_PROXY=.amazonaws.com,.amazon.com"}, false},
		{[]string{"HTTPS_PROXY=" + proxy, "no_proxy=*"}, false},
	} {
		own := w.env
		w.env = w.with(c.env...)
		text := w.must("explain", plain)
		w.env = own
		if strings.Contains(text, proxy) != c.counts || strings.Contains(text, "not trusted") != c.counts {
			t.Errorf("%q: explain says\n%s", c.env, text)
		}
	}
}

// behindAProxy puts a company's proxy, which the settings trust, between the world
// and its AWS. They trust nothing else then: of a profile that says where AWS is, as on a
// desktop, the person is asked.
func (w *world) behindAProxy() *awstest.Proxy {
	w.Helper()
	proxy := awstest.NewProxy(w, w.aws.Server)
	ca := w.path("t", "ca.pem")
	w.check(os.WriteFile(ca, proxy.CA(), 0o600))
	w.settings("trusted_proxies = " + proxy.URL() + "\nca_bundle = " + ca + "\n")
	w.env = w.with("AWS_ENDPOINT_URL", "HTTPS_PROXY="+proxy.URL())
	return proxy
}

// TestStoryBehindAProxy: a person behind a company's proxy is set up by file, and
// renewals and restarts go by it too. Its password is written nowhere.
func TestStoryBehindAProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := w.behindAProxy()
	proxy.Wants("ann:pass-7c1e")
	w.env = w.with("HTTPS_PROXY=" + strings.Replace(proxy.URL(), "//", "//ann:pass-7c1e@", 1))
	w.add(plain, w.spare)
	first := w.export(plain)
	w.must("clear", plain)
	if second := w.export(plain); second.AccessKeyID == first.AccessKeyID {
		t.Error("a new session came by another way")
	}
	for _, host := range proxy.Hosts() {
		if !strings.HasSuffix(host, ".amazonaws.com:443") {
			t.Errorf("the proxy was asked for %s", host)
		}
	}
	if len(proxy.Hosts()) == 0 {
		t.Error("the proxy was asked for nothing")
	}
	text := w.must("status") + w.must("explain", plain) + w.must("settings") + w.must("list", "--json") + w.logText()
	if !strings.Contains(text, "proxy "+proxy.URL()) || strings.Contains(text, "7c1e") {
		t.Errorf("what is in force is not shown, or too much:\n%s", text)
	}
}

// TestStoryWaysAreAskedAbout: who sits at a terminal is asked before requests go another
// way than to AWS itself. A no sends nothing, once is for that command alone, and always
// is asked no more: of a proxy neither after a restart.
func TestStoryWaysAreAskedAbout(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.settings("")
	w.add(plain, w.spare, "--no-verify")
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	endpoint := w.aws.Server.URL()
	proxy, ca := awstest.NewProxy(t, w.aws.Server), w.path("t", "ca.pem")
	w.check(os.WriteFile(ca, proxy.CA(), 0o600))
	for _, way := range []struct {
		env     []string
		subject string
		trusted map[string]string // settings
	}{
		{nil, "Send the requests for " + plain + " to " + endpoint + " instead of AWS?", map[string]string{"trusted_endpoints": endpoint}},
		{[]string{"AWS_ENDPOINT_URL", "HTTPS_PROXY=" + proxy.URL(), "AWS_CA_BUNDLE=" + ca},
			"Reach AWS through the proxy " + proxy.URL() + " and trust the certificates in " + ca,
			map[string]string{"trusted_proxies": proxy.URL(), "ca_bundle": ca}},
	} {
		w.env = w.with(way.env...)
		for _, c := range []struct {
			answer string
			code   int // of the command, and of the next one, for which nobody is there
			next   int
		}{{"n", 4, 5}, {"once", 0, 5}, {"a", 0, 0}} {
			w.must("clear", plain) // a session of just now is not made anew
			calls := len(w.aws.Server.Calls())
			s := w.sit(ssh("vaultbar renew " + plain))
			s.expect(way.subject)
			s.expect("[n]o, [o]nce, [a]lways: ")
			s.answer(c.answer)
			if code := s.wait(); code != c.code || (len(w.aws.Server.Calls()) > calls) != (code == 0) {
				t.Errorf("%s: exit code %d, %d calls\n%s", c.answer, code, len(w.aws.Server.Calls())-calls, s.all())
			}
			for setting, value := range way.trusted {
				if got := w.value(setting); (got == value) != (c.next == 0) {
					t.Errorf("%s: %s is %s", c.answer, setting, got)
				}
			}
			if got := w.run("renew", plain); got.code != c.next {
				t.Errorf("after %s, without a person: exit code %d\n%s", c.answer, got.code, got.stderr)
			}
		}
		w.must("clear", plain)
		w.must("stop")
		w.export(plain)
	}
	if len(proxy.Hosts()) == 0 {
		t.Error("the proxy was asked for nothing")
	}
}
