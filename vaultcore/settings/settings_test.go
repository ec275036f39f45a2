package settings

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.ini")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	want := Settings{
		SessionDuration: 8 * time.Hour, Prompt: vaultcore.PromptAuto, AllowNoSession: true,
		NotifyLead: 10 * time.Minute, KeyAgeWarn: 90, NotifyAgents: true, KeepFresh: FreshInUse, Sandboxes: SandboxesAsk, Commands: CommandsAsk, Agents: AgentsDefault, AgentsNamed: NamedByName,
	}
	if got := Defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	got, faults, err := Load(filepath.Join(t.TempDir(), "none"))
	if !reflect.DeepEqual(got, want) || faults != nil || err != nil {
		t.Errorf("without a file: %+v, %q, %v", got, faults, err)
	}
}

// TestTable holds that each setting has all that a list of settings shows, and
// that its value, written and read again, is the same.
func TestTable(t *testing.T) {
	for _, setting := range Table() {
		if setting.Help == "" || setting.Values == "" {
			t.Errorf("%s has no help or values", setting.Key)
		}
		if got := setting.Get(Defaults()); got != setting.Default {
			t.Errorf("%s is %q by default, its row says %q", setting.Key, got, setting.Default)
		}
	}
}

func TestLoad(t *testing.T) {
	path := fileWith(t, `# mine
backend = file
Session_Duration = 90m   ; as long as a film
prompt = dialog
allow_no_session = No
notify_lead = 30m
key_age_warn = 30
keep_fresh = pinned
open_at_login = on
lock_on_screen_lock = true
lock_after_idle = 15m
isolated = 1
colour = blue
[extra]
x = 1
`)
	got, faults, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Backend: "file", SessionDuration: 90 * time.Minute, Prompt: vaultcore.PromptDialog,
		NotifyLead: 30 * time.Minute, KeyAgeWarn: 30, NotifyAgents: true, KeepFresh: FreshPinned,
		OpenAtLogin: true, LockOnScreenLock: true, LockAfterIdle: 15 * time.Minute, Isolated: true, Sandboxes: SandboxesAsk, Commands: CommandsAsk, Agents: AgentsDefault, AgentsNamed: NamedByName,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	golden.Message(t, "", strings.Join(faults, "\n"), path, "SETTINGS")
}

// TestLoadWrong holds that a value that cannot be read is an error with its
// place and what it may be, and that the others are read all the same.
func TestLoadWrong(t *testing.T) {
	for _, line := range []string{
		"backend = safe",
		"session_duration = 10m",
		"session_duration = 37h",
		"session_duration = 8",
		"lock_after_idle = 30s",
		"lock_after_idle =",
		"prompt = none",
		"prompt =",
		"allow_no_session = nope",
		"notify_lead = 7m",
		"keep_fresh = all",
		"nonsense",
	} {
		path := fileWith(t, "isolated = yes\n"+line+"\n")
		got, _, err := Load(path)
		if !errors.Is(err, vaultcore.ErrConfig) || !strings.HasPrefix(err.Error(), path+":2: ") {
			t.Errorf("%q: %v", line, err)
		}
		if line != "nonsense" && (!got.Isolated || vaultcore.Hint(err) == "") {
			t.Errorf("%q: %+v, hint %q", line, got, vaultcore.Hint(err))
		}
		golden.Message(t, line, testkit.ErrorText(err), path, "SETTINGS")
	}
}

func TestSet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "settings.ini")
	for _, s := range [][2]string{{"prompt", "dialog"}, {"session_duration", "12h"}, {"prompt", "terminal"}, {"backend", "file"}} {
		if err := Set(path, s[0], s[1]); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if want := "prompt = terminal\nsession_duration = 12h\nbackend = file\n"; err != nil || string(text) != want {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	if info, err := os.Stat(dir); err != nil || modes && info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v (%v)", info.Mode(), err)
	}

	path = fileWith(t, "# head\r\nprompt = auto ; here\r\n\r\n[other]\r\nprompt = x")
	if err := Set(path, "prompt", "dialog"); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(path)
	if want := "# head\r\nprompt = dialog ; here\r\n\r\n[other]\r\nprompt = x"; err != nil || string(text) != want {
		t.Errorf("the file holds %q (%v)", text, err)
	}
}

