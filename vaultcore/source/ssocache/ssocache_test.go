package ssocache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const url = "https://d-1234567890.awsapps.com/start"

var corp = vaultcore.SignIn{Session: "my-sso", StartURL: url, Region: "us-east-1"}

const theirs = `{"startUrl": "` + url + `", "region": "us-east-1", "accessToken": "canary", "expiresAt": "2035-01-01T00:00:00Z", ` +
	`"clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2035-03-01T00:00:00Z", "refreshToken": "r"}`

func newFolder(t *testing.T) Folder { return Home(t.TempDir()) }

func (f Folder) put(t *testing.T, of vaultcore.SignIn, text string) string {
	t.Helper()
	if err := os.MkdirAll(string(f), 0o755); err != nil { // as the tools do
		t.Fatal(err)
	}
	path := f.file(of)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (f Folder) text(t *testing.T, of vaultcore.SignIn) string {
	t.Helper()
	text, err := os.ReadFile(f.file(of))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// TestNames: the names of AWS's tools, which hash a start URL to the letter.
func TestNames(t *testing.T) {
	for want, of := range map[string]vaultcore.SignIn{
		"0ad374308c5a4e22f723adf10145eafad7c4031c": corp,
		"7487b5b67d5fa1132cf33fa93ae51ef38cc37752": {StartURL: url},
		"2204fb11035095b06f2b5121a8a18debcc89f4cb": {StartURL: url + "/#/"},
	} {
		if got := filepath.Base(Folder("x").file(of)); got != want+".json" {
			t.Errorf("%s is in %s", of.Name(), got)
		}
	}
}

func TestRead(t *testing.T) {
	in := func(old, new string) string { return strings.Replace(theirs, old, new, 1) }
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"of the command line":      {theirs, true},
		"of the SDK for Go":        {`{"accessToken":"canary","expiresAt":"2035-01-01T00:00:00Z","other":{"a":[1]},"region":"us-east-1","startUrl":"` + url + `"}` + "\n", true},
		"of an old command line":   {in("00:00:00Z", "00:00:00UTC"), true},
		"with an offset":           {in("00:00:00Z", "02:00:00.123+02:00"), true},
		"of another start URL":     {in(url, url+"/"), false},
		"of another region":        {in("us-east-1", "eu-west-1"), false},
		"without a token":          {in("canary", ""), false},
		"without an end":           {in("2035-01-01T00:00:00Z", ""), false},
		"with a number for an end": {in(`"2035-01-01T00:00:00Z"`, "2051222400"), false},
		"half written":             {theirs[:len(theirs)/2], false},
		"truncated":                {"", false},
		"a list":                   {"[" + theirs + "]", false},
		"ours":                     {in("{", `{"writtenBy": "vaultbar", `), false},
	} {
		f := newFolder(t)
		f.put(t, corp, c.text)
		got, err := f.Read(corp)
		if found := got.Access.Reveal() == "canary"; err != nil || found != c.want || found && !(got.Expires.Year() == 2035 && !got.Written.IsZero()) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, f := range []Folder{newFolder(t), ""} {
		if got, err := f.Read(corp); err != nil || !got.Access.IsZero() {
			t.Errorf("no file: %v, %v", got, err)
		}
	}
}

// TestWrite: what AWS's tools need and nothing else, for the user alone; replaced and
// removed by us.
func TestWrite(t *testing.T) {
	f := newFolder(t)
	token := Token{Access: vaultcore.NewSecret("one"), Expires: time.Now().Add(time.Hour)}
	for _, access := range []string{"one", "two"} {
		token.Access = vaultcore.NewSecret(access)
		if err := f.Write(corp, token); err != nil {
			t.Fatal(err)
		}
		want := `{"startUrl":"` + url + `","region":"us-east-1","accessToken":"` + access + `","expiresAt":"` + token.Expires.UTC().Format("2006-01-02T15:04:05") + `Z","writtenBy":"vaultbar"}`
		if got := f.text(t, corp); got != want {
			t.Errorf("%s", got)
		}
	}
	entries, err := os.ReadDir(string(f))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if got, err := f.Read(corp); err != nil || !got.Access.IsZero() {
		t.Errorf("ours is taken for another tool's: %v", err)
	}
	legacy := vaultcore.SignIn{StartURL: url, Region: "us-east-1"}
	if err := errors.Join(f.Write(legacy, token), f.Remove(corp)); err != nil {
		t.Fatal(err)
	}
	if f.text(t, corp) != "" || f.text(t, legacy) == "" {
		t.Error("the wrong one was removed")
	}
	f.put(t, corp, theirs)
	if err := f.Sweep(); err != nil || f.text(t, legacy) != "" || f.text(t, corp) != theirs {
		t.Errorf("after the sweep: %q, %q, %v", f.text(t, legacy), f.text(t, corp), err)
	}
	if err := errors.Join(f.Sweep(), newFolder(t).Sweep(), newFolder(t).Remove(corp)); err != nil {
		t.Error(err)
	}
}

// TestTheirsStays: what another tool can use is neither replaced nor removed.
func TestTheirsStays(t *testing.T) {
	token := Token{Access: vaultcore.NewSecret("ours"), Expires: time.Now().Add(time.Hour)}
	old := strings.NewReplacer("2035-01-01", "2020-01-01").Replace(theirs)
	for name, c := range map[string]struct {
		text  string
		taken bool
	}{
		"living":                             {theirs, true},
		"ended, and can be refreshed":        {old, true},
		"half written":                       {theirs[:40], true},
		"ended for good":                     {strings.Replace(old, `, "refreshToken": "r"`, "", 1), false},
		"living, and cannot be refreshed":    {strings.Replace(theirs, `, "refreshToken": "r"`, "", 1), true},
		"something else, of the same folder": {`{"clientId": "c", "expiresAt": "2035-01-01T00:00:00Z"}`, true},
	} {
		f := newFolder(t)
		f.put(t, corp, c.text)
		err := f.Write(corp, token)
		if errors.Is(err, ErrTaken) != c.taken || err != nil && !c.taken {
			t.Errorf("%s: %v", name, err)
		}
		if c.taken {
			if err := errors.Join(f.Remove(corp), f.Sweep()); err != nil || f.text(t, corp) != c.text {
				t.Errorf("%s became %q, %v", name, f.text(t, corp), err)
			}
		}
	}
}

// FuzzRead: no text of a file fails, is a token without all it needs, or is ours and
// another tool's at once.
func FuzzRead(f *testing.F) {
	f.Add([]byte(theirs))
	f.Add([]byte(`{"startUrl":"` + url + `","region":"us-east-1","accessToken":"a","expiresAt":"2035-01-01T00:00:00UTC","writtenBy":"vaultbar"}`))
	f.Add([]byte("\xff{"))
	folder := Home(f.TempDir())
	if err := os.MkdirAll(string(folder), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		folder.put(t, corp, string(text))
		got, err := folder.Read(corp)
		if err != nil || !got.Access.IsZero() && got.Expires.IsZero() {
			t.Errorf("%v, %v", got, err)
		}
		if err := folder.Remove(corp); err != nil {
			t.Error(err)
		}
		if left := folder.text(t, corp); !got.Access.IsZero() && left != string(text) {
			t.Errorf("another tool's is gone: %q", left)
		}
	})
}
