package vault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
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
func extend(t *testing.T, s *Vault, text string) {
	t.Helper()
	f, err := os.OpenFile(s.paths.Config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(awstest.ReachedProfiles(text, s.settings.Now().TrustedEndpoints[0])); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s.liveConfig(t.Context()).Reload()
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

// partitioned adds a user with a key and a role above it to a service, in another
// partition.
func partitioned(t *testing.T, s *Vault, world awstest.World, partition, id, region string) {
	t.Helper()
	account := world.Server.Account(id, awstest.InPartition(partition))
	user := account.User("eve")
	role := account.Role("far", awstest.Trust{Principals: []string{user.ARN()}})
	extend(t, s, strings.Join([]string{
		"[profile " + partition + "]", "region = " + region,
		"[profile role-" + partition + "]", "role_arn = " + role.ARN(), "source_profile = " + partition, "",
	}, "\n"))
	addKey(t, s, partition, user.NewKey())
}

func addKey(t *testing.T, s *Vault, profile string, key *awstest.Key) {
	t.Helper()
	err := s.Add(t.Context(), agent.AddRequest{Profile: profile, Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}})
	if err != nil {
		t.Fatal(err)
	}
}

// loginCase is a row of the table of sign-ins.
type loginCase struct {
	name     string
	request  agent.LoginRequest
	who      string // as whom the console is open
	at       string // the host and the service of the page
	called   string // what AWS was asked
	duration string // SessionDuration in seconds, as sent
	warned   bool   // there is a warning
}

func loginCases() []loginCase {
	const (
		sessionDue = "GetSessionToken AssumeRole getSigninToken"
		directDue  = "AssumeRole getSigninToken"
		askedFirst = "GetCallerIdentity GetFederationToken getSigninToken"
		federated  = "GetFederationToken getSigninToken"
		tokyo      = "ap-northeast-1.console.aws.amazon.com"
	)
	login := func(profile, service string, d time.Duration) agent.LoginRequest {
		return agent.LoginRequest{Profile: profile, Service: service, Duration: d}
	}
	return []loginCase{
		{"plain user", login("robot", "", 0), "111111111111:federated-user/robot", "us-east-1.console.aws.amazon.com/console", askedFirst, "", false},
		{"plain user, known by now", login("robot", "iam", 2*time.Hour), "federated-user/robot", "/console.aws.amazon.com/iam", federated, "", false},
		{"plain user for longer than AWS allows", login("robot", "", 40*time.Hour), "federated-user/robot", "/console", federated, "", true},
		{"user with an MFA device", login("bastion-system", "", 0), "federated-user/ann", tokyo + "/console", askedFirst, "", true},
		{"the same, told once", login("bastion-system", "", 0), "federated-user/ann", tokyo + "/console", federated, "", false},
		{"role over an MFA session", login("hoge-system", "ec2", 0), "assumed-role/hoge/", tokyo + "/ec2", sessionDue, "", false},
		{"user with an MFA session", login("bastion-system", "", 0), "federated-user/ann", tokyo + "/console", federated, "", false},
		{"two hops", login("hop", "s3", 0), "222222222222:assumed-role/hop/", "eu-west-1.console.aws.amazon.com/s3", directDue, "", false},
		{"two hops for longer than AWS allows", login("hop", "", 4*time.Hour), "assumed-role/hop/", "/console", "getSigninToken", "", true},
		{"two hops for less", login("hop", "", 30*time.Minute), "assumed-role/hop/", "/console", directDue, "", false},
		{"role of more than an hour, direct", login("long", "", 0), "assumed-role/long/", "/console", directDue, "14400", false},
		{"the same for longer", login("long", "", 10*time.Hour), "assumed-role/long/", "/console", "getSigninToken", "36000", false},
		{"role of an hour for longer", login("hoge-system", "", 6*time.Hour), "assumed-role/hoge/", "/console", directDue, "21600", false},
		{"aws-us-gov, user", login("aws-us-gov", "s3", 0), "arn:aws-us-gov:sts::333333333333:federated-user/eve", "us-gov-west-1.console.amazonaws-us-gov.com/s3", askedFirst, "", false},
		{"aws-us-gov, role", login("role-aws-us-gov", "iam", 0), "arn:aws-us-gov:sts::333333333333:assumed-role/far/", "/console.amazonaws-us-gov.com/iam", sessionDue, "", false},
		{"aws-cn, user", login("aws-cn", "s3", 0), "arn:aws-cn:sts::444444444444:federated-user/eve", "cn-northwest-1.console.amazonaws.cn/s3", askedFirst, "", false},
		{"aws-cn, role", login("role-aws-cn", "", 0), "arn:aws-cn:sts::444444444444:assumed-role/far/", "console.amazonaws.cn/console", sessionDue, "", false},
		{"aws-eusc, user", login("aws-eusc", "s3", 0), "arn:aws-eusc:sts::555555555555:federated-user/eve", "eusc-de-east-1.console.amazonaws-eusc.eu/s3", askedFirst, "", false},
		{"aws-eusc, role", login("role-aws-eusc", "", 0), "arn:aws-eusc:sts::555555555555:assumed-role/far/", "console.amazonaws-eusc.eu/console", sessionDue, "", false},
	}
}

func TestLogin(t *testing.T) {
	s, world := newVault(t, inMemory)
	other := world.Server.Account("222222222222")
	long := world.Account.Role("long", awstest.Trust{Principals: []string{world.User.ARN()}, RequireMFA: true, MaxSessionDuration: 4 * time.Hour})
	hop := other.Role("hop", awstest.Trust{Principals: []string{world.Role.ARN()}})
	extend(t, s, strings.Join([]string{
		"[profile long]", "role_arn = " + long.ARN(), "source_profile = bastion-system", "duration_seconds = 14400",
		"[profile hop]", "role_arn = " + hop.ARN(), "source_profile = hoge-system", "region = eu-west-1", "",
	}, "\n"))
	partitioned(t, s, world, "aws-us-gov", "333333333333", "us-gov-west-1")
	partitioned(t, s, world, "aws-cn", "444444444444", "cn-northwest-1")
	partitioned(t, s, world, "aws-eusc", "555555555555", "eusc-de-east-1")
	caller := testkit.Person(freshCodes(world))
	for _, test := range loginCases() {
		t.Run(test.name, func(t *testing.T) {
			world.Server.ResetCalls()
			test.request.Print, test.request.Caller = true, caller
			result, err := s.Login(t.Context(), test.request)
			if err != nil {
				t.Fatalf("%v (%s)", err, vaultcore.Hint(err))
			}
			if got := actions(world); got != test.called {
				t.Errorf("AWS was asked %s, want %s", got, test.called)
			}
			if got := sessionDuration(world); got != test.duration {
				t.Errorf("SessionDuration %q, want %q", got, test.duration)
			}
			if warned := len(result.Warnings) != 0; warned != test.warned {
				t.Errorf("the warnings are %q", result.Warnings)
			} else if warned {
				golden.Message(t, "", strings.Join(result.Warnings, "\n"))
			}
			page := visit(t, result.Address.Reveal())
			calls := world.Server.Calls()
			if at := calls[len(calls)-1].Action; !strings.Contains(page, test.who) || !strings.Contains(at, test.at) {
				t.Errorf("not %s at %s but at %s:\n%s", test.who, test.at, at, page)
			}
		})
	}
}

// actions is what AWS was asked, in order.
func actions(w awstest.World) string {
	var all []string
	for _, call := range w.Server.Calls() {
		all = append(all, call.Action)
	}
	return strings.Join(all, " ")
}

// freshCodes answers with a code that was never used: AWS's clock moves on to
// where the device shows it.
func freshCodes(world awstest.World) func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
	ahead := time.Duration(0)
	return func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		ahead += 30 * time.Second
		world.Server.SetClockOffset(ahead)
		return vaultcore.NewSecret(world.MFA.Code()), nil
	}
}

