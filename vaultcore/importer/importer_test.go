package importer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

const (
	annID     = "AKIAIOSFODNN7EXAMPLE"
	annSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	bobID     = "AKIAI44QH8DHBEXAMPLE"
	command   = "/usr/bin/vaultbar"
	device    = "arn:aws:iam::111111111111:mfa/ann"
)

// place is a person's files, and a vault of maps.
type place struct {
	*testing.T
	files   awsconfig.Files
	csv     string // of the console
	backups string

	keys       map[string]vaultcore.Credentials // in the keychain, by name
	identities map[string]vaultcore.Identity    // by access key id; AWS refuses other keys
	identified []string                         // ids that AWS was asked about
	addFails   error
	editFails  error
}

// newPlace has the key of ann, which AWS knows.
func newPlace(t *testing.T, config, credentials string) *place {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	p := &place{
		T: t, files: awsconfig.Files{Config: filepath.Join(home, ".aws", "config"), Credentials: filepath.Join(home, ".aws", "credentials")},
		csv: filepath.Join(home, "ann_accessKeys.csv"), backups: filepath.Join(home, "backup"),
		keys:       map[string]vaultcore.Credentials{},
		identities: map[string]vaultcore.Identity{annID: {Account: "111111111111", User: "ann", MFADevices: []string{device}}},
	}
	p.write(p.files.Config, config)
	p.write(p.files.Credentials, credentials)
	return p
}

func (p *place) write(path, text string) {
	p.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		p.Fatal(err)
	}
}

// text is what a file says; empty for none.
func (p *place) text(path string) string {
	p.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.Fatal(err)
	}
	return string(text)
}

func (p *place) Identify(_ context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	p.identified = append(p.identified, r.Key.AccessKeyID)
	identity, ok := p.identities[r.Key.AccessKeyID]
	if !ok {
		return vaultcore.Identity{}, vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not know the key").WithHint("look at it in IAM")
	}
	return identity, nil
}

func (p *place) Add(_ context.Context, r agent.AddRequest) error {
	if p.addFails == nil {
		p.keys[r.Profile] = r.Key
	}
	return p.addFails
}

func (p *place) KeyID(ctx context.Context, name string) (string, error) {
	key, err := p.Key(ctx, name)
	return key.AccessKeyID, err
}

func (p *place) Key(_ context.Context, name string) (vaultcore.Credentials, error) {
	key, ok := p.keys[name]
	if !ok {
		return key, vaultcore.ErrNoCredentials
	}
	return key, nil
}

func (p *place) importer() Importer {
	p.Helper()
	config, err := awsconfig.Load(p.files.Config)
	if err != nil {
		p.Fatal(err)
	}
	return Importer{
		Vault: p, Keychain: p, Files: p.files, Profiles: config.Profiles, Backups: p.backups,
		Edit: func(_ context.Context, change func() error) error {
			if p.editFails != nil {
				return p.editFails
			}
			return change()
		},
		Log: slog.New(slog.DiscardHandler),
	}
}

// moves imports what is shown.
func (p *place) moves(r agent.ImportRequest) (agent.ImportResult, error) {
	p.Helper()
	shown, err := p.importer().Import(p.Context(), r)
	if err != nil {
		return shown, err
	}
	r.Agreed = shown.Plan
	return p.importer().Import(p.Context(), r)
}

// holds are the ids in the keychain, by name.
func (p *place) holds() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(p.keys)) {
		all = append(all, name+"="+p.keys[name].AccessKeyID)
	}
	return strings.Join(all, " ")
}

func pair(id string) string {
	return "aws_access_key_id = " + id + "\naws_secret_access_key = " + annSecret + "\n"
}

