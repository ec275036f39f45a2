package packaging_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reasons is every module that go.mod asks for itself, and why.
var reasons = map[string]string{
	"fyne.io/systray":                               "the menu bar",
	"git.sr.ht/~jackmordaunt/go-toast":              "notifications with buttons, on Windows",
	"github.com/99designs/keyring":                  "the OS keychain",
	"github.com/Microsoft/go-winio":                 "named pipes of Windows",
	"github.com/aws/aws-sdk-go-v2":                  "STS and IAM",
	"github.com/aws/aws-sdk-go-v2/config":           "tests: what AWS's own tools read",
	"github.com/aws/aws-sdk-go-v2/credentials":      "the credentials of a container and of an EC2 instance; tests: what AWS's own tools read",
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds": "the metadata of an EC2 instance",
	"github.com/aws/aws-sdk-go-v2/service/iam":      "a user's MFA devices",
	"github.com/aws/aws-sdk-go-v2/service/signin":   "aws login",
	"github.com/aws/aws-sdk-go-v2/service/sso":      "credentials, accounts and roles of IAM Identity Center",
	"github.com/aws/aws-sdk-go-v2/service/ssooidc":  "the sign-in to IAM Identity Center",
	"github.com/aws/aws-sdk-go-v2/service/sts":      "sessions and roles",
	"github.com/aws/smithy-go":                      "of the AWS SDK",
	"github.com/creack/pty":                         "tests: terminals",
	"github.com/dvsekhvalnov/jose2go":               "of keyring: pinned for its faults, see TestSafeVersions",
	"github.com/ebitengine/purego":                  "the frameworks of macOS, without cgo",
	"github.com/fsnotify/fsnotify":                  "edits of the config file are noticed, and a system bus that comes late",
	"github.com/gen2brain/beeep":                    "notifications where there are no buttons",
	"github.com/godbus/dbus":                        "of keyring: its errors of the Secret Service",
	"github.com/godbus/dbus/v5":                     "notifications with buttons, the screen's lock",
	"github.com/josephspurrier/goversioninfo":       "the icon and the version of a Windows program's file",
	"github.com/jezek/xgb":                          "a clipboard that is marked as secret, dialogs in front",
	"github.com/ncruces/zenity":                     "dialogs",
	"github.com/rogpeppe/go-internal":               "setup shows the change it would make; tests: scripts and diffs",
	"github.com/spf13/cobra":                        "the command line",
	"github.com/spf13/pflag":                        "cobra's flags",
	"golang.org/x/crypto":                           "Argon2id",
	"golang.org/x/sync":                             "one at a time, with a context; the app's parts end together",
	"golang.org/x/sys":                              "what differs by system",
	"golang.org/x/term":                             "the size of the terminal",
	"golang.org/x/text":                             "how wide the names of profiles are",
	"gopkg.in/ini.v1":                               "values of INI files",
	"gopkg.in/natefinch/lumberjack.v2":              "the log is cut",
}

// goMod is what go.mod says.
type goMod struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Replace []struct{ Old struct{ Path string } }
}

func readGoMod(t *testing.T) (mod goMod) {
	t.Helper()
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	return mod
}

// TestEveryRequirementHasAReason: a new module needs one of its own.
func TestEveryRequirementHasAReason(t *testing.T) {
	var direct []string
	for _, r := range readGoMod(t).Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	for _, path := range direct {
		if reasons[path] == "" {
			t.Errorf("go.mod asks for %s: say why, or leave it out", path)
		}
	}
	for path := range reasons {
		if !slices.Contains(direct, path) {
			t.Errorf("go.mod asks for %s no longer: take its line out", path)
		}
	}
}

// TestTestsAreNotShipped: what is asked for by tests alone is in neither program.
func TestTestsAreNotShipped(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, p := range list(t, goos) {
			if p.ImportPath != module+"cli/vaultbar" && p.ImportPath != module+"app/vaultbar-app" {
				continue
			}
			for _, dep := range p.Deps {
				if of := moduleOf(dep); strings.HasPrefix(reasons[of], "tests:") {
					t.Errorf("on %s %s links %s of %s, which is said to be of the tests", goos, p.ImportPath, dep, of)
				}
			}
		}
	}
}

// moduleOf is the module of a package, of those with a reason; empty for others.
func moduleOf(dep string) string {
	for name := dep; name != "."; name = path.Dir(name) {
		if reasons[name] != "" {
			return name
		}
	}
	return ""
}

// TestSafeVersions keeps known faults out: the keyring library asks for a
// jose2go that reads hostile items (CVE-2023-50658, CVE-2025-63811).
func TestSafeVersions(t *testing.T) {
	least := map[string]string{
		"github.com/dvsekhvalnov/jose2go": "v1.11.0",
		"golang.org/x/crypto":             "v0.52.0",
	}
	mod := readGoMod(t)
	for _, r := range mod.Replace {
		if least[r.Old.Path] != "" {
			t.Errorf("go.mod replaces %s", r.Old.Path)
		}
	}
	for _, r := range mod.Require {
		if want, ok := least[r.Path]; ok && slices.Compare(numbers(t, r.Version), numbers(t, want)) >= 0 {
			delete(least, r.Path)
		}
	}
	for path, version := range least {
		t.Errorf("go.mod must ask for %s %s or later", path, version)
	}
}

// numbers are those of a version such as v1.11.0. A version before a release counts
// as none.
func numbers(t *testing.T, version string) (all []int) {
	t.Helper()
	for _, text := range strings.Split(strings.TrimPrefix(version, "v"), ".") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Errorf("%s is not the version of a release", version)
			return nil
		}
		all = append(all, n)
	}
	return all
}

// TestFewModules bounds how many modules of others are in each program, the AWS SDK's
// counted one by one: each is code that a person's keys go past.
func TestFewModules(t *testing.T) {
	for program, most := range map[string]int{"./cli/vaultbar": 5, "./app/vaultbar-app": 35} {
		command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", program)
		command.Dir, command.Env = "..", append(command.Environ(), "GOOS=linux", "CGO_ENABLED=0")
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		modules := strings.Fields(string(out))
		slices.Sort(modules)
		if modules = slices.Compact(modules); len(modules) == 0 || len(modules) > most {
			t.Errorf("%s links %d modules, %d are allowed: %v", program, len(modules), most, modules)
		}
	}
}

// TestSecurityPolicy: who finds a hole reads where to say so, by when it is mended, and
// what is not defended; every page that it names is there.
func TestSecurityPolicy(t *testing.T) {
	text, err := os.ReadFile("../.github/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Report a vulnerability", "90 days", "latest version", "## Threat model", "## Not defended"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it lacks %q", want)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#:]+)[^)]*\)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join("..", ".github", link[1])); err != nil {
			t.Error(err)
		}
	}
}