// nearItsEnd answers with a session that ends in 20 minutes.
func nearItsEnd(w http.ResponseWriter, r *http.Request, aws http.Handler) {
	reply := httptest.NewRecorder()
	aws.ServeHTTP(reply, r)
	end := []byte("<Expiration>" + time.Now().Add(20*time.Minute).UTC().Format(time.RFC3339) + "</Expiration>")
	w.WriteHeader(reply.Code)
	_, _ = w.Write(regexp.MustCompile("<Expiration>.*</Expiration>").ReplaceAll(reply.Body.Bytes(), end))
}

// A console that opens is not to end a few minutes later, where a session that
// lives longer can be had without a question.
func TestAConsoleGetsASessionThatLasts(t *testing.T) {
	s, world := newVault(t, inMemory)
	short := world.Account.Role("short", awstest.Trust{Principals: []string{world.Account.User("robot").ARN()}})
	extend(t, s, "[profile short]\nrole_arn = "+short.ARN()+"\nsource_profile = robot\n")
	world.Server.Fault(awstest.Fault{Action: "AssumeRole", Times: 1, Kind: nearItsEnd})
	for range 2 {
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "short"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := world.Server.Count("AssumeRole"); n != 1 {
		t.Errorf("a program that is content with 20 minutes got %d sessions", n)
	}
	world.Server.ResetCalls()
	if _, err := s.Login(t.Context(), agent.LoginRequest{Profile: "short", Print: true}); err != nil || actions(world) != "AssumeRole getSigninToken" {
		t.Errorf("the console: %v, AWS was asked %s", err, actions(world))
	}
}

// What the environment holds makes no difference: inside a subshell of exec it is
// a session, which signs nobody in.
func TestLoginWhateverTheEnvironmentHolds(t *testing.T) {
	s, world := newVault(t, inMemory)
	caller := testkit.Person(freshCodes(world))
	session, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "bastion-system", Caller: caller})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", session.Credentials.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", session.Credentials.SecretAccessKey.Reveal())
	t.Setenv("AWS_SESSION_TOKEN", session.Credentials.SessionToken.Reveal())
	for profile, who := range map[string]string{"bastion-system": "federated-user/ann", "robot": "federated-user/robot", "hoge-system": "assumed-role/hoge/"} {
		result, err := s.Login(t.Context(), agent.LoginRequest{Profile: profile, Print: true, Caller: caller})
		if err != nil {
			t.Fatal(err)
		}
		if page := visit(t, result.Address.Reveal()); !strings.Contains(page, who) {
			t.Errorf("%s is not signed in as %s:\n%s", profile, who, page)
		}
	}
	for _, call := range world.Server.Calls() {
		if call.Action == "GetFederationToken" && call.AccessKeyID == session.Credentials.AccessKeyID {
			t.Error("the session of the environment was federated")
		}
	}
}

