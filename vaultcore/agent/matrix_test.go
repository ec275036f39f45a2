package agent_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// exchange is a request, and what its reply comes to.
type exchange struct {
	name string
	call func(context.Context, agent.Service) (any, error)
}

// exchanges are requests of every kind, with every field that the first version had.
func exchanges() []exchange {
	base, role := testkit.BaseProfile, testkit.RoleProfile
	wanted := agent.CredentialsRequest{Profile: base, MinTTL: 15 * time.Minute, Duration: time.Hour, Region: "eu-west-1"}
	silent := vaultcore.Caller{
		Program: "terraform", Prompt: vaultcore.PromptDialog, Terminal: vaultcore.TerminalReachable,
		Preanswered: []vaultcore.QuestionKind{vaultcore.AskMFA}, Ask: says("123456"),
	}
	person := func(ask asks) agent.CredentialsRequest {
		return agent.CredentialsRequest{Profile: role, Caller: testkit.Person(ask)}
	}
	return []exchange{
		{"credentials", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, agent.CredentialsRequest{Profile: base})
		}},
		{"credentials-all", func(ctx context.Context, s agent.Service) (any, error) {
			r := wanted
			r.Caller = silent
			return s.Credentials(ctx, r)
		}},
		{"no-session", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, agent.CredentialsRequest{Profile: base, NoSession: true})
		}},
		{"no-profile", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, agent.CredentialsRequest{Profile: "nobody"})
		}},
		{"nobody-to-ask", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, agent.CredentialsRequest{Profile: role})
		}},
		{"question", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, person(says("123456")))
		}},
		{"wrong-code", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Credentials(ctx, person(says("000000")))
		}},
		{"canceled", func(ctx context.Context, s agent.Service) (any, error) { return s.Credentials(ctx, person(refuses)) }},
		{"explain", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Explain(ctx, agent.CredentialsRequest{Profile: base})
		}},
		{"snapshot", func(ctx context.Context, s agent.Service) (any, error) { return s.Snapshot(ctx) }},
		{"identify", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Identify(ctx, agent.IdentifyRequest{Key: testkit.Key()})
		}},
		{"add", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.Add(ctx, agent.AddRequest{Profile: base, Key: testkit.Key(), EditConfig: true, MFASerial: testkit.MFADevice, Region: "eu-west-1"})
		}},
		{"remove", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Remove(ctx, agent.RemoveRequest{Profile: base})
		}},
		{"clear", func(ctx context.Context, s agent.Service) (any, error) { return s.Clear(ctx, agent.ClearRequest{}) }},
		{"setup", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Setup(ctx, agent.SetupRequest{Profiles: []string{base}, Command: "/usr/bin/vaultbar", Undo: true, Agreed: "sum"})
		}},
		{"edit", func(ctx context.Context, s agent.Service) (any, error) {
			return s.EditProfile(ctx, agent.EditRequest{
				Profile: "admin", Region: "eu-west-1", RoleARN: "arn:aws:iam::222222222222:role/admin", Source: base, Agreed: "sum",
			})
		}},
		{"signin", func(ctx context.Context, s agent.Service) (any, error) {
			return s.SignIn(ctx, agent.SignInRequest{Name: "corp", DeviceCode: true, NoBrowser: true, Force: true})
		}},
		{"signout", func(ctx context.Context, s agent.Service) (any, error) {
			return s.SignOut(ctx, agent.SignOutRequest{Name: "corp"})
		}},
		{"accounts", func(ctx context.Context, s agent.Service) (any, error) {
			return s.ListAccounts(ctx, agent.AccountsRequest{SignIn: "corp", Roles: true, Accounts: []string{"111111111111"}, After: "000000000000"})
		}},
		{"sync", func(ctx context.Context, s agent.Service) (any, error) {
			return s.SyncProfiles(ctx, agent.SyncRequest{SignIn: "corp", Region: "eu-west-1", Template: "{role}", Ignore: []string{"*"}, Prune: true, Agreed: "sum"})
		}},
		{"login", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Login(ctx, agent.LoginRequest{
				Profile: base, Link: true, Service: "ec2", Path: "/ec2/home", Region: "eu-west-1", Duration: time.Hour,
				Print: true, LogoutFirst: true, Browser: "firefox", Isolated: agent.IsolatedYes, IsolatedAs: "prod", Private: true,
			})
		}},
		{"reaches", func(ctx context.Context, s agent.Service) (any, error) {
			return s.ProfilesFor(ctx, "arn:aws:s3:::bucket")
		}},
		{"services", func(ctx context.Context, s agent.Service) (any, error) { return s.Services(ctx) }},
		{"browsers", func(ctx context.Context, s agent.Service) (any, error) { return s.Browsers(ctx) }},
		{"agents", func(ctx context.Context, s agent.Service) (any, error) { return s.Agents(ctx) }},
		{"revoke", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Revoke(ctx, agent.RevokeRequest{ID: 2})
		}},
		{"find", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.Find(ctx, agent.FindRequest{Query: base})
		}},
		{"forget", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.RemoveBrowserProfile(ctx, agent.BrowserProfileRequest{Name: base})
		}},
		{"renew", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.Renew(ctx, agent.CredentialsRequest{Profile: base})
		}},
		{"lock", func(ctx context.Context, s agent.Service) (any, error) { return nil, s.Lock(ctx) }},
		{"unlock", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.Unlock(ctx, agent.UnlockRequest{})
		}},
		{"watch", watchOnce},
		{"serve-caller", serveOnce},
		{"serve", func(ctx context.Context, s agent.Service) (any, error) {
			return s.Serve(ctx, agent.ServeRequest{Profile: testkit.BaseProfile, Containers: true})
		}},
		{"unserve", func(ctx context.Context, s agent.Service) (any, error) {
			return s.StopServing(ctx, agent.StopServingRequest{Profiles: []string{testkit.BaseProfile}})
		}},
		{"settings", func(ctx context.Context, s agent.Service) (any, error) { return s.Settings(ctx) }},
		{"set", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.Set(ctx, agent.SetRequest{Profile: base, Key: "isolated", Value: "yes"})
		}},
		{"trust-folder", func(ctx context.Context, s agent.Service) (any, error) {
			return nil, s.TrustFolder(ctx, agent.FolderRequest{Path: "/home/ann/infra/.vaultbar", Profile: base, Text: "# ours\n" + base + "\n", Forget: true})
		}},
		{"status", func(ctx context.Context, s agent.Service) (any, error) { return s.Status(ctx) }},
		{"stop", func(ctx context.Context, s agent.Service) (any, error) { return nil, s.Stop(ctx) }},
	}
}

