package configedit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// Secrets that stand in the files of these tests and must not come out.
const (
	canarySecret = "CANARYwJalrXUtnFEMI"
	canaryToken  = "CANARYIQoJb3JpZ2lu"
)

const setupConfig = `# mine
[default]
region = eu-west-1

[profile bastion]
region = eu-west-1
mfa_serial = arn:aws:iam::111111111111:mfa/ann
aws_secret_access_key = ` + canarySecret + `
aws_session_token=` + canaryToken + `

[profile prod]
role_arn = arn:aws:iam::222222222222:role/admin
source_profile = bastion

[profile deep]
role_arn = arn:aws:iam::333333333333:role/deep
source_profile = prod
mfa_serial = arn:aws:iam::111111111111:mfa/ann

[profile sso]
sso_session = corp

[profile from-sso]
role_arn = arn:aws:iam::222222222222:role/admin
source_profile = sso

[profile foreign]
credential_process = /opt/other/tool

[profile older]
credential_process = aws-vault export --format=json older   ; since 2020

[profile moved]
credential_process = "/old place/vaultbar" export --format=json moved

[profile custom]
credential_process = vaultbar export --format=json --duration 1h custom

[profile other]
credential_process = vaultbar export --format=json bastion

[profile wrapped]
credential_process = env A=b vaultbar export --format=json wrapped

[profile tf]
credential_process = aws-vault --backend=file export --format=json -n -d 2h --region eu-west-1 --prompt=ykman bastion

[profile tf-wrapped]
	credential_process: env AWS_VAULT_BACKEND=pass /opt/bin/aws-vault exec --json --prompt zenity bastion

[profile tf-runs]
credential_process = aws-vault exec bastion -- /opt/other/tool

[profile tf-odd]
credential_process = aws-vault export --format=json -d '1h;id' bastion

[profile above-tf]
role_arn = arn:aws:iam::222222222222:role/admin
source_profile = tf

[profile web]
role_arn = arn:aws:iam::222222222222:role/admin
web_identity_token_file = /run/token

[profile 本番-管理者]
region = ap-northeast-1

[profile itself]
role_arn = arn:aws:iam::222222222222:role/admin
source_profile = itself

[profile "two words"]
output = json

[profile broken]
region eu-west-1

[profile odd$name]
region = eu-west-1

[profile clear]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
`

const setupCredentials = `[bastion]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = ` + canarySecret + `
`