func TestLoginThatAPolicyDenies(t *testing.T) {
	s, world := newVault(t, inMemory)
	world.User.DenyAllWithoutMFA()
	_, err := s.Login(t.Context(), agent.LoginRequest{Profile: "bastion-system", Print: true})
	if !errors.Is(err, vaultcore.ErrRefused) || !errors.Is(err, console.ErrDemandsMFA) || !strings.Contains(vaultcore.Hint(err), "role") {
		t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
	}
	if got := shownState(t, s, "bastion-system").Console; got != console.MenuWithoutMFA {
		t.Errorf("the menu says %q", got)
	}
}

// A denial that is not about MFA is not explained by it.
func TestLoginThatAnotherPolicyDenies(t *testing.T) {
	s, world := newVault(t, inMemory)
	world.Account.User("robot").Deny("sts:GetFederationToken")
	_, err := s.Login(t.Context(), agent.LoginRequest{Profile: "robot", Print: true})
	if !errors.Is(err, vaultcore.ErrRefused) || errors.Is(err, console.ErrDemandsMFA) || strings.Contains(err.Error()+vaultcore.Hint(err), "MFA") {
		t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
	}
	if got := shownState(t, s, "robot").Console; got != "" {
		t.Errorf("the menu says %q", got)
	}
}

func TestALoginThatFailsToOpenKeepsItsAddressToItself(t *testing.T) {
	s, world := newVault(t, inMemory)
	_, err := s.Login(t.Context(), agent.LoginRequest{Profile: "robot"})
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "Signin") {
		t.Errorf("without a browser: %v", err)
	}
	if world.Server.Count("getSigninToken") != 1 {
		t.Error("the sign-in was not asked")
	}
}

// explain says how the console would open, and why.
func TestExplainTellsOfTheConsole(t *testing.T) {
	s, world := newVault(t, inMemory)
	long := world.Account.Role("long", awstest.Trust{Principals: []string{world.User.ARN()}, MaxSessionDuration: 4 * time.Hour})
	extend(t, s, "[profile long]\nrole_arn = "+long.ARN()+"\nsource_profile = bastion-system\nduration_seconds = 14400\n")
	for _, profile := range []string{"robot", "bastion-system", "hoge-system", "long"} {
		e, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		last := e.Steps[len(e.Steps)-1]
		golden.Message(t, profile, last.Title+": "+last.Detail+"\n"+strings.Join(last.Reasons, "\n"))
	}
	if n := world.Server.Count(""); n != 0 {
		t.Errorf("AWS was asked %d times", n)
	}
}