type asks = func(context.Context, vaultcore.Question) (vaultcore.Secret, error)

func says(code string) asks {
	return func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		return vaultcore.NewSecret(code), nil
	}
}

func refuses(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
	return vaultcore.Secret{}, vaultcore.ErrCanceled
}

// watchOnce leaves at the first change, which is told at once.
func watchOnce(ctx context.Context, s agent.Service) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := 0
	err := s.Watch(ctx, func() { changes++; cancel() })
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return changes, err
}

// serveOnce leaves once it is served.
func serveOnce(ctx context.Context, s agent.Service) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var got agent.Endpoint
	err := s.ServeCaller(ctx, agent.ServeCallerRequest{
		Profile: testkit.BaseProfile, MinTTL: 15 * time.Minute, Duration: time.Hour, Region: "eu-west-1", Metadata: true,
		Port: 41234, Token: vaultcore.NewSecret("token"), Ready: func(e agent.Endpoint) { got = e; cancel() },
	})
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return got, err
}

// complete is a service that has a value for every field of the first version's
// replies, and always the same ones.
func complete() *testkit.FakeService {
	end := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	f, _ := fake()
	session := testkit.Session(end)
	session.Warnings = []string{"less than was asked for"}
	f.Results = map[string]agent.CredentialsResult{testkit.BaseProfile: session, testkit.RoleProfile: session}
	f.Keys = map[string]vaultcore.Credentials{testkit.BaseProfile: testkit.Key()}
	f.Sessions = map[string]int{testkit.BaseProfile: 1, testkit.RoleProfile: 2}
	f.State = vaultcore.Snapshot{
		Config: "/home/ann/.aws/config", Keys: []string{testkit.BaseProfile},
		Profiles: []vaultcore.ProfileState{{Name: testkit.BaseProfile}},
	}
	f.Identity = vaultcore.Identity{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann", MFADevices: []string{testkit.MFADevice}}
	f.Change = agent.SetupResult{File: "/home/ann/.aws/config", Diff: "+x\n", Notes: []string{"a note"}}
	f.SignIns = map[string]agent.SignInResult{"corp": {Name: "corp", Expires: end, Ends: end.Add(time.Hour), Fresh: true, Warnings: []string{"joined"}}}
	f.SignOuts = map[string]agent.SignOutResult{"corp": {SignIns: 1, Sessions: 3, LivesOn: []string{"credentials that were handed out"}}}
	f.Portals = map[string][]vaultcore.Account{"corp": {
		{ID: "111111111111", Name: "Prod", Email: "aws@example.com", Roles: []string{"Admin"}}, {ID: "222222222222", Roles: []string{}},
	}}
	f.Sync = agent.SyncResult{
		SetupResult: agent.SetupResult{File: "~/.aws/config", Diff: "+[profile prod]\n", Notes: []string{"a note"}}, Change: "sum", Added: 1, Removed: 2,
	}
	f.SignedIn = agent.LoginResult{Address: vaultcore.NewSecret("https://signin.aws.amazon.com/federation?x"), Browser: "Firefox", Warnings: []string{"no MFA"}}
	f.Accounts = map[string][]string{"arn:aws:s3:::bucket": {testkit.BaseProfile}}
	f.Machine = agent.BrowsersResult{
		Found: []agent.Browser{{Name: "firefox", Title: "Firefox", Default: true}},
		Kept:  []agent.KeptProfile{{Name: "prod", Browser: "firefox", Used: end, Open: true}},
	}
	f.ForAgents = agent.AgentsResult{Known: []string{"claude"}, Programs: []string{"mybot"}, All: "default", MayChange: true, Profiles: []agent.ProfileForAgents{
		{Profile: "prod", Set: "read-only", Gets: "read-only", Policy: "arn:aws:iam::aws:policy/ReadOnlyAccess", Named: "agent-NAME-vaultbar-ann"},
		{Profile: "key", Set: "default", Gets: "read-only", Nothing: "the credentials come from sts:GetSessionToken"},
	}}
	f.Pages = []agent.ConsoleService{{Name: "ec2", Title: "EC2"}}
	f.Served = agent.Endpoint{Address: "http://127.0.0.1:41234", Token: vaultcore.NewSecret("token"), Region: "eu-west-1", Warnings: []string{"less than was asked for"}}
	f.Relay = agent.Relay{Address: "http://169.254.170.2/prod", Folder: "/run/containers", Port: 41235}
	f.Options = []agent.Setting{{Key: "isolated", Value: "no", Default: "no", Help: "whether"}}
	f.About = agent.Status{
		Version: "v1.2.3", PID: 42, Started: end.AddDate(-80, 0, 0), Socket: "/run/agent.sock", Config: "/home/ann/.aws/config", Log: "/home/ann/log",
		Backend: "file", Keychain: "/home/ann/keys", Locked: true, Profiles: 3, Keys: 2, Sessions: 2, Desktop: true,
	}
	return f
}

// frame is a line, and which way it went.
type frame struct {
	request bool
	text    string
}

func readFrames(t *testing.T, name string) (frames []frame) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "v1", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		frames = append(frames, frame{line[0] == '>', line[2:]})
	}
	return frames
}

