package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// The secret of every key in plain text here, and the token of every session.
const canary = "canaryCANARYcanaryCANARYcanaryCANARY0123"

// home is a person's home, with what is wrong in it.
type home struct {
	name        string
	config      string // HOME and BIN stand for the folders
	credentials string
	mode        os.FileMode // of the credentials file; 0600 when 0
	env         map[string]string
	app         App
	self        string
	settings    string
	wrong       int // how many lines say so; 1 when 0
}

// key is a section of a credentials file.
func key(profile string) string {
	return "[" + profile + "]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = " + canary + "\n"
}

func running(change func(*App)) App {
	a := App{Running: true, Backend: "file", Snapshot: vaultcore.Snapshot{Keys: []string{"base"}}}
	if change != nil {
		change(&a)
	}
	return a
}

const (
	works = "[profile base]\nregion = eu-west-1\ncredential_process = BIN/vaultbar export --format=json base\n"
	role  = "[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/admin\nsource_profile = base\n"
)

// homes are broken in one way each.
var homes = []home{
	{name: "no config file", config: "-"},
	{name: "AWS_CONFIG_FILE names nothing", config: "-", env: map[string]string{"AWS_CONFIG_FILE": "/nowhere/config"}},
	{name: "a line that is no setting", config: works + "[profile x]\nregion eu-west-1\n"},
	{name: "a section without the word profile", config: works + "[prod]\nregion = eu-west-1\n"},
	{name: "a region that is none", config: works + "[profile x]\nregion = Ireland\n"},
	{name: "a role that is none", config: works + "[profile x]\nrole_arn = admin\nsource_profile = base\n"},
	{name: "a source_profile that does not exist", config: works + "[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/admin\nsource_profile = nowhere\n"},
	{name: "a loop", wrong: 2, config: works + "[profile a]\nrole_arn = arn:aws:iam::111111111111:role/a\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::111111111111:role/b\nsource_profile = a\n"},
	{name: "a role that outlives AWS's limit", config: works + "[profile x]\nrole_arn = arn:aws:iam::111111111111:role/a\nsource_profile = base\nduration_seconds = 60000\n"},
	{name: "an sso-session that does not exist", config: works + "[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Dev\n"},
	{name: "a line of a vaultbar that is gone", config: strings.Replace(works, "BIN/", "/opt/gone/", 1)},
	{name: "a line of an aws-vault that is gone", config: works + "[profile tf]\ncredential_process = /opt/gone/aws-vault export --format=json base\n"},
	{name: "a line of another program that is gone", config: works + "[profile tf]\ncredential_process = /opt/gone/okta --for tf\n"},
	{name: "a line of aws-vault", config: works + "[profile tf]\ncredential_process = BIN/aws-vault export --format=json base\n"},
	{name: "a line that asks for the wrong name", config: works + "[profile tf]\ncredential_process = BIN/vaultbar export --format=json bse\n", app: running(nil)},
	{name: "a key in plain text", config: works, credentials: key("base")},
	{name: "a key in the config", config: works + "[profile x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = " + canary + "\n"},
	{name: "a key with a comment behind it", config: works, credentials: strings.Replace(key("base"), "EXAMPLE\n", "EXAMPLE # mine\n", 1)},
	{name: "a session that somebody pasted", config: works, credentials: key("tmp") + "aws_session_token = " + canary + "\n"},
	{name: "AWS_PROFILE names no profile", config: works, env: map[string]string{"AWS_PROFILE": "bas"}},
	{name: "two variables name two profiles", config: works + role, env: map[string]string{"AWS_PROFILE": "base", "AWS_DEFAULT_PROFILE": "prod"}},
	{name: "keys in the environment", config: works, env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": canary}},
	{name: "half a key in the environment", config: works, env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}},
	{name: "a shell whose session has ended", config: works, env: map[string]string{
		"AWS_VAULT": "base", "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": canary, "AWS_CREDENTIAL_EXPIRATION": "2026-01-01T00:00:00Z"}},
	{name: "a profile in the shell of another", config: works + role, env: map[string]string{
		"AWS_VAULT": "base", "AWS_PROFILE": "prod", "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": canary}},
	{name: "a container's variable", config: works, env: map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/" + canary}},
	{name: "a credentials file that is not there", config: works, env: map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials"}},
	{name: "a role whose key is not kept", config: works + role, app: running(func(a *App) { a.Snapshot.Keys = []string{} })},
	{name: "Vaultbar is locked", config: works, app: running(func(a *App) { a.Snapshot = vaultcore.Snapshot{Locked: true} })},
	{name: "a keychain that fails", config: works, app: running(func(a *App) {
		a.Snapshot, a.SnapshotErr = vaultcore.Snapshot{}, vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain does not answer").WithHint("start the Secret Service")
	})},
	{name: "another keychain than the variable says", config: works, env: map[string]string{"VAULTBAR_BACKEND": "pass"}, app: running(nil)},
	{name: "a session that could not be had", config: works, app: running(func(a *App) {
		a.Snapshot.Profiles = []vaultcore.ProfileState{{Name: "base", State: vaultcore.StateFailed, Err: "AWS does not accept the key AKIA…MPLE"}}
	})},
	{name: "a session that nobody is signed in for", config: strings.Replace(center, "[profile p]", "[profile Acme Prod]", 1), app: running(func(a *App) {
		a.Snapshot.Profiles = []vaultcore.ProfileState{{Name: "Acme Prod", State: vaultcore.StateFailed, SignInName: "https://x.awsapps.com/start", Err: "nobody is signed in"}}
		a.Snapshot.SignIns = []vaultcore.SignInState{{Name: "https://x.awsapps.com/start"}}
	})},
	{name: "a session of a name with a space", config: "[profile Acme Prod]\nregion = eu-west-1\n", app: running(func(a *App) {
		a.Snapshot.Keys = []string{"Acme Prod"}
		a.Snapshot.Profiles = []vaultcore.ProfileState{{Name: "Acme Prod", State: vaultcore.StateFailed, Err: "no network"}}
	})},
	{name: "another vaultbar goes first", config: works, self: "/opt/other/vaultbar"},
	{name: "a setting with a wrong value", config: works, settings: "keep_fresh = always\n"},
	{name: "a setting that does not exist", config: works, settings: "keep_frsh = never\n"},
	{name: "another config file by the settings", config: works, settings: "config_file = /nowhere/config\n"},
}

// center has one profile of Identity Center.
const center = "[profile p]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Dev\n"

// lookAt makes a home, and what is found out about it.
func lookAt(t *testing.T, h home) (f Facts, normal *strings.Replacer) {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	t.Setenv("HOME", dir)
	for _, name := range []string{"vaultbar", "aws-vault"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n# "+name+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if h.config != "-" {
		write(t, filepath.Join(dir, ".aws", "config"), strings.ReplaceAll(h.config, "BIN", bin), 0o600)
	}
	if h.credentials != "" {
		write(t, filepath.Join(dir, ".aws", "credentials"), h.credentials, max(h.mode, 0o600))
	}
	self := h.self
	if self == "" {
		self = filepath.Join(bin, "vaultbar")
	}
	own := filepath.Join(dir, "settings.ini")
	write(t, own, h.settings, 0o600)
	env := map[string]string{"PATH": bin}
	maps.Copy(env, h.env)
	f = Look(Home{Settings: own, Seen: vaultcore.SurroundingsOf(func(name string) string { return env[name] }, self)})
	f.App, f.Now = h.app, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	return f, strings.NewReplacer(bin, "BIN", dir, "HOME")
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// line is a check as it is shown.
func line(c vaultcore.Check) string {
	text := fmt.Sprintf("%-4s %s: %s\n", c.Verdict, c.Name, c.Text)
	if c.Next != "" {
		text += "     " + strings.ReplaceAll(c.Next, "\n", "\n     ") + "\n"
	}
	return text
}

// Each broken home has one line that says so, and the next step.
func TestBrokenHomes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of these homes are scripts of Unix")
	}
	var b strings.Builder
	for _, h := range homes {
		f, normal := lookAt(t, h)
		checks := Examine(f)
		fmt.Fprintf(&b, "%s\n", h.name)
		wrong := 0
		for _, c := range checks {
			if c.Verdict != vaultcore.CheckOK {
				wrong++
				b.WriteString(normal.Replace(line(c)))
				if c.Next == "" {
					t.Errorf("%s: %q has no next step", h.name, c.Text)
				}
			}
		}
		if wrong != max(h.wrong, 1) {
			t.Errorf("%s: %d lines say what is wrong", h.name, wrong)
		}
		b.WriteString("\n")
		wantNoSecret(t, h.name, checks)
	}
	golden.Check(t, "homes.txt", b.String())
}

// wantNoSecret looks for the canary in what programs are given.
func wantNoSecret(t *testing.T, what string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil || strings.Contains(string(text), canary) {
		t.Errorf("%s: a secret is in\n%s (%v)", what, text, err)
	}
}

// A home in order has nothing but lines that say so.
func TestGoodHome(t *testing.T) {
	f, normal := lookAt(t, home{config: works + role, app: running(nil)})
	var b strings.Builder
	for _, c := range Examine(f) {
		b.WriteString(normal.Replace(line(c)))
		if c.Verdict != vaultcore.CheckOK {
			t.Errorf("%s", line(c))
		}
	}
	golden.Check(t, "good.txt", b.String())
}

// A file with keys that others may read is said to be, beside the keys.
func TestOpenFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	f, _ := lookAt(t, home{config: works, credentials: key("base"), mode: 0o644})
	if checks := Examine(f); len(f.Open) != 1 || !strings.Contains(fmt.Sprint(checks), "chmod 600 ~/.aws/credentials") {
		t.Errorf("%+v", checks)
	}
}