func TestSetRefuses(t *testing.T) {
	path := fileWith(t, "prompt = auto\nnonsense\n")
	for _, test := range []struct {
		key, value string
		want       error
	}{
		{"colour", "blue", vaultcore.ErrRequest},
		{"prompt", "loud", vaultcore.ErrRequest},
		{"prompt", "auto\nisolated = yes", vaultcore.ErrRequest},
		{"prompt", "dialog", vaultcore.ErrConfig},
	} {
		if err := Set(path, test.key, test.value); !errors.Is(err, test.want) {
			t.Errorf("%s = %q: %v", test.key, test.value, err)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != "prompt = auto\nnonsense\n" {
		t.Errorf("the file holds %q", text)
	}
}

func TestWithEnv(t *testing.T) {
	env := func(backend, dir string) func(string) string {
		return func(name string) string {
			return map[string]string{"VAULTBAR_BACKEND": backend, "VAULTBAR_FILE_DIR": dir}[name]
		}
	}
	base := Settings{Backend: "pass"}
	dir := t.TempDir()
	if s, err := base.WithEnv(env("", "")); err != nil || !reflect.DeepEqual(s, base) {
		t.Errorf("nothing set: %+v, %v", s, err)
	}
	if s, err := base.WithEnv(env("file", dir)); err != nil || s.Backend != "file" || s.FileDir != dir {
		t.Errorf("both set: %+v, %v", s, err)
	}
	for _, getenv := range []func(string) string{env("safe", ""), env("", "relative")} {
		if _, err := base.WithEnv(getenv); !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
			t.Errorf("error %v", err)
		}
	}
}

func TestProfileSettings(t *testing.T) {
	path := fileWith(t, "# mine\nbackend = file\n")
	for _, set := range [][3]string{{"prod admin", "pinned", "yes"}, {"prod admin", "keep_fresh", "yes"}, {"dev", "pinned", "yes"}, {"dev", "pinned", "no"}} {
		if err := SetProfile(path, set[0], set[1], set[2]); err != nil {
			t.Fatal(err)
		}
	}
	got, faults, err := Load(path)
	want := map[string]Profile{"prod admin": {Pinned: true, KeepFresh: true, Isolated: Inherit, Agents: AgentsDefault, AgentsNamed: NamedDefault}, "dev": {Isolated: Inherit, Agents: AgentsDefault, AgentsNamed: NamedDefault}}
	if !reflect.DeepEqual(got.Profiles, want) || faults != nil || err != nil || got.Backend != "file" {
		t.Errorf("%+v, %q, %v", got, faults, err)
	}
	if err := SetProfile(path, "dev", "backend", "file"); !errors.Is(err, vaultcore.ErrRequest) {
		t.Errorf("a setting of Vaultbar's own was taken for a profile's: %v", err)
	}
	if err := SetProfile(path, "a\nb", "pinned", "yes"); err == nil {
		t.Error("a profile's name broke the line")
	}
}

// A sign-in has its own settings, else those of all.
func TestSignInSettings(t *testing.T) {
	path := fileWith(t, "sso_browser = firefox\n")
	const url = "https://d-1234567890.awsapps.com/start"
	for _, set := range [][3]string{{"corp", "sso_browser", "chromium"}, {url, "sso_browser_profile", "Work 2"}} {
		if err := SetSignIn(path, set[0], set[1], set[2]); err != nil {
			t.Fatal(err)
		}
	}
	got, faults, err := Load(path)
	if faults != nil || err != nil {
		t.Fatalf("%q, %v", faults, err)
	}
	for name, want := range map[string]SignIn{"corp": {"chromium", ""}, url: {"firefox", "Work 2"}, "other": {"firefox", ""}} {
		if got := got.SignIn(name); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, value := range []string{"--flag", "a\nb", "a # b", strings.Repeat("x", 101)} {
		if err := SetSignIn(path, "corp", "sso_browser", value); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("%q is taken: %v", value, err)
		}
	}
	if err := SetSignIn(path, "corp", "pinned", "yes"); !errors.Is(err, vaultcore.ErrRequest) {
		t.Errorf("a setting of a profile was taken for a sign-in's: %v", err)
	}
}

// A number sign begins a comment in the file, so that colours are kept without.
func TestColors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.ini")
	for given, want := range map[string]string{"#c00": "c00", "#Cc0000": "cc0000", "00ff00": "00ff00", "Red": "red", "": ""} {
		if err := SetProfile(path, "prod", "color", given); err != nil {
			t.Fatal(err)
		}
		s, faults, err := Load(path)
		if got := s.Profiles["prod"].Color; err != nil || len(faults) > 0 || got != want {
			t.Errorf("%q is kept as %q, %v %v", given, got, faults, err)
		}
	}
	for _, none := range []string{"reddish", "##c00", "cc00"} {
		if err := SetProfile(path, "prod", "color", none); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("%q is taken: %v", none, err)
		}
	}
}