// workplace makes a folder with the two files and returns a Setup for them.
func workplace(t *testing.T, config string) Setup {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	setup := Setup{
		Path:        filepath.Join(home, ".aws", "config"),
		Credentials: filepath.Join(home, ".aws", "credentials"),
		Command:     "/usr/local/bin/vaultbar",
		Check:       func(awsconfig.Config, string) error { return nil },
	}
	if err := os.Mkdir(filepath.Dir(setup.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{setup.Path: config, setup.Credentials: setupCredentials} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return setup
}

// TestPlanSetup compares what setup would do in every case with a golden file.
func TestPlanSetup(t *testing.T) {
	cases := []struct {
		name  string
		setup func(*Setup)
		of    string
	}{
		{"a key", nil, "default"},
		{"a key that also stands in the clear", nil, "bastion"},
		{"a key in the config itself", nil, "clear"},
		{"a role", nil, "prod"},
		{"a role of a role, with a device of its own", nil, "deep"},
		{"two profiles of one key", nil, "prod,bastion,default"},
		{"single sign-on", nil, "sso"},
		{"a role from single sign-on", nil, "from-sso"},
		{"another program", nil, "foreign"},
		{"aws-vault", nil, "older"},
		{"another path", nil, "moved"},
		{"a path with a space", func(s *Setup) { s.Command = "/opt/my tools/vaultbar" }, "default"},
		{"a line of the person's own", nil, "custom"},
		{"a line for another profile", nil, "other"},
		{"a line behind env", nil, "wrapped"},
		{"aws-vault for another profile, with flags", nil, "tf"},
		{"aws-vault behind env", nil, "tf-wrapped"},
		{"aws-vault that runs another program", nil, "tf-runs"},
		{"a flag that a shell would change", nil, "tf-odd"},
		{"a role above a line for another profile", nil, "above-tf"},
		{"a token", nil, "web"},
		{"letters of another script", nil, "本番-管理者"},
		{"letters of another script in the path", func(s *Setup) { s.Command = "/home/jürgen/ビン/vaultbar" }, "default"},
		{"a line that cannot work", func(s *Setup) {
			s.Check = func(planned awsconfig.Config, profile string) error {
				p, _ := planned.Profiles.Get(profile)
				return vaultcore.Faultf(vaultcore.ErrNoCredentials, "no credentials for %s", p.Alias.Profile).WithHint("add a key")
			}
		}, "tf"},
		{"a role from itself", nil, "itself"},
		{"a name with a space", nil, "two words"},
		{"a section that cannot be read", nil, "broken"},
		{"a name that a shell would change", nil, "odd$name"},
		{"no such profile", nil, "bastoin"},
		{"a relative path", func(s *Setup) { s.Command = "vaultbar" }, "default"},
		{"a path that a shell would change", func(s *Setup) { s.Command = "/opt/$(id)/vaultbar" }, "default"},
		{"a path of Windows", func(s *Setup) { s.Command = `C:\Program Files\Vaultbar\vaultbar.exe` }, "default"},
		{"undo", func(s *Setup) { s.Undo = true }, "moved"},
		{"undo of nothing", func(s *Setup) { s.Undo = true }, "default"},
		{"undo of a line of the person's own", func(s *Setup) { s.Undo = true }, "custom"},
		{"undo of another program", func(s *Setup) { s.Undo = true }, "foreign"},
		{"undo of a role", func(s *Setup) { s.Undo = true }, "prod"},
	}
	var b strings.Builder
	setup := workplace(t, setupConfig)
	for _, test := range cases {
		s := setup
		s.Profiles = strings.Split(test.of, ",")
		if test.setup != nil {
			test.setup(&s)
		}
		change, err := PlanSetup(s)
		fmt.Fprintf(&b, "== %s: %s\n", test.name, test.of)
		if err != nil {
			fmt.Fprintf(&b, "error: %v\nhint: %s\n", err, vaultcore.Hint(err))
		}
		for _, note := range change.Notes {
			fmt.Fprintf(&b, "note: %s\n", note)
		}
		b.WriteString(change.Diff)
	}
	if text, err := os.ReadFile(setup.Path); err != nil || string(text) != setupConfig {
		t.Errorf("planning wrote the file (%v)", err)
	}
	if strings.Contains(b.String(), "CANARY") {
		t.Error("a secret shows")
	}
	golden.Check(t, "setup.golden", b.String())
}

// TestSetupTwice holds that the second time changes nothing, and that undoing
// gives back the very bytes.
func TestSetupTwice(t *testing.T) {
	for _, config := range []string{setupConfig, strings.ReplaceAll(setupConfig, "\n", "\r\n"), strings.TrimSuffix(setupConfig, "\n")} {
		setup := workplace(t, config)
		setup.Profiles = []string{"default", "bastion", "two words", "deep", "older", "custom", "other", "tf", "tf-wrapped", "本番-管理者"}
		apply(t, setup)
		if change, err := PlanSetup(setup); err != nil || change.Diff != "" {
			t.Errorf("the second time changes %q (%v)", change.Diff, err)
		}
		c, err := awsconfig.Load(setup.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range setup.Profiles {
			if p, ok := c.Profiles.Get(name); !ok || p.Err != nil || p.Source.Kind != "" {
				t.Errorf("%s is %+v", name, p)
			}
		}
		if text, err := os.ReadFile(setup.Path); err != nil || bytes.Contains(text, []byte("= aws-vault export --format=json older")) != bytes.Contains(text, []byte("# before")) {
			t.Errorf("the old lines are not remembered: %s (%v)", text, err)
		}
		setup.Command = "/opt/new/vaultbar" // the command was moved since
		apply(t, setup)
		setup.Undo = true
		apply(t, setup)
		if text, err := os.ReadFile(setup.Path); err != nil || string(text) != config {
			t.Errorf("undone, the file holds\n%q (%v), want\n%q", text, err, config)
		}
	}
}

func apply(t *testing.T, setup Setup) {
	t.Helper()
	change, err := PlanSetup(setup)
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
}

// TestApplyChanged holds that a change is made to the file it was shown for.
func TestApplyChanged(t *testing.T) {
	setup := workplace(t, setupConfig)
	setup.Profiles = []string{"default"}
	change, err := PlanSetup(setup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(setup.Path, []byte("[default]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = change.Apply()
	if !errors.Is(err, atomicfile.ErrChanged) || !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
		t.Errorf("error %v", err)
	}
	if text, _ := os.ReadFile(setup.Path); string(text) != "[default]\n" {
		t.Errorf("the file holds %q", text)
	}
}

func TestAdd(t *testing.T) {
	setup := workplace(t, "[profile a]\nregion = eu-west-1 # home\n\n[default]\n")
	const serial = "arn:aws:iam::111111111111:mfa/ann"
	for _, add := range []Addition{
		{Profile: "a", Region: "eu-west-2", MFASerial: serial},
		{Profile: "a"},
		{Profile: "b c", Region: "eu-west-3"},
		{Profile: "default", Region: "us-east-1"},
		{Profile: "d"},
	} {
		if err := Add(setup.Path, add); err != nil {
			t.Fatal(err)
		}
	}
	want := "[profile a]\nregion = eu-west-2 # home\nmfa_serial = " + serial + "\n\n[default]\nregion = us-east-1\n\n" +
		"[profile \"b c\"]\nregion = eu-west-3\n\n[profile d]\n"
	if text, err := os.ReadFile(setup.Path); err != nil || string(text) != want {
		t.Errorf("the file holds\n%s\nwant\n%s (%v)", text, want, err)
	}
	fresh := filepath.Join(t.TempDir(), "aws", "config")
	if err := Add(fresh, Addition{Profile: "default", Region: "eu-west-1"}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(fresh); err != nil || string(text) != "[default]\nregion = eu-west-1\n" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
}

// TestPlanRole holds what a role above a key is written as, and what is refused.
func TestPlanRole(t *testing.T) {
	config := "[profile base]\nregion = eu-west-1\n\n[profile taken]\n"
	setup := workplace(t, config)
	const arn = "arn:aws:iam::222222222222:role/ops/admin"
	unusable := errors.New("it would not work")
	works := func(planned awsconfig.Config, profile string) error {
		if p, ok := planned.Profiles.Get(profile); !ok || p.RoleARN != arn {
			t.Errorf("planned is %+v, %t", p, ok)
		}
		return nil
	}
	for _, test := range []struct {
		name  string
		add   Addition
		check func(awsconfig.Config, string) error
		want  any // what is appended, or the error
	}{
		{"with the region of its source", Addition{Profile: "admin", RoleARN: arn, SourceProfile: "base"}, works,
			"\n[profile admin]\nrole_arn = " + arn + "\nsource_profile = base\nregion = eu-west-1\n"},
		{"with a region of its own", Addition{Profile: "a b", Region: "us-east-1", RoleARN: arn, SourceProfile: "base"}, works,
			"\n[profile \"a b\"]\nrole_arn = " + arn + "\nsource_profile = base\nregion = us-east-1\n"},
		{"without one", Addition{Profile: "admin", RoleARN: arn, SourceProfile: "taken"}, works,
			"\n[profile admin]\nrole_arn = " + arn + "\nsource_profile = taken\n"},
		{"a name that is taken", Addition{Profile: "taken", RoleARN: arn, SourceProfile: "base"}, works, vaultcore.ErrRequest},
		{"no such source", Addition{Profile: "admin", RoleARN: arn, SourceProfile: "bas"}, works, vaultcore.ErrNoProfile},
		{"no role", Addition{Profile: "admin", RoleARN: "arn:aws:iam::222222222222:user/ann", SourceProfile: "base"}, works, vaultcore.ErrRequest},
		{"no name", Addition{Profile: "", RoleARN: arn, SourceProfile: "base"}, works, vaultcore.ErrRequest},
		{"one that would not work", Addition{Profile: "admin", RoleARN: arn, SourceProfile: "base"}, func(awsconfig.Config, string) error { return unusable }, unusable},
	} {
		change, err := PlanRole(setup.Path, test.add, test.check)
		if want, fails := test.want.(error); fails {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil || string(change.new) != config+test.want.(string) {
			t.Errorf("%s: %v\n%s", test.name, err, change.new)
		}
	}
}

func TestPlanRegion(t *testing.T) {
	setup := workplace(t, "[profile base]\nregion = eu-west-1 # home\n")
	change, err := PlanRegion(setup.Path, "base", "us-east-1")
	if err != nil || string(change.new) != "[profile base]\nregion = us-east-1 # home\n" {
		t.Errorf("%v\n%s", err, change.new)
	}
	if change, err := PlanRegion(setup.Path, "base", "eu-west-1"); err != nil || change.Diff != "" {
		t.Errorf("the region that it has: %v, %q", err, change.Diff)
	}
	if _, err := PlanRegion(setup.Path, "base", "moon"); !errors.Is(err, vaultcore.ErrRequest) {
		t.Errorf("no region: %v", err)
	}
	if _, err := PlanRegion(setup.Path, "other", "us-east-1"); !errors.Is(err, vaultcore.ErrNoProfile) {
		t.Errorf("no profile: %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	setup := workplace(t, "[profile a]\nnonsense\n")
	for _, test := range []struct {
		add  Addition
		want error
	}{
		{Addition{Profile: ""}, vaultcore.ErrRequest},
		{Addition{Profile: "x]"}, vaultcore.ErrRequest},
		{Addition{Profile: "x\ny"}, vaultcore.ErrRequest},
		{Addition{Profile: " x"}, vaultcore.ErrRequest},
		{Addition{Profile: "-x"}, vaultcore.ErrRequest},
		{Addition{Profile: "x #y"}, vaultcore.ErrRequest},
		{Addition{Profile: "it's"}, vaultcore.ErrRequest},
		{Addition{Profile: strings.Repeat("x", 200)}, vaultcore.ErrRequest},
		{Addition{Profile: "x", Region: "here"}, vaultcore.ErrRequest},
		{Addition{Profile: "x", MFASerial: "a b"}, vaultcore.ErrRequest},
		{Addition{Profile: "a", Region: "eu-west-1"}, vaultcore.ErrConfig},
	} {
		if err := Add(setup.Path, test.add); !errors.Is(err, test.want) {
			t.Errorf("%+v: %v", test.add, err)
		}
	}
	if text, _ := os.ReadFile(setup.Path); string(text) != "[profile a]\nnonsense\n" {
		t.Errorf("the file holds %q", text)
	}
}
