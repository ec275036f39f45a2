package trust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func env(pairs ...string) vaultcore.Environment {
	var e vaultcore.Environment
	for i := 0; i < len(pairs); i += 2 {
		e = e.With(pairs[i], pairs[i+1])
	}
	return e
}

func TestOf(t *testing.T) {
	lists := Lists{Bundle: "/own.pem"}
	const here = "http://127.0.0.1:4566"
	for name, c := range map[string]struct {
		env  vaultcore.Environment
		want Route
	}{
		"nothing":                {env(), Route{Via: vaultcore.Via{Bundle: "/own.pem"}}},
		"all services":           {env("AWS_ENDPOINT_URL", here), Route{STS: here, IAM: here, SSO: here, Via: vaultcore.Via{Bundle: "/own.pem"}}},
		"one service goes first": {env("AWS_ENDPOINT_URL", here, "AWS_ENDPOINT_URL_STS", "https://sts.example"), Route{STS: "https://sts.example", IAM: here, SSO: here, Via: vaultcore.Via{Bundle: "/own.pem"}}},
		"the sign-in by its own name alone": {env("AWS_ENDPOINT_URL_SIGNIN", here),
			Route{SignIn: here, Via: vaultcore.Via{Bundle: "/own.pem"}}},
		"ignored": {env("AWS_ENDPOINT_URL", here, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"), Route{Ignore: true, Via: vaultcore.Via{Bundle: "/own.pem"}}},
		"proxy":   {env("HTTPS_PROXY", "proxy:3128", "NO_PROXY", "x"), Route{Via: vaultcore.Via{Proxy: "http://proxy:3128", NoProxy: "x", Bundle: "/own.pem"}}},
		"bundles": {env("AWS_CA_BUNDLE", "/a.pem", "SSL_CERT_FILE", "/b.pem"), Route{Via: vaultcore.Via{Bundle: "/a.pem"}}},
		"both":    {env("SSL_CERT_FILE", "/b.pem", "SSL_CERT_DIR", "/c"), Route{Via: vaultcore.Via{Bundle: "/b.pem" + listSeparator + "/c"}}},
	} {
		got, _, err := Of(c.env, lists)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The account of a proxy is told apart from its address, and its password is not
// shown.
func TestAccount(t *testing.T) {
	r, a, err := Of(env("HTTPS_PROXY", "http://ann:pass-7c1e@Proxy.example:3128/"), Lists{})
	if err != nil || r.Via.Proxy != "http://proxy.example:3128" || a.Proxy != r.Via.Proxy || a.User != "ann" || a.Password.Reveal() != "pass-7c1e" {
		t.Errorf("%+v, %+v, %v", r, a, err)
	}
	if text := fmt.Sprintf("%+v %#v %v", r, a, a); strings.Contains(text, "7c1e") {
		t.Errorf("it is shown: %s", text)
	}
}

func TestWrongVariables(t *testing.T) {
	for _, e := range []vaultcore.Environment{
		env("AWS_ENDPOINT_URL", "http://sts.example.com"), env("AWS_ENDPOINT_URL_IAM", "sts"), env("AWS_ENDPOINT_URL_SIGNIN", "https://a:b@c"),
		env("HTTPS_PROXY", "ftp://x"), env("HTTPS_PROXY", "http://x/path"),
	} {
		_, _, err := Of(e, Lists{})
		if !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%v: %v", e, err)
		}
	}
}

// One proxy is one entry of a list, however it is written.
func TestProxies(t *testing.T) {
	for text, want := range map[string]string{
		"Proxy:80": "http://proxy", "https://proxy": "https://proxy", "https://u:p@proxy:8443": "https://proxy:8443", "socks5://h": "socks5://h", "//": "",
	} {
		if got, reason := Proxy(text); got != want || (want == "") != (reason != "") {
			t.Errorf("proxy %q is %q, %q", text, got, reason)
		}
	}
}

func TestNeeds(t *testing.T) {
	const here, other = "http://127.0.0.1:4566", "https://sts.example"
	proxied := Route{Via: vaultcore.Via{Proxy: "http://proxy:3128"}}
	excepted := Route{Via: vaultcore.Via{Proxy: "http://proxy:3128", NoProxy: ".amazonaws.com"}}
	aws := Use{Endpoints: []string{""}, Region: "eu-west-1"}
	for name, c := range map[string]struct {
		route Route
		use   Use
		lists Lists
		want  []Item
	}{
		"AWS itself":            {Route{}, aws, Lists{}, nil},
		"an endpoint":           {Route{}, Use{Endpoints: []string{here, here, other}}, Lists{Endpoints: []string{other}}, []Item{{OfEndpoint, here}}},
		"no request":            {Route{Via: vaultcore.Via{Proxy: "http://p", Bundle: "/x"}}, Use{}, Lists{}, nil},
		"sign-in":               {Route{SignIn: other}, Use{SignIns: []string{other}}, Lists{Endpoints: []string{other}}, []Item{{OfSignIn, other}}},
		"sign-in, trusted":      {Route{SignIn: other}, Use{SignIns: []string{other}}, Lists{SignIns: []string{other}}, nil},
		"sign-in, not used":     {Route{SignIn: other}, aws, Lists{}, nil},
		"proxy":                 {proxied, aws, Lists{}, []Item{{OfProxy, "http://proxy:3128"}}},
		"proxy, trusted":        {proxied, aws, Lists{Proxies: []string{"http://proxy:3128"}}, nil},
		"proxy, excepted":       {excepted, aws, Lists{}, nil},
		"proxy, elsewhere":      {excepted, Use{Endpoints: []string{other}}, Lists{Endpoints: []string{other}}, []Item{{OfProxy, "http://proxy:3128"}}},
		"proxy, China":          {excepted, Use{Endpoints: []string{""}, Region: "cn-north-1"}, Lists{}, []Item{{OfProxy, "http://proxy:3128"}}},
		"proxy, this machine":   {proxied, Use{Endpoints: []string{here}}, Lists{Endpoints: []string{here}}, nil},
		"certificates":          {Route{Via: vaultcore.Via{Bundle: "/x.pem"}}, aws, Lists{}, []Item{{OfBundle, "/x.pem"}}},
		"certificates, trusted": {Route{Via: vaultcore.Via{Bundle: "/x.pem"}}, aws, Lists{Bundle: "/x.pem"}, nil},
		"the system's":          {Route{Via: vaultcore.Via{Bundle: "/system"}}, aws, Lists{}, nil},
		"one of them":           {Route{Via: vaultcore.Via{Bundle: "/system" + listSeparator + "/x"}}, aws, Lists{}, []Item{{OfBundle, "/system" + listSeparator + "/x"}}},
	} {
		got := c.route.Needs(c.use, c.lists, func(path string) bool { return path == "/system" })
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := excepted.Direct(aws); got != (Route{}) {
		t.Errorf("an excepted proxy stays: %+v", got)
	}
	if got := proxied.Direct(aws); got != proxied {
		t.Errorf("a proxy is lost: %+v", got)
	}
}

func TestBackground(t *testing.T) {
	got := Background(Lists{Endpoints: []string{"https://x"}, SignIns: []string{"https://y"}, Proxies: []string{"http://a", "http://b"}, Bundle: "/c"})
	if got != (Route{Via: vaultcore.Via{Proxy: "http://a", Bundle: "/c"}}) {
		t.Errorf("%+v", got)
	}
}

// What a folder holds that others can write is not the system's, nor is what a link
// in it leads to.
func TestSystem(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	testenv.That(t, os.Symlink("/", link) == nil, "to make symbolic links")
	for _, path := range []string{file, link, "", "relative", filepath.Join(dir, "none")} {
		if System(path) {
			t.Errorf("%q is the system's", path)
		}
	}
}