// TestSearches holds which of the places AWS's tools use: the two orders differ.
func TestSearches(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of these homes are scripts of Unix")
	}
	var b strings.Builder
	for _, h := range []home{
		{name: "asks Vaultbar", config: strings.Replace(works, "base", "p", 2)},
		{name: "a role above it", config: works + "[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\nsource_profile = base\n"},
		{name: "a role above a key in plain text", config: works + "[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\nsource_profile = base\n", credentials: key("base")},
		{name: "a role above nothing", config: "[profile base]\nregion = eu-west-1\n[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\nsource_profile = base\n"},
		{name: "a role without source_profile", config: "[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\ncredential_process = BIN/vaultbar export --format=json base\n" + works},
		{name: "nothing", config: "[profile p]\nregion = eu-west-1\n"},
		{name: "a key in plain text and a line", config: strings.Replace(works, "base", "p", 2), credentials: key("p")},
		{name: "a key in the config and a line", config: strings.Replace(works, "base", "p", 2) + "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = " + canary + "\n"},
		{name: "Identity Center and a key", config: center, credentials: key("p")},
		{name: "Identity Center", config: center},
		{name: "Identity Center, whose sign-in is left for AWS's tools", config: center, settings: "sso_share = yes\n"},
		{name: "a web identity", config: "[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\nweb_identity_token_file = /token\n"},
		{name: "keys in the environment", config: strings.Replace(works, "base", "p", 2), env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": canary}},
		{name: "a shell of exec", config: strings.Replace(works, "base", "p", 2), env: map[string]string{"AWS_VAULT": "p", "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": canary}},
		{name: "a container", config: "[profile p]\nregion = eu-west-1\n", env: map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/" + canary}},
		{name: "another program", config: "[profile p]\ncredential_process = BIN/aws-vault export --format=json p\n"},
		{name: "credential_source", config: "[profile p]\nrole_arn = arn:aws:iam::111111111111:role/admin\ncredential_source = Ec2InstanceMetadata\n"},
		{name: "a broken profile", config: "[profile p]\nregion = Ireland\n"},
	} {
		f, normal := lookAt(t, h)
		checks, searches, err := OfProfile(f, "p")
		if err != nil {
			t.Errorf("%s: %v", h.name, err)
		}
		fmt.Fprintf(&b, "%s\n", h.name)
		for _, c := range checks {
			b.WriteString(normal.Replace(line(c)))
		}
		for _, search := range searches {
			for _, place := range search.Places {
				if place.Has {
					fmt.Fprintf(&b, "       %s, %s: %s (wins: %t)\n", search.Tools, place.Name, normal.Replace(place.Text), place.Wins)
				}
			}
		}
		b.WriteString("\n")
		wantNoSecret(t, h.name, checks)
		wantNoSecret(t, h.name, searches)
	}
	golden.Check(t, "searches.txt", b.String())
	f, _ := lookAt(t, home{config: works})
	if _, _, err := OfProfile(f, "bse"); !errors.Is(err, vaultcore.ErrNoProfile) {
		t.Errorf("a profile that does not exist: %v", err)
	}
}
