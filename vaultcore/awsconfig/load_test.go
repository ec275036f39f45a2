package awsconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// parsed reads a text as a file called config.
func parsed(t testing.TB, text string) Config {
	t.Helper()
	d, err := Parse("config", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d.Config
}

// TestGolden reads every testdata/*.ini and compares the profiles and faults.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ini")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".ini")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			unix := describe(parsed(t, string(text)))
			golden.Check(t, name+".golden", unix)
			windows := describe(parsed(t, "\ufeff"+strings.ReplaceAll(string(text), "\n", "\r\n")))
			if windows != unix {
				t.Errorf("with the line ends and mark of Windows:\n%s", windows)
			}
		})
	}
}

func describe(c Config) string {
	var b strings.Builder
	for _, p := range c.Profiles.All() {
		fmt.Fprintf(&b, "%s:%d %s\n", p.File, p.Line, p.Name)
		if p.Err != nil {
			fmt.Fprintf(&b, "  error: %v\n", p.Err)
			continue
		}
		for _, field := range []struct {
			name  string
			value any
		}{
			{"region", p.Region}, {"role", p.RoleARN}, {"source", p.SourceProfile}, {"mfa", p.MFASerial},
			{"session name", p.RoleSessionName}, {"external id", p.ExternalID}, {"duration", p.Duration},
			{"endpoint", p.Reach.Used().STS}, {"regional", p.STSRegionalEndpoints},
			{"tags", p.SessionTags}, {"transitive", p.TransitiveSessionTags}, {"identity", p.SourceIdentity},
			{"stands for", p.Alias.Profile}, {"without a session", p.Alias.NoSession}, {"for", p.Alias.Duration},
			{"credentials from", p.Source}, {"which", p.Source.Value}, {"account", p.Source.Account}, {"permission set", p.Source.Role}, {"mfa_process", p.MFAProcess}, {"mfa_prompt", p.MFAPrompt},
		} {
			switch text := fmt.Sprint(field.value); text {
			case "", "0s", "[]", "false":
			default:
				fmt.Fprintf(&b, "  %s: %s\n", field.name, text)
			}
		}
	}
	for _, fault := range c.Faults {
		fmt.Fprintf(&b, "fault: %s\n", fault)
	}
	return b.String()
}

// TestHostile holds that whatever stands before or behind it, a good profile
// is served, and that no fault shows a character that could forge a line.
func TestHostile(t *testing.T) {
	const good = "\n[profile good]\nregion = eu-west-1\n"
	for name, text := range configs.Hostile() {
		t.Run(name, func(t *testing.T) {
			behind := good + text
			if !strings.HasPrefix(strings.TrimSpace(text), "[") {
				behind = good + "[profile other]\n" + text
			}
			for _, text := range []string{text + good, behind} {
				c := parsed(t, text)
				p, ok := c.Profiles.Get("good")
				if !ok || p.Err != nil || p.Region != "eu-west-1" {
					t.Errorf("the good profile is %+v", p)
				}
				for _, fault := range c.Faults {
					if strings.ContainsFunc(fault, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' }) || len(fault) > 600 {
						t.Errorf("fault %.200q", fault)
					}
				}
			}
		})
	}
	if n := len(configs.Hostile()); n < 60 {
		t.Errorf("only %d hostile files", n)
	}
}

// TestRefused are files that cannot be read as a whole.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"utf-16":            "\xff\xfe[\x00",
		"ten megabytes":     strings.Repeat("#", 10<<20),
		"too many sections": strings.Repeat("[profile x]\n", 10_001),
		"too many settings": strings.Repeat("a = 1\n", 100_001),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if !errors.Is(err, vaultcore.ErrConfig) || !strings.Contains(err.Error(), Display(path)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(dir); !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
		t.Errorf("a folder: %v", err)
	}
}

