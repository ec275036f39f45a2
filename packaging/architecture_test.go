package packaging_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/vaultbar/vaultbar/"

// rooms is the plan of the house: what each package of ours may import of ours.
// "*" is anything below vaultcore. A package that is not here has no room yet:
// say what it is for, in its package comment, before it gets a line.
var rooms = map[string][]string{
	"vaultcore":                    {},
	"vaultcore/aws":                {},
	"vaultcore/search":             {"vaultcore", "vaultcore/aws"},
	"vaultcore/accesskey":          {"vaultcore"},
	"vaultcore/appdirs":            {"vaultcore"},
	"vaultcore/atomicfile":         {},
	"vaultcore/broadcast":          {},
	"vaultcore/retry":              {},
	"vaultcore/rotate":             {"vaultcore"},
	"vaultcore/importer":           {"vaultcore", "vaultcore/accesskey", "vaultcore/agent", "vaultcore/awsconfig", "vaultcore/configedit", "vaultcore/keystore"},
	"vaultcore/rotator":            {"vaultcore", "vaultcore/agent", "vaultcore/awsconfig", "vaultcore/keystore", "vaultcore/plan", "vaultcore/rotate", "vaultcore/source/sts"},
	"vaultcore/approval":           {"vaultcore", "vaultcore/console", "vaultcore/inflight", "vaultcore/plan", "vaultcore/settings", "vaultcore/source/login", "vaultcore/source/machine", "vaultcore/source/process", "vaultcore/source/sso", "vaultcore/source/sts", "vaultcore/source/webidentity", "vaultcore/trust"},
	"vaultcore/inflight":           {"vaultcore"},
	"vaultcore/inifile":            {},
	"vaultcore/awsconfig":          {"vaultcore", "vaultcore/aws", "vaultcore/inifile", "vaultcore/processline"},
	"vaultcore/configedit":         {"vaultcore", "vaultcore/awsconfig", "vaultcore/inifile", "vaultcore/processline"},
	"vaultcore/liveconfig":         {"vaultcore", "vaultcore/awsconfig"},
	"vaultcore/processline":        {"vaultcore"},
	"vaultcore/directory":          {"vaultcore"},
	"vaultcore/dirprofile":         {"vaultcore"},
	"vaultcore/ssosync":            {"vaultcore"},
	"vaultcore/settings":           {"vaultcore", "vaultcore/aws", "vaultcore/inifile", "vaultcore/trust"},
	"vaultcore/trust":              {"vaultcore", "vaultcore/aws"},
	"vaultcore/sockowner":          {},
	"vaultcore/localhttp":          {"vaultcore/sockowner"},
	"vaultcore/credserver":         {"vaultcore", "vaultcore/localhttp"},
	"vaultcore/aws/awshttp":        {"vaultcore", "vaultcore/sockowner", "vaultcore/trust"},
	"vaultcore/pathwalk":           {},
	"vaultcore/plan":               {"vaultcore", "vaultcore/aws"},
	"vaultcore/boottime":           {},
	"vaultcore/keystore":           {"vaultcore", "vaultcore/boottime", "vaultcore/journal"},
	"vaultcore/journal":            {"vaultcore/inifile"},
	"vaultcore/source/key":         {"vaultcore", "vaultcore/inflight", "vaultcore/plan"},
	"vaultcore/source/process":     {"vaultcore", "vaultcore/plan"},
	"vaultcore/source/sso":         {"vaultcore", "vaultcore/aws", "vaultcore/aws/awshttp", "vaultcore/journal", "vaultcore/plan", "vaultcore/source/loopback", "vaultcore/source/person", "vaultcore/source/ssocache"},
	"vaultcore/source/login":       {"vaultcore", "vaultcore/aws", "vaultcore/aws/awshttp", "vaultcore/journal", "vaultcore/plan", "vaultcore/source/loopback", "vaultcore/source/person"},
	"vaultcore/source/person":      {"vaultcore", "vaultcore/inflight"},
	"vaultcore/source/ssocache":    {"vaultcore"},
	"vaultcore/source/loopback":    {"vaultcore", "vaultcore/localhttp"},
	"vaultcore/source/sts":         {"vaultcore", "vaultcore/aws", "vaultcore/plan", "vaultcore/aws/awshttp"},
	"vaultcore/source/machine":     {"vaultcore", "vaultcore/aws", "vaultcore/aws/awshttp", "vaultcore/plan"},
	"vaultcore/source/webidentity": {"vaultcore", "vaultcore/plan", "vaultcore/source/process"},
	"vaultcore/session":            {"vaultcore", "vaultcore/inflight", "vaultcore/plan", "vaultcore/journal"},
	"vaultcore/prompt":             {"vaultcore"},
	"vaultcore/doctor":             {"vaultcore", "vaultcore/awsconfig", "vaultcore/plan", "vaultcore/settings", "vaultcore/source/ssocache"},
	"vaultcore/agent":              {"vaultcore", "vaultcore/audit/record"},
	"vaultcore/agent/socket":       {"vaultcore"},
	"vaultcore/testkit":            {"*"},
	"vaultcore/testkit/awstest":    {"*"},
	"vaultcore/testkit/demo":       {"*"},
	"vaultcore/testkit/smoke":      {"vaultcore/appdirs", "vaultcore/testkit/awstest"},
	"vaultcore/testkit/testenv":    {},
	"vaultcore/testkit/golden":     {},
	"vaultcore/testkit/configs":    {},
	"vaultcore/testkit/wait":       {},
	"vaultcore/testkit/wine":       {"vaultcore/testkit/awstest"},
	"vaultcore/testkit/wine/input": {},
	"tray":                         {"vaultcore", "tray/menu", "tray/icon"},
	"tray/menu":                    {"vaultcore"},
	"tray/icon":                    {"vaultcore"},
	"app/desktop/dialog":           {"vaultcore", "vaultcore/search"},
	"app/desktop/notify":           {"vaultcore"},
	"app/desktop/clipboard":        {"vaultcore"},
	"app/desktop/sessionwatch":     {},
	"app/desktop/lastinput":        {},
	"app/desktop/autostart":        {"vaultcore/agent/socket"},
	"app/desktop/presence":         {"vaultcore"},
	"app/desktop/searchprovider":   {"vaultcore", "vaultcore/search"},
	"app/desktop/terminal":         {"vaultcore"},
	"app/internal/dbus":            {},
	"app/internal/program":         {"vaultcore/pathwalk"},
	"app/internal/x11":             {},
	"app/internal/wayland":         {},
	"vaultcore/bounded":            {},
	"app/internal/i3":              {},
	"app/internal/netwatch":        {},
	"vaultcore/console":            {"vaultcore", "vaultcore/aws", "vaultcore/aws/awshttp"},
	"app/browser/redirect":         {"vaultcore", "vaultcore/aws", "vaultcore/localhttp", "vaultcore/sockowner"},
	"vaultcore/access":             {"vaultcore", "vaultcore/agent", "vaultcore/inflight", "vaultcore/inifile", "vaultcore/settings"},
	"vaultcore/audit/record":       {"vaultcore"},
	"vaultcore/audit":              {"vaultcore", "vaultcore/agent", "vaultcore/audit/record", "vaultcore/atomicfile", "vaultcore/broadcast"},
	"vaultcore/vault":              {"*"},
	"app":                          {"*", "tray", "app/internal/netwatch", "app/internal/program", "app/desktop/dialog", "app/desktop/autostart", "app/desktop/presence", "app/ui"},
	"app/ui":                       {"vaultcore", "vaultcore/agent", "vaultcore/appdirs", "vaultcore/audit/record", "vaultcore/aws", "vaultcore/console", "vaultcore/prompt", "vaultcore/settings", "tray", "tray/menu", "tray/icon", "app/desktop/dialog", "app/desktop/notify", "app/desktop/clipboard", "app/desktop/sessionwatch", "app/desktop/lastinput", "app/desktop/autostart", "app/desktop/searchprovider", "app/desktop/terminal", "app/browser", "app/browser/redirect"},
	"app/desktop/desktoptest":      {"vaultcore/testkit/testenv", "vaultcore/testkit/wait"},
	"app/browser":                  {"vaultcore", "vaultcore/sockowner"},
	"packaging":                    {},
	"packaging/shell":              {},
	"cli":                          {"vaultcore", "vaultcore/accesskey", "vaultcore/agent", "vaultcore/agent/socket", "vaultcore/appdirs", "vaultcore/audit/record", "vaultcore/aws", "vaultcore/dirprofile", "vaultcore/pathwalk", "vaultcore/search"},
	"packaging/dist":               {},
	"packaging/resources":          {"tray/icon"},
	"cli/vaultbar":                 {"cli"},
	"app/vaultbar-app":             {"app"},
	"app/stories":                  {}, // tests alone, which use what they like
}