// TestImport: where keys are after an import, and what is left of where they were.
func TestImport(t *testing.T) {
	annCSV, twoCSV := "Access key ID,Secret access key\n"+annID+","+annSecret+"\n", "User name,Access key ID,Secret access key\nann,"+annID+","+annSecret+"\nbob,broken,broken\n"
	for name, c := range map[string]struct {
		config, credentials, csv string
		stored                   map[string]string // in the keychain before
		request                  agent.ImportRequest
		holds                    string // the keychain
		credentialsAfter         string
		csvAfter                 string
		backups                  int
		configAfter              []string // among what the config says
	}{
		"of one profile": {credentials: "[a]\n" + pair(annID) + "[b]\nregion = eu-west-1\n", holds: "a=" + annID, credentialsAfter: "[b]\nregion = eu-west-1\n", backups: 1,
			configAfter: []string{"[profile a]", "mfa_serial = " + device}},
		"with a device already": {config: "[profile a]\nmfa_serial = arn:aws:iam::111111111111:mfa/other\n", credentials: "[a]\n" + pair(annID), holds: "a=" + annID, backups: 1,
			configAfter: []string{"mfa_serial = arn:aws:iam::111111111111:mfa/other\n"}},
		"for AWS's own tools": {credentials: "[a]\n" + pair(annID), request: agent.ImportRequest{Command: command}, holds: "a=" + annID, backups: 1,
			configAfter: []string{"credential_process = /usr/bin/vaultbar export --format=json a"}},
		"of the config file": {config: "[default]\nregion = eu-west-1\n" + pair(annID), holds: "default=" + annID, backups: 1,
			configAfter: []string{"[default]\nregion = eu-west-1\nmfa_serial"}},
		"kept where it is": {credentials: "[a]\n" + pair(annID), request: agent.ImportRequest{Keep: true}, holds: "a=" + annID, credentialsAfter: "[a]\n" + pair(annID)},
		"one of two": {credentials: "[a]\n" + pair(annID) + "[b]\n" + pair(annID), request: agent.ImportRequest{Profiles: []string{"b"}}, holds: "b=" + annID,
			credentialsAfter: "[a]\n" + pair(annID), backups: 1},
		"one key, two names": {credentials: "[a]\n" + pair(annID) + "[b]\n" + pair(annID), request: agent.ImportRequest{Command: command}, holds: "a=" + annID, backups: 1,
			configAfter: []string{"[profile b]\nmfa_serial = " + device + "\ncredential_process = /usr/bin/vaultbar export --format=json a"}},
		"stored already":   {credentials: "[a]\n" + pair(annID), stored: map[string]string{"a": annID}, holds: "a=" + annID, backups: 1},
		"another is there": {credentials: "[a]\n" + pair(annID), stored: map[string]string{"a": bobID}, holds: "a=" + bobID, credentialsAfter: "[a]\n" + pair(annID)},
		"one that AWS does not know": {credentials: "[a]\n" + pair(annID) + "[b]\n" + pair(bobID), holds: "a=" + annID,
			credentialsAfter: "[b]\n" + pair(bobID), backups: 1},
		"unverified":                           {credentials: "[b]\n" + pair(bobID), request: agent.ImportRequest{NoVerify: true}, holds: "b=" + bobID, backups: 1},
		"a file of the console":                {csv: annCSV, holds: "ann=" + annID, backups: 1},
		"a file of the console, for a profile": {csv: annCSV, request: agent.ImportRequest{Profiles: []string{"work"}}, holds: "work=" + annID, backups: 1},
		"a file of the console, kept":          {csv: annCSV, request: agent.ImportRequest{Keep: true}, holds: "ann=" + annID, csvAfter: annCSV},
		"a file of the console, in part":       {csv: twoCSV, holds: "ann=" + annID, csvAfter: twoCSV},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, c.config, c.credentials)
			for name, id := range c.stored {
				p.keys[name] = vaultcore.Credentials{AccessKeyID: id}
			}
			if c.csv != "" {
				p.write(p.csv, c.csv)
				c.request.CSV = p.csv
			}
			got, err := p.moves(c.request)
			if err != nil || got.Applied == (got.Plan == "") {
				t.Fatalf("%+v: %v", got, err)
			}
			if p.holds() != c.holds {
				t.Errorf("the keychain has %s, want %s", p.holds(), c.holds)
			}
			if after := p.text(p.files.Credentials); after != c.credentialsAfter {
				t.Errorf("the credentials file is %q", after)
			}
			if after := p.text(p.csv); after != c.csvAfter {
				t.Errorf("the file of the console is %q", after)
			}
			config := p.text(p.files.Config)
			for _, part := range c.configAfter {
				if !strings.Contains(config, part) {
					t.Errorf("the config is %q, without %q", config, part)
				}
			}
			if len(got.Backups) != c.backups {
				t.Errorf("backups: %q", got.Backups)
			}
			for _, file := range got.Backups {
				if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 || !strings.Contains(p.text(file), annSecret) {
					t.Errorf("%s: %v, %v", file, info, err)
				}
			}
		})
	}
}

// TestAWSIsAskedOnlyAboutKeysThatCouldMove: neither one that is broken nor one that the
// keychain has leaves the machine.
func TestAWSIsAskedOnlyAboutKeysThatCouldMove(t *testing.T) {
	p := newPlace(t, "[profile role]\nrole_arn = arn:aws:iam::111111111111:role/admin\n",
		"[a]\n"+pair(annID)+"[broken]\n"+pair(bobID+" # mine")+"[stored]\n"+pair(bobID)+"[other]\n"+pair(bobID)+"[role]\n"+pair(bobID))
	p.keys["stored"] = vaultcore.Credentials{AccessKeyID: bobID}
	p.keys["other"] = vaultcore.Credentials{AccessKeyID: annID}
	shown, err := p.importer().Import(t.Context(), agent.ImportRequest{Command: command})
	if err != nil || len(shown.Keys) != 5 || !slices.Equal(p.identified, []string{annID}) {
		t.Errorf("asked about %q: %+v, %v", p.identified, shown.Keys, err)
	}
}