// words are fields for a person to read. They have to be there.
var words = map[string]bool{"message": true, "hint": true, "who": true, "notice": true, "text": true}

// covers says whether a value has all that an older one had. What is new is
// ignored by whoever does not know it.
func covers(now, then any) bool {
	switch then := then.(type) {
	case map[string]any:
		now, ok := now.(map[string]any)
		for key, value := range then {
			ok = ok && (words[key] && now[key] != nil || covers(now[key], value))
		}
		return ok
	case []any:
		now, ok := now.([]any)
		return ok && slices.EqualFunc(now, then, covers)
	default:
		return reflect.DeepEqual(now, then)
	}
}

func parsed(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// play says one side of a conversation and compares the other.
func play(t *testing.T, conn net.Conn, frames []frame, client bool) {
	t.Helper()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	lines := bufio.NewReader(conn)
	for _, f := range frames {
		if f.request == client {
			if _, err := io.WriteString(conn, f.text+"\n"); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("instead of %s: %v", f.text, err)
		}
		if !covers(parsed(t, got), parsed(t, f.text)) {
			t.Errorf("the first version had\n%s\nnow it is\n%s", f.text, got)
		}
	}
}

// TestOldCommands is a command of the first version with the app of today.
func TestOldCommands(t *testing.T) {
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			if *record {
				recordExchange(t, e)
			}
			conn, err := serve(t, &agent.Server{Service: complete()})(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			play(t, conn, readFrames(t, e.name), true)
		})
	}
}

// TestOldApp is an app of the first version with the command of today, which makes
// of its replies what it would make of today's.
func TestOldApp(t *testing.T) {
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			played := make(chan struct{})
			go func() {
				defer close(played)
				defer func() { _ = theirs.Close() }()
				play(t, theirs, readFrames(t, e.name), false)
			}()
			app := agent.NewClient(agent.ClientOptions{Dial: func(context.Context) (net.Conn, error) { return ours, nil }})
			got, err := e.call(t.Context(), app)
			<-played
			want, wantErr := e.call(t.Context(), complete())
			if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
				t.Errorf("got %+v, %v; want %+v, %v", got, err, want, wantErr)
			}
			for _, kind := range testkit.Sentinels() {
				if errors.Is(err, kind) != errors.Is(wantErr, kind) {
					t.Errorf("the error is %v, want one like %v", err, wantErr)
				}
			}
		})
	}
}

// TestBytes holds that client and server say what the first version said, to the
// byte, but for the one field that came since.
func TestBytes(t *testing.T) {
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			reach := serve(t, &agent.Server{Service: complete()})
			var tape tape
			_, _ = e.call(t.Context(), agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
				conn, err := reach(ctx)
				return &taped{conn, &tape}, err
			}}))
			var want strings.Builder
			for _, f := range readFrames(t, e.name) {
				way := "< "
				if f.request {
					way = "> "
				}
				want.WriteString(way + f.text + "\n")
			}
			if got := strings.ReplaceAll(tape.text.String(), `,"approves":true`, ""); got != want.String() {
				t.Errorf("got\n%swant\n%s", got, want.String())
			}
		})
	}
}