// owners are the rooms that may import a library: a replacement of it touches no
// other. A name with a slash at its end stands for all rooms below it, those that are
// planned too.
var owners = map[string][]string{
	"gopkg.in/ini.v1":                         {"vaultcore/inifile"},
	"github.com/fsnotify/fsnotify":            {"vaultcore/liveconfig", "app/desktop/sessionwatch"},
	"github.com/99designs/keyring":            {"vaultcore/keystore"},
	"github.com/aws/aws-sdk-go-v2":            {"vaultcore/source/"},
	"github.com/Microsoft/go-winio":           {"vaultcore/agent/socket"},
	"fyne.io/systray":                         {"tray"},
	"github.com/ncruces/zenity":               {"app/desktop/dialog"},
	"github.com/gen2brain/beeep":              {"app/desktop/notify"},
	"github.com/josephspurrier/goversioninfo": {"packaging/resources"},
	"git.sr.ht/~jackmordaunt/go-toast":        {"app/desktop/notify"},
	"github.com/spf13/cobra":                  {"cli", "cli/internal/manual"},
	"gopkg.in/natefinch/lumberjack.v2":        {"app"},
	"github.com/rogpeppe/go-internal/diff":    {"vaultcore/configedit"},
	"github.com/aws/smithy-go":                {"vaultcore/source/"},
	"github.com/godbus/dbus/v5":               {"app/internal/dbus", "tray"}, // tray: the icon's properties go over systray's own connection
	"github.com/godbus/dbus":                  {"vaultcore/keystore"},
	"github.com/jezek/xgb":                    {"app/internal/x11"},
	"github.com/ebitengine/purego":            {"app/internal/cocoa"},
	"golang.org/x/crypto":                     {"vaultcore/keystore"},
	"golang.org/x/text":                       {"cli/internal/report", "tray/menu"},
	"golang.org/x/term":                       {"cli/internal/terminal"},
	"golang.org/x/sys":                        {"app", "app/browser", "app/desktop/", "app/internal/", "cli/internal/", "vaultcore/agent/socket", "vaultcore/atomicfile", "vaultcore/appdirs", "vaultcore/boottime", "vaultcore/sockowner", "vaultcore/source/process"}, // what differs by system, in files by system
	"github.com/spf13/pflag":                  {"cli", "cli/internal/manual"},
}

