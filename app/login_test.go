package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/vaulttest"
	"github.com/vaultbar/vaultbar/vaultcore/vaulttest/awstest"
)

// visit follows an address as a browser does and returns the page it ends on.
func visit(t *testing.T, address string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Jar: jar}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// extend writes more profiles into the config of a service.
func extend(t *testing.T, s *service, text string) {
	t.Helper()
	f, err := os.OpenFile(s.env.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s.config.Reload()
}

// sessionDuration is what the sign-in was sent, or "".
func sessionDuration(w awstest.World) string {
	duration := ""
	for _, call := range w.Server.Calls() {
		if call.Action == "getSigninToken" {
			duration = call.Params["SessionDuration"]
		}
	}
	return duration
}

func TestLogin(t *testing.T) {
	s, world := newService(t, inMemory)
	other := world.Server.Account("222222222222")
	long := world.Account.Role("long", awstest.Trust{Principals: []string{world.User.ARN()}, RequireMFA: true, MaxSessionDuration: 12 * time.Hour})
	hop := other.Role("hop", awstest.Trust{Principals: []string{world.Role.ARN()}})
	extend(t, s, strings.Join([]string{
		"[profile long]", "role_arn = " + long.ARN(), "source_profile = bastion-system", "duration_seconds = 14400",
		"[profile hop]", "role_arn = " + hop.ARN(), "source_profile = hoge-system", "region = eu-west-1", "",
	}, "\n"))
	caller := vaulttest.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	})
	for _, test := range []struct {
		name      string
		request   agent.LoginRequest
		who, at   string
		federated int
		duration  string // SessionDuration in seconds, as sent
		warned    bool
	}{
		{name: "plain user", request: agent.LoginRequest{Profile: "robot"}, who: "federated-user/robot", federated: 1},
		{name: "user with an MFA session", request: agent.LoginRequest{Profile: "bastion-system"}, who: "federated-user/ann", federated: 1, warned: true},
		{name: "role over an MFA session", request: agent.LoginRequest{Profile: "hoge-system", Service: "ec2"}, who: "assumed-role/hoge/", at: "Service: ec2"},
		{name: "two hops", request: agent.LoginRequest{Profile: "hop", Service: "s3"}, who: "222222222222:assumed-role/hop/", at: "Service: s3"},
		{name: "chained, more time wanted", request: agent.LoginRequest{Profile: "hop", Duration: 4 * time.Hour}, who: "assumed-role/hop/"},
		{name: "role of more than an hour, direct", request: agent.LoginRequest{Profile: "long", Duration: 4 * time.Hour}, who: "assumed-role/long/", duration: "14400"},
	} {
		t.Run(test.name, func(t *testing.T) {
			world.Server.ResetCalls()
			test.request.Print, test.request.Caller = true, caller
			result, err := s.Login(t.Context(), test.request)
			if err != nil {
				t.Fatal(err)
			}
			page := visit(t, result.Address.Reveal())
			if !strings.Contains(page, test.who) || !strings.Contains(page, test.at) {
				t.Errorf("not %s at %q:\n%s", test.who, test.at, page)
			}
			if n := world.Server.Count("GetFederationToken"); n != test.federated {
				t.Errorf("%d calls of GetFederationToken", n)
			}
			if got := sessionDuration(world); got != test.duration {
				t.Errorf("SessionDuration %q, want %q", got, test.duration)
			}
			if warned := len(result.Warnings) > 0; warned != test.warned {
				t.Errorf("warnings %q", result.Warnings)
			}
		})
	}
}

func TestLoginThatAPolicyDenies(t *testing.T) {
	s, world := newService(t, inMemory)
	world.User.DenyAllWithoutMFA()
	_, err := s.Login(t.Context(), agent.LoginRequest{Profile: "bastion-system", Print: true})
	if !errors.Is(err, vaultcore.ErrRefused) || !errors.Is(err, console.ErrDemandsMFA) || !strings.Contains(vaultcore.Hint(err), "role") {
		t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
	}
	if got := stateOf(t, s, "bastion-system").Console; got != console.MenuWithoutMFA {
		t.Errorf("the menu says %q", got)
	}
}

func TestALoginThatFailsToOpenKeepsItsAddressToItself(t *testing.T) {
	s, world := newService(t, inMemory)
	_, err := s.Login(t.Context(), agent.LoginRequest{Profile: "robot"})
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "Signin") {
		t.Errorf("without a browser: %v", err)
	}
	if world.Server.Count("getSigninToken") != 1 {
		t.Error("the sign-in was not asked")
	}
}

func TestReaches(t *testing.T) {
	s, _ := newService(t, inMemory)
	for address, want := range map[string]string{
		"arn:aws:s3:::bucket":                              "bastion-system hoge-system robot",
		"arn:aws:lambda:us-east-1:111111111111:function:f": "bastion-system hoge-system",
		"arn:aws:lambda:us-east-1:333333333333:function:f": "",
	} {
		names, err := s.Reaches(t.Context(), address)
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
	if _, err := s.Reaches(t.Context(), "https://evil.example/"); err == nil {
		t.Error("a foreign address reaches something")
	}
}
