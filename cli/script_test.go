//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// serviceKey is where a script keeps its service.
type serviceKey struct{}

// TestScripts runs sessions at a terminal without a person: every command, its
// output, its failures and its exit code, over the real socket.
func TestScripts(t *testing.T) {
	app, err := exec.LookPath("broken-app")
	if err != nil {
		t.Fatal(err)
	}
	apps := filepath.Dir(app)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       golden.Updating(),
		Setup: func(env *testscript.Env) error {
			dir, err := os.MkdirTemp("/tmp", "v")
			if err != nil {
				return err
			}
			env.Defer(func() {
				stopApp(dir)
				_ = os.RemoveAll(dir)
			})
			env.Vars = append(env.Vars, "GORACE=atexit_sleep_ms=0", "XDG_RUNTIME_DIR="+dir, "HOME="+dir, "SHELL=/bin/sh", "APPS="+apps)
			env.Values[serviceKey{}] = sampleService()
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":   cmdServe,
			"fails":   cmdFails,
			"calls":   cmdCalls,
			"request": cmdRequest,
			"code":    cmdCode,
			"trusts":  cmdTrusts,
			"isset":   cmdIsSet,
		},
	})
}

func serviceOf(ts *testscript.TestScript) *testkit.FakeService {
	return ts.Value(serviceKey{}).(*testkit.FakeService)
}

// cmdServe starts the app: serve.
func cmdServe(ts *testscript.TestScript, _ bool, _ []string) {
	service := serviceOf(ts)
	service.Update(func() { service.About.Trail = ts.MkAbs("audit") })
	stop, err := listen(ts.Getenv("XDG_RUNTIME_DIR"), service)
	ts.Check(err)
	ts.Defer(func() { ts.Check(stop()) })
}

// cmdFails makes an operation fail: fails OP KIND MESSAGE [HINT].
func cmdFails(ts *testscript.TestScript, _ bool, args []string) {
	kinds := map[string]error{"failed": errors.New("something else"), "usage": vaultcore.ErrRequest}
	for _, kind := range testkit.Sentinels() {
		kinds[kind.Error()] = kind
	}
	kind, ok := kinds[args[1]]
	if !ok {
		ts.Fatalf("no kind %q", args[1])
	}
	fault := vaultcore.Faultf(kind, "%s", args[2])
	if len(args) > 3 {
		fault = fault.WithHint("%s", strings.ReplaceAll(args[3], `\n`, "\n"))
	}
	service := serviceOf(ts)
	service.Update(func() { service.Errors = map[string]error{args[0]: fault} })
}

// cmdIsSet has the line of vaultbar stand in the config file: isset.
func cmdIsSet(ts *testscript.TestScript, _ bool, _ []string) {
	service := serviceOf(ts)
	service.Update(func() { service.Change = agent.SetupResult{File: service.Change.File} })
}

// cmdTrusts has the person trust a text of a .vaultbar: trusts PATH FILE.
func cmdTrusts(ts *testscript.TestScript, _ bool, args []string) {
	state := filepath.Join(ts.Getenv("HOME"), ".local", "state", "vaultbar")
	if runtime.GOOS == "darwin" {
		state = filepath.Join(ts.Getenv("HOME"), "Library", "Application Support", "Vaultbar")
	}
	ts.Check(dirprofile.Change(state, func(list dirprofile.List) { list[dirprofile.PathIn(filepath.Dir(args[0]))] = ts.ReadFile(args[1]) }))
}

// cmdCalls checks what the app was asked: calls OP…
func cmdCalls(ts *testscript.TestScript, neg bool, want []string) {
	var got []string
	for _, call := range serviceOf(ts).Calls() {
		got = append(got, call.Op)
	}
	if same := fmt.Sprint(got) == fmt.Sprint(want); same == neg {
		ts.Fatalf("calls: %v", got)
	}
}

// cmdRequest checks the last request of a kind, printed: request OP TEXT…
func cmdRequest(ts *testscript.TestScript, neg bool, args []string) {
	last := ""
	for _, call := range serviceOf(ts).Calls() {
		if call.Op == args[0] {
			last = requestText(call.Request)
		}
	}
	for _, text := range args[1:] {
		if strings.Contains(last, text) == neg {
			ts.Fatalf("request: %s", last)
		}
	}
}

// requestText is a request with its secrets told apart, but not its caller's
// process.
func requestText(request any) string {
	switch r := request.(type) {
	case agent.AddRequest:
		secret := r.Key.SecretAccessKey.Reveal()
		return fmt.Sprintf("id=%s secret=%s account=%s config=%t mfa=%s region=%s", r.Key.AccessKeyID, secret, r.Key.AccountID, r.EditConfig, r.MFASerial, r.Region)
	case agent.CredentialsRequest:
		return fmt.Sprintf("ttl=%s nosession=%t duration=%s region=%s program=%s prompt=%s terminal=%s silent=%v",
			r.MinTTL, r.NoSession, r.Duration, r.Region, r.Caller.Program, r.Caller.Prompt, r.Caller.Terminal, r.Caller.Preanswered)
	case agent.ServeCallerRequest:
		return fmt.Sprintf("profile=%s metadata=%t duration=%s region=%s port=%d program=%s", r.Profile, r.Metadata, r.Duration, r.Region, r.Port, r.Caller.Program)
	default:
		return fmt.Sprintf("%+v", request)
	}
}

// cmdCode runs a command and checks its exit code: code N COMMAND…
func cmdCode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%s: %s", args[1], err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
