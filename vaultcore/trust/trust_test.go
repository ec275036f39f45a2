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
	const here, sts, oidc = "http://127.0.0.1:4566", "https://sts.example", "https://oidc.example"
	own := vaultcore.Via{Bundle: "/own.pem"}
	all := vaultcore.Endpoints{STS: here, IAM: here, SSO: here, OIDC: here}
	for name, c := range map[string]struct {
		env  vaultcore.Environment
		want Route
	}{
		"nothing":      {env(), Route{Via: own}},
		"all services": {env("AWS_ENDPOINT_URL", here), Route{Reach: vaultcore.Reach{Endpoints: all}, Via: own}},
		"one service goes first": {env("AWS_ENDPOINT_URL", here, "AWS_ENDPOINT_URL_STS", sts, "AWS_ENDPOINT_URL_SSO_OIDC", oidc),
			Route{Reach: vaultcore.Reach{Endpoints: vaultcore.Endpoints{STS: sts, IAM: here, SSO: here, OIDC: oidc}}, Via: own}},
		"the portal and its sign-in are two": {env("AWS_ENDPOINT_URL_SSO", here),
			Route{Reach: vaultcore.Reach{Endpoints: vaultcore.Endpoints{SSO: here}}, Via: own}},
		"the sign-in by its own name alone": {env("AWS_ENDPOINT_URL_SIGNIN", here),
			Route{Reach: vaultcore.Reach{Endpoints: vaultcore.Endpoints{SignIn: here}}, Via: own}},
		"ignored": {env("AWS_ENDPOINT_URL", here, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"),
			Route{Reach: vaultcore.Reach{Ignore: vaultcore.On}, Via: own}},
		"ignored, whatever it says": {env("AWS_ENDPOINT_URL", "x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
			Route{Reach: vaultcore.Reach{Ignore: vaultcore.On}, Via: own}},
		"not ignored": {env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"), Route{Reach: vaultcore.Reach{Ignore: vaultcore.Off}, Via: own}},
		"variants": {env("AWS_USE_FIPS_ENDPOINT", "true", "AWS_USE_DUALSTACK_ENDPOINT", "False"),
			Route{Reach: vaultcore.Reach{FIPS: vaultcore.On, DualStack: vaultcore.Off}, Via: own}},
		"attempts": {env("AWS_MAX_ATTEMPTS", "7"), Route{Reach: vaultcore.Reach{Attempts: 7}, Via: own}},
		"proxy":    {env("HTTPS_PROXY", "proxy:3128", "NO_PROXY", "x"), Route{Via: vaultcore.Via{Proxy: "http://proxy:3128", NoProxy: "x", Bundle: "/own.pem"}}},
		"bundles": {env("AWS_CA_BUNDLE", "/a.pem", "SSL_CERT_FILE", "/b.pem"),
			Route{Reach: vaultcore.Reach{Bundle: "/a.pem"}, Via: vaultcore.Via{Bundle: "/b.pem"}}},
		"both": {env("SSL_CERT_FILE", "/b.pem", "SSL_CERT_DIR", "/c"), Route{Via: vaultcore.Via{Bundle: "/b.pem" + listSeparator + "/c"}}},
	} {
		got, _, err := Of(c.env, lists)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestSaid: the environment goes before the profile, and AWS's own variable and setting
// for certificates before those of the system.
func TestSaid(t *testing.T) {
	profile := vaultcore.Reach{
		Endpoints: vaultcore.Endpoints{STS: "https://profile.example", OIDC: "https://profile.example"},
		FIPS:      vaultcore.On, DualStack: vaultcore.On, Bundle: "/profile.pem", Attempts: 2,
	}
	for name, c := range map[string]struct {
		env  vaultcore.Environment
		want vaultcore.Reach
		used vaultcore.Endpoints
	}{
		"the profile alone": {env(), profile, profile.Endpoints},
		"the environment": {env("AWS_ENDPOINT_URL_STS", "https://env.example", "AWS_USE_FIPS_ENDPOINT", "false", "AWS_CA_BUNDLE", "/env.pem", "AWS_MAX_ATTEMPTS", "9"),
			vaultcore.Reach{
				Endpoints: vaultcore.Endpoints{STS: "https://env.example", OIDC: "https://profile.example"},
				FIPS:      vaultcore.Off, DualStack: vaultcore.On, Bundle: "/env.pem", Attempts: 9,
			}, vaultcore.Endpoints{STS: "https://env.example", OIDC: "https://profile.example"}},
		"the system's certificates": {env("SSL_CERT_FILE", "/system.pem"), profile, profile.Endpoints},
		"a general variable beats a service of the profile": {env("AWS_ENDPOINT_URL", "https://env.example"), vaultcore.Reach{
			Endpoints: vaultcore.Endpoints{STS: "https://env.example", IAM: "https://env.example", SSO: "https://env.example", OIDC: "https://env.example"},
			FIPS:      vaultcore.On, DualStack: vaultcore.On, Bundle: "/profile.pem", Attempts: 2,
		}, vaultcore.Endpoints{STS: "https://env.example", IAM: "https://env.example", SSO: "https://env.example", OIDC: "https://env.example"}},
	} {
		r, _, err := Of(c.env, Lists{Bundle: "/own.pem"})
		if err != nil {
			t.Fatal(err)
		}
		if r = r.Said(profile); r.Reach != c.want || r.Via.Bundle != c.want.Bundle || r.Reach.Used() != c.used {
			t.Errorf("%s: %+v", name, r)
		}
	}
	ignoring := profile
	ignoring.Ignore = vaultcore.On
	r, _, _ := Of(env("AWS_ENDPOINT_URL", "https://env.example"), Lists{})
	if used := r.Said(ignoring).Reach.Used(); used != (vaultcore.Endpoints{}) {
		t.Errorf("a profile that ignores endpoints asks %+v", used)
	}
	r, _, _ = Of(env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"), Lists{})
	if used := r.Said(ignoring).Reach.Used(); used != profile.Endpoints {
		t.Errorf("the environment ignores none, and %+v is asked", used)
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
		env("AWS_ENDPOINT_URL_SSO_OIDC", "http://oidc.example.com"), env("AWS_USE_FIPS_ENDPOINT", "1"), env("AWS_USE_DUALSTACK_ENDPOINT", "yes"),
		env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "on"), env("AWS_MAX_ATTEMPTS", "-1"), env("AWS_MAX_ATTEMPTS", "three"),
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

// NO_PROXY excepts what it excepts for Go's own packages. Source of the cases:
// golang.org/x/net/http/httpproxy, Config.NoProxy.
func TestNoProxy(t *testing.T) {
	const proxy = "http://proxy:3128"
	for _, c := range []struct{ list, excepted, others string }{
		{"", "localhost 127.0.0.1 127.9.9.9:8443 [::1]", "sts.amazonaws.com 10.1.2.3"},
		{"*", "sts.amazonaws.com 10.1.2.3 [fd00::1]:8443", ""},
		{"x, *", "sts.amazonaws.com", ""},
		{"amazonaws.com", "amazonaws.com STS.Amazonaws.com sts.amazonaws.com:8443", "xamazonaws.com amazonaws.com.example 10.1.2.3"},
		{" AMAZONAWS.com ,b.example", "sts.amazonaws.com a.b.example", "example"},
		{".amazonaws.com", "sts.amazonaws.com", "amazonaws.com"},
		{"*.amazonaws.com", "sts.amazonaws.com", "amazonaws.com"},
		{"sts.amazonaws.com:443", "sts.amazonaws.com sts.amazonaws.com:443", "sts.amazonaws.com:8443"},
		{".amazonaws.com:8443", "sts.amazonaws.com:8443", "sts.amazonaws.com"},
		{"10.1.2.3", "10.1.2.3 10.1.2.3:8443 [::ffff:10.1.2.3]", "10.1.2.4 x.10.1.2.3"},
		{"10.1.2.3:8443", "10.1.2.3:8443", "10.1.2.3"},
		{"10.0.0.0/8,fd00::/8", "10.1.2.3:8443 [fd00::1]", "11.1.2.3 [fe00::1] sts.amazonaws.com"},
		{"fd00::1,[fd00::2]:443", "[fd00::1] [fd00::2]", "[fd00::2]:8443"},
		{",:443,*com,**,.", "localhost", "sts.amazonaws.com 10.1.2.3"},
	} {
		via := vaultcore.Via{Proxy: proxy, NoProxy: c.list}
		for host := range strings.FieldsSeq(c.excepted) {
			if got := ProxyFor(via, "https://"+host+"/x"); got != "" {
				t.Errorf("NO_PROXY=%q: %s is reached by %q", c.list, host, got)
			}
		}
		for host := range strings.FieldsSeq(c.others) {
			if got := ProxyFor(via, "https://"+host+"/x"); got != proxy {
				t.Errorf("NO_PROXY=%q: %s is reached by %q", c.list, host, got)
			}
		}
	}
	if got := ProxyFor(vaultcore.Via{Proxy: proxy}, "http://sts.amazonaws.com"); got != "" {
		t.Errorf("plain http goes by %q", got)
	}
	if got := ProxyFor(vaultcore.Via{}, "https://sts.amazonaws.com"); got != "" {
		t.Errorf("no proxy is %q", got)
	}
}

func TestNeeds(t *testing.T) {
	const here, other, proxy = "http://127.0.0.1:4566", "https://sts.example", "http://proxy:3128"
	aws := []string{"https://sts.eu-west-1.amazonaws.com", "https://iam.amazonaws.com"}
	china := []string{"https://sts.cn-north-1.amazonaws.com.cn"}
	proxied := vaultcore.Via{Proxy: proxy}
	excepted := vaultcore.Via{Proxy: proxy, NoProxy: ".amazonaws.com"}
	bundle := func(list string) vaultcore.Via { return vaultcore.Via{Bundle: list} }
	for name, c := range map[string]struct {
		use   Use
		lists Lists
		want  []Item
	}{
		"AWS itself":            {Use{Hosts: aws}, Lists{}, nil},
		"an endpoint":           {Use{Endpoints: []string{here, here, other}}, Lists{Endpoints: []string{other}}, []Item{{OfEndpoint, here}}},
		"no request":            {Use{Via: vaultcore.Via{Proxy: "http://p", Bundle: "/x"}}, Lists{}, nil},
		"sign-in":               {Use{SignIns: []string{other}}, Lists{Endpoints: []string{other}}, []Item{{OfSignIn, other}}},
		"sign-in, trusted":      {Use{SignIns: []string{other}}, Lists{SignIns: []string{other}}, nil},
		"both":                  {Use{Endpoints: []string{here}, SignIns: []string{here}}, Lists{}, []Item{{OfEndpoint, here}, {OfSignIn, here}}},
		"proxy":                 {Use{Hosts: aws, Via: proxied}, Lists{}, []Item{{OfProxy, proxy}}},
		"proxy, trusted":        {Use{Hosts: aws, Via: proxied}, Lists{Proxies: []string{proxy}}, nil},
		"proxy, excepted":       {Use{Hosts: aws, Via: excepted}, Lists{}, nil},
		"proxy, elsewhere":      {Use{Endpoints: []string{other}, Via: excepted}, Lists{Endpoints: []string{other}}, []Item{{OfProxy, proxy}}},
		"proxy, China":          {Use{Hosts: china, Via: excepted}, Lists{}, []Item{{OfProxy, proxy}}},
		"proxy, this machine":   {Use{Endpoints: []string{here}, Via: proxied}, Lists{Endpoints: []string{here}}, nil},
		"certificates":          {Use{Hosts: aws, Via: bundle("/x.pem")}, Lists{}, []Item{{OfBundle, "/x.pem"}}},
		"certificates, trusted": {Use{Hosts: aws, Via: bundle("/x.pem")}, Lists{Bundle: "/x.pem"}, nil},
		"the system's":          {Use{Hosts: aws, Via: bundle("/system")}, Lists{}, nil},
		"one of them":           {Use{Hosts: aws, Via: bundle("/system" + listSeparator + "/x")}, Lists{}, []Item{{OfBundle, "/system" + listSeparator + "/x"}}},
	} {
		got := c.use.Needs(c.lists, func(path string) bool { return path == "/system" })
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := (Use{Hosts: aws, Via: excepted}).Direct(); got != (vaultcore.Via{}) {
		t.Errorf("an excepted proxy stays: %+v", got)
	}
	if got := (Use{Hosts: aws, Via: proxied}).Direct(); got != proxied {
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