// TestLoadMissing holds that reading creates nothing.
func TestLoadMissing(t *testing.T) {
	dir := t.TempDir()
	c, err := Load(filepath.Join(dir, "aws", "config"))
	if err != nil || len(c.Profiles.All()) != 0 || len(c.Faults) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("reading made %v", entries)
	}
}

// TestNoSecrets holds that nothing of a key in the file comes out.
func TestNoSecrets(t *testing.T) {
	const canary = "CANARYwJalrXUtnFEMI"
	for _, line := range []string{
		"aws_secret_access_key = " + canary, "aws_secret_access_key " + canary, canary, "region = " + canary,
		"role_arn = " + canary, "mfa_serial = " + canary + " x", "`" + canary, "x = `" + canary, "duration_seconds = " + canary,
		"endpoint_url = http://" + canary + "@x", "credential_process = \"" + canary, "session_tags = " + canary,
		"= " + canary, "[" + canary + "\x00",
	} {
		c := parsed(t, "[profile x]\n"+line+"\n")
		if shown := describe(c); strings.Contains(shown, canary) {
			t.Errorf("%q shows in\n%s", line, shown)
		}
	}
}

func TestPath(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for given, want := range map[string]string{
		"":            filepath.Join(home, ".aws", "config"),
		"~/x/config":  filepath.Join(home, "x", "config"),
		"~":           home,
		"/etc/aws":    "/etc/aws",
		"/tmp/~/file": "/tmp/~/file",
	} {
		got, err := Path(func(name string) string {
			if name == "AWS_CONFIG_FILE" {
				return given
			}
			return ""
		})
		if wanted, _ := filepath.Abs(want); err != nil || got != wanted {
			t.Errorf("%q is %q (%v), want %q", given, got, err, want)
		}
	}
	if got := Display(filepath.Join(home, ".aws", "config")); got != "~/.aws/config" {
		t.Errorf("shown as %q", got)
	}
	if got := Display(home + "x"); got != home+"x" {
		t.Errorf("shown as %q", got)
	}
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	if _, err := Path(func(string) string { return "" }); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("without a home: %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.ini")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range configs.Hostile() {
		if len(text) < 4096 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("config", append(text, "\n[profile fuzz-good]\nregion = eu-west-1\n"...))
		if err != nil {
			return
		}
		if p, ok := c.Profiles.Get("fuzz-good"); !ok || p.Err == nil && p.Region != "eu-west-1" {
			t.Fatalf("the good profile is %+v", p)
		}
		for _, p := range c.Profiles.All() {
			checkUsable(t, c.Config, p)
		}
	})
}

// checkUsable holds that a profile without an Err can be walked to its key
// without end or surprise.
// usable says whether each endpoint may be asked.
func usable(e vaultcore.Endpoints) bool {
	for _, service := range services {
		if url := *service.url(&e); url != "" {
			if _, reason := aws.Endpoint(url); reason != "" {
				return false
			}
		}
	}
	return true
}

func checkUsable(t *testing.T, c Config, p vaultcore.Profile) {
	if p.Err != nil {
		return
	}
	if p.Region != "" && !aws.ValidRegion(p.Region) || !usable(p.Reach.Endpoints) {
		t.Fatalf("%+v", p)
	}
	for steps := 0; p.RoleARN != "" && p.SourceProfile != "" && p.SourceProfile != p.Name; steps++ {
		next, ok := c.Profiles.Get(p.SourceProfile)
		if !ok {
			return // a key of that name may be in the keychain
		}
		if steps > vaultcore.MaxChain {
			t.Fatalf("%q leads to %q after %d steps", p.Name, p.SourceProfile, steps)
		}
		if p = next; p.Err != nil {
			return
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var text strings.Builder
			text.WriteString("[profile base]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/ann\n")
			for i := 1; i < n; i++ {
				fmt.Fprintf(&text, "\n[profile p%d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/r%d\nsource_profile = base\n", i, i)
			}
			for b.Loop() {
				parsed(b, text.String())
			}
		})
	}
}
