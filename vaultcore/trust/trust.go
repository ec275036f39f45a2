// Package trust decides where requests to AWS go, and whether a person has to
// allow that first.
//
// What a program's environment or a profile says is a wish: another endpoint
// gets keys' signatures and MFA codes, another sign-in gets whole sessions, a
// proxy with certificates of its own reads everything. None of it is believed
// because somebody says it. A [Route] is what is wished, a [Use] what requests would
// touch by it; [Use.Needs] are the parts of that which the person's [Lists] do not
// hold, for somebody to ask about. The lists are settings, so that a machine without a
// person can be set up by file, and a person's "always" is written there.
//
// An endpoint is trusted for STS and IAM. One that is handed what signs in, a whole
// session or the bearer token of IAM Identity Center, is on a list of its own; for the
// console it comes from no general variable. A
// proxy that NO_PROXY keeps from AWS's hosts is left out, and needs no trust. A
// file of certificates that only root can change is the system's own. Plain http
// goes to this machine only; that its listener belongs to the person is looked
// at by the dialer (package awshttp).
//
// It is pure but for [System]. A proxy's user and password are taken apart from
// its address ([Account]) and are in no route, list or item.
package trust

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Lists is what the person trusts. Its texts are as [aws.Endpoint] and [Proxy] return
// them.
type Lists struct {
	Endpoints []string // of STS and IAM
	SignIns   []string // of the console's sign-in and of IAM Identity Center
	Proxies   []string
	Bundle    string   // the file of certificates that is believed; empty for the system's
	Commands  []string // of the config file, by their ids
}

// Route is where requests are sent, and by which way. It can be compared.
type Route struct {
	Reach vaultcore.Reach // what the environment says, before what profiles say
	// Via is the way. Its certificates are those to believe where Reach and the profiles
	// name none.
	Via vaultcore.Via
}

// Said is the route of a profile: what the environment says, else what the profile
// does.
func (r Route) Said(profile vaultcore.Reach) Route {
	r.Reach = r.Reach.Or(profile)
	r.Via.Bundle = cmp.Or(r.Reach.Bundle, r.Via.Bundle)
	return r
}

// Account is how a proxy knows its user.
type Account struct {
	Proxy    string
	User     string
	Password vaultcore.Secret
}

// Of is the route that a program's environment wishes for. Where it names no
// certificates, those of the lists are believed. It may return: ErrConfig.
func Of(env vaultcore.Environment, lists Lists) (Route, Account, error) {
	r := Route{Via: vaultcore.Via{Bundle: lists.Bundle}}
	if env.IsZero() {
		return r, Account{}, nil
	}
	reach, err := reachOf(env)
	if err != nil {
		return Route{}, Account{}, err
	}
	account, err := r.proxy(env)
	if err != nil {
		return Route{}, Account{}, err
	}
	r.Reach, r.Via.Bundle = reach, cmp.Or(systemBundle(env), r.Via.Bundle)
	return r, account, nil
}

// Background is the route of work that no program waits for: what the person has
// trusted first.
func Background(lists Lists) Route {
	r := Route{Via: vaultcore.Via{Bundle: lists.Bundle}}
	if len(lists.Proxies) > 0 {
		r.Via.Proxy = lists.Proxies[0]
	}
	return r
}

func (r *Route) proxy(env vaultcore.Environment) (Account, error) {
	value := env.Get("HTTPS_PROXY")
	if value == "" {
		return Account{}, nil
	}
	proxy, account, reason := proxyOf(value)
	if reason != "" {
		return Account{}, vaultcore.Faultf(vaultcore.ErrConfig, "HTTPS_PROXY %s", reason).
			WithHint("correct it, or unset it to reach AWS without a proxy")
	}
	r.Via.Proxy, r.Via.NoProxy = proxy, env.Get("NO_PROXY")
	return account, nil
}

// systemBundle is which certificates an environment has in place of the system's.
// AWS's own variable is in a [vaultcore.Reach], and goes first as in AWS's tools.
func systemBundle(env vaultcore.Environment) string {
	file, dir := env.Get("SSL_CERT_FILE"), env.Get("SSL_CERT_DIR")
	if file == "" || dir == "" {
		return file + dir
	}
	return file + listSeparator + dir
}

// Proxy returns the address of a proxy as lists have it, without its user, or why
// it is none.
func Proxy(text string) (key, reason string) {
	key, _, reason = proxyOf(text)
	return key, reason
}

func proxyOf(text string) (string, Account, string) {
	const wrong = "is not a proxy address, such as http://proxy.example.com:3128"
	if !strings.Contains(text, "://") {
		text = "http://" + text // as curl and Go take it
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", Account{}, wrong
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return "", Account{}, wrong
	}
	key := aws.Origin(u)
	password, _ := u.User.Password()
	return key, Account{Proxy: key, User: u.User.Username(), Password: vaultcore.NewSecret(password)}, ""
}