// TestAnImportThatFailsIsResumed: whatever fails, a key stays where it is until the
// config leads to the keychain, and the next import does the rest.
func TestAnImportThatFailsIsResumed(t *testing.T) {
	failure := errors.New("no")
	for name, fail := range map[string]func(*place){
		"nothing is added":  func(p *place) { p.addFails = failure },
		"nobody may edit":   func(p *place) { p.editFails = failure },
		"nothing is copied": func(p *place) { p.write(p.backups, "a file") },
	} {
		t.Run(name, func(t *testing.T) {
			before := "[a]\n" + pair(annID)
			p := newPlace(t, "", before)
			fail(p)
			if got, err := p.moves(agent.ImportRequest{}); err == nil || got.Applied {
				t.Errorf("%+v: %v", got, err)
			}
			if p.text(p.files.Credentials) != before || p.text(p.files.Config) != "" {
				t.Errorf("the files are %q and %q", p.text(p.files.Config), p.text(p.files.Credentials))
			}
			p.addFails, p.editFails = nil, nil
			_ = os.Remove(p.backups) // a file, in one of the cases
			if got, err := p.moves(agent.ImportRequest{}); err != nil || !got.Applied {
				t.Errorf("%+v: %v", got, err)
			}
			if p.holds() != "a="+annID || p.text(p.files.Credentials) != "" {
				t.Errorf("the keychain has %s, and the file is %q", p.holds(), p.text(p.files.Credentials))
			}
		})
	}
}

// TestWhatHasChangedIsNotCarriedOut: what a person has not seen does not happen.
func TestWhatHasChangedIsNotCarriedOut(t *testing.T) {
	p := newPlace(t, "", "[a]\n"+pair(annID))
	shown, err := p.importer().Import(t.Context(), agent.ImportRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p.write(p.files.Config, "[profile a]\nregion = eu-west-1\n")
	if _, err := p.importer().Import(t.Context(), agent.ImportRequest{Agreed: shown.Plan}); !errors.Is(err, vaultcore.ErrBusy) || p.holds() != "" {
		t.Errorf("the keychain has %s: %v", p.holds(), err)
	}
}

// TestFromAWSVault: a key is removed from aws-vault when that is wished for, and only
// when ours is the same.
func TestFromAWSVault(t *testing.T) {
	for name, c := range map[string]struct {
		remove bool
		stored string // the secret of the key that the keychain has already; empty for none
		left   int
		fails  error
	}{
		"copied":             {left: 1},
		"moved":              {remove: true},
		"moved before":       {remove: true, stored: annSecret},
		"another is in ours": {remove: true, stored: strings.Repeat("x", 40), left: 1, fails: vaultcore.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, "[profile a]\ncredential_process = aws-vault export --format=json a\n", "")
			where := vaultcore.AWSVault{Backend: "file", FileDir: filepath.Join(t.TempDir(), "keys"), Passphrase: vaultcore.NewSecret("theirs")}
			theirs, err := keyring.Open(keyring.Config{
				AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault", FileDir: where.FileDir, FilePasswordFunc: keyring.FixedStringPrompt("theirs"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := theirs.Set(keyring.Item{Key: "a", Data: fmt.Appendf(nil, `{"AccessKeyID":%q,"SecretAccessKey":%q}`, annID, annSecret)}); err != nil {
				t.Fatal(err)
			}
			if c.stored != "" {
				p.keys["a"] = vaultcore.Credentials{AccessKeyID: annID, SecretAccessKey: vaultcore.NewSecret(c.stored)}
			}
			if _, err := p.moves(agent.ImportRequest{AWSVault: &where, Remove: c.remove, Command: command}); !errors.Is(err, c.fails) {
				t.Errorf("it failed with %v", err)
			}
			if left, err := theirs.Keys(); err != nil || len(left) != c.left || p.holds() != "a="+annID {
				t.Errorf("aws-vault has %q, and we have %s: %v", left, p.holds(), err)
			}
			if config := p.text(p.files.Config); !strings.Contains(config, "\ncredential_process = "+command) {
				t.Errorf("the config is %q", config)
			}
		})
	}
}

// TestWhoIsAskedForACodeFromNowOn: scripts that had the plain key were asked for nothing.
func TestWhoIsAskedForACodeFromNowOn(t *testing.T) {
	const credentials = "[work]\naws_access_key_id = " + annID + "\naws_secret_access_key = " + annSecret + "\n"
	for _, c := range []struct {
		name, config string
		request      agent.ImportRequest
	}{
		{"a device that was found", "", agent.ImportRequest{}},
		{"one that is not wanted", "", agent.ImportRequest{NoMFA: true}},
		{"one that was there before", "[profile work]\nmfa_serial = " + device + "\n", agent.ImportRequest{}},
	} {
		c.request.Command = command
		shown, err := newPlace(t, c.config, credentials).importer().Import(t.Context(), c.request)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		golden.Message(t, c.name, strings.Join(shown.Notes, "\n"))
	}
}