// banned is what the command line must never link: its start-up time is paid for by every
// AWS program, each time it wants credentials.
var banned = []string{"net/http", "crypto/sha256", "crypto/tls", "os/user", "github.com/99designs", "github.com/aws", "fyne.io", "github.com/godbus", "gopkg.in/ini.v1"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Doc        string
	Standard   bool
}

// list asks the go command, for one OS, about every package of the module; once.
func list(t *testing.T, goos string) []listed {
	t.Helper()
	if all, ok := lists[goos]; ok {
		return all
	}
	command := exec.Command("go", "list", "-e", "-deps=false", "-json=ImportPath,Imports,Deps,Doc,Standard", "./...")
	command.Dir = ".."
	command.Env = append(command.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			lists[goos] = all
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// lists is what list has found out, by OS. The tests that ask for it do not run side by side.
var lists = make(map[string][]listed)

func TestEveryImportIsInTheTable(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, p := range list(t, goos) {
			name := strings.TrimPrefix(p.ImportPath, module)
			allowed, ok := rooms[name]
			if !ok {
				owner, _, _ := strings.Cut(name, "/internal/")
				allowed, ok = rooms[owner]
			}
			if !ok {
				t.Errorf("package %s has no room in the table: say what it is for and what it may import", name)
				continue
			}
			if p.Doc == "" {
				t.Errorf("package %s has no package comment: it is where a newcomer reads the design", name)
			}
			for _, imported := range p.Imports {
				checkOwn(t, name, allowed, imported)
				checkOutside(t, name, imported)
			}
		}
	}
}

// everywhere are the rooms that any other may use, like the standard library: each
// does one thing, and knows nothing of ours.
var everywhere = []string{"vaultcore/atomicfile", "vaultcore/bounded", "vaultcore/broadcast", "vaultcore/retry"}

func checkOwn(t *testing.T, name string, allowed []string, imported string) {
	t.Helper()
	own, ok := strings.CutPrefix(imported, module)
	owner, _, _ := strings.Cut(name, "/internal/")
	if !ok || slices.Contains(allowed, own) || slices.Contains(everywhere, own) || own == owner || strings.Contains(own, "/internal/") {
		return // who may import an internal package is held by the compiler
	}
	if slices.Contains(allowed, "*") && strings.HasPrefix(own, "vaultcore") {
		return
	}
	t.Errorf("%s imports %s: values flow one way, and this package must work without knowing that one", name, own)
}

func checkOutside(t *testing.T, name, imported string) {
	t.Helper()
	if strings.HasPrefix(name, "vaultcore/testkit") || name == "app/desktop/desktoptest" {
		return
	}
	for library, rooms := range owners {
		if imported != library && (!strings.HasPrefix(imported, library+"/") || strings.HasPrefix(imported, library+"/v")) {
			continue
		}
		owned := slices.ContainsFunc(rooms, func(room string) bool {
			return name == room || strings.HasSuffix(room, "/") && strings.HasPrefix(name, room)
		})
		if !owned {
			t.Errorf("%s imports %s, which belongs to %s: replacing a library touches one room", name, imported, strings.Join(rooms, ", "))
		}
	}
}

// TestCommandLineStaysLight: of ours the command links what it may import itself, and
// nothing that these bring along.
func TestCommandLineStaysLight(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, p := range list(t, goos) {
			if p.ImportPath != module+"cli/vaultbar" {
				continue
			}
			for _, dep := range p.Deps {
				if own, ok := strings.CutPrefix(dep, module); ok && own != "cli" && !strings.HasPrefix(own, "cli/") &&
					!slices.Contains(rooms["cli"], own) && !slices.Contains(everywhere, own) {
					t.Errorf("on %s the command line links %s: it knows the app through vaultcore/agent, beside words and facts", goos, own)
				}
				for _, ban := range banned {
					if dep == ban || strings.HasPrefix(dep, ban+"/") {
						t.Errorf("on %s the command line links %s: its start-up time is the product's speed", goos, dep)
					}
				}
			}
		}
	}
}
