package packaging

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// drawn is what install.sh would have drawn and written at each call. It is made once, as
// for a package, and removed by TestMain.
var drawn = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "made")
	if err != nil {
		return "", err
	}
	for _, tool := range [][]string{{"./tray/icon/internal/hicolor", dir}, {"./cli/internal/manual", filepath.Join(dir, "man1")}} {
		command := exec.Command("go", append([]string{"run"}, tool...)...)
		command.Dir = ".."
		if out, err := command.CombinedOutput(); err != nil {
			return dir, fmt.Errorf("%w\n%s", err, out)
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := drawn(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// installer runs install.sh on programs that say what they are, and returns what
// it printed.
func installer(t *testing.T, do, prefix string, more ...string) (string, error) {
	t.Helper()
	bin := t.TempDir()
	made, err := drawn()
	check(t, err)
	for _, name := range []string{"vaultbar", "vaultbar-app", "vaultbar.exe", "vaultbar-app.exe"} {
		check(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho "+name+" \"$@\"\n"), 0o755))
	}
	command := exec.CommandContext(t.Context(), "sh", "packaging/install.sh", do)
	command.Dir = ".."
	command.Env = append(command.Environ(), "PREFIX="+prefix, "DESTDIR=", "BIN="+bin, "OS=linux", "GO=go", "MADE="+made,
		"XDG_CONFIG_HOME=", "AWS_CONFIG_FILE=/nonexistent", "SUDO_USER=")
	command.Env = append(command.Env, more...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func install(t *testing.T, prefix string, more ...string) {
	t.Helper()
	if out, err := installer(t, "install", prefix, more...); err != nil {
		t.Fatalf("install: %v\n%s", err, out)
	}
}

// files are the files below a folder with their modes, a line each.
func files(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	check(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		b.WriteString(info.Mode().String() + " " + strings.TrimPrefix(path, root) + "\n")
		return err
	}))
	return b.String()
}

// TestInstall installs as a package does, on each system, and compares what is
// there with the golden list. Uninstall must leave no file, no folder of ours, and
// everything of others.
func TestInstall(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			root := t.TempDir()
			where := []string{"DESTDIR=" + root, "OS=" + system}
			if out, err := installer(t, "install", "/usr", where...); err != nil || out != "" {
				t.Fatalf("install: %v\n%s", err, out)
			}
			golden.Check(t, system+".txt", files(t, root))
			theirs := filepath.Join(root, "usr/bin/theirs")
			check(t, os.WriteFile(theirs, nil, 0o644))
			install(t, "/usr", where...)
			if out, err := installer(t, "uninstall", "/usr", where...); err != nil || out != "" {
				t.Fatalf("uninstall: %v\n%s", err, out)
			}
			if left := files(t, root); left != "-rw-r--r-- /usr/bin/theirs\n" {
				t.Errorf("left after uninstall:\n%s", left)
			}
			for _, folder := range []string{"vaultbar", "doc/vaultbar"} {
				if _, err := os.Stat(filepath.Join(root, "usr/share", folder)); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("share/%s is still there: %v", folder, err)
				}
			}
		})
	}
}

// TestMakesTheRest installs from a work tree, where nobody has drawn the icons and
// written the manual before, and by a script that is called from elsewhere.
func TestMakesTheRest(t *testing.T) {
	testenv.Time(t)
	root := t.TempDir()
	if out, err := installer(t, "install", "/usr", "DESTDIR="+root, "MADE="); err != nil {
		t.Fatalf("install: %v\n%s", err, out)
	}
	golden.Check(t, "linux.txt", files(t, root))
}

// TestWithoutDestdir installs where a person does, in a folder with a space in
// its name and with whatever this desktop keeps caches by; all that goes again.
func TestWithoutDestdir(t *testing.T) {
	root := filepath.Join(t.TempDir(), "my own")
	install(t, root)
	unit, err := os.ReadFile(filepath.Join(root, "share/systemd/user/vaultbar.service"))
	check(t, err)
	if want := "ExecStart=\"" + root + "/bin/vaultbar-app\"\n"; !strings.Contains(string(unit), want) {
		t.Errorf("the unit lacks %q:\n%s", want, unit)
	}
	link, err := os.ReadFile(filepath.Join(root, "share/applications/vaultbar-link.desktop"))
	check(t, err)
	if want := "Exec=\"" + root + "/bin/vaultbar\" open %u\n"; !strings.Contains(string(link), want) {
		t.Errorf("the entry lacks %q:\n%s", want, link)
	}
	if out, err := installer(t, "uninstall", root); err != nil {
		t.Fatalf("uninstall: %v\n%s", err, out)
	}
	if left := files(t, root); left != "" {
		t.Errorf("left after uninstall:\n%s", left)
	}
}

// TestLink installs for a person, and opens a link as a browser would: with
// xdg-open, which reads desktop entries in a way of its own. The address must
// arrive whole, as one argument, and untouched by a shell.
func TestLink(t *testing.T) {
	opener := testenv.Program(t, "xdg-open", "xdg-utils")
	testenv.Program(t, "update-desktop-database", "desktop-file-utils")
	home := t.TempDir()
	install(t, filepath.Join(home, ".local"))
	program := filepath.Join(home, ".local/bin/vaultbar")
	check(t, os.WriteFile(program, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\" > "+home+"/got\n"), 0o755))
	link := "vaultbar://console.aws.amazon.com/ec2/home?region=eu-central-1&a=$(id)#Instances:"
	command := exec.CommandContext(t.Context(), opener, link)
	command.Env = []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DISPLAY=:0", "XDG_CURRENT_DESKTOP=X-Generic",
		"XDG_DATA_DIRS=" + filepath.Join(home, "none"), "DBUS_SESSION_BUS_ADDRESS=disabled:",
	}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(home, "got"))
	check(t, err)
	if want := "open\n" + link + "\n"; string(got) != want {
		t.Errorf("the program was called with %q, wanted %q", got, want)
	}
}

// TestRefuses holds that a prefix that the files could not name is refused
// before anything is written.
func TestRefuses(t *testing.T) {
	for _, prefix := range []string{"local", "/a%b", "/a\"b", "/a&b", "/a|b", "/a$b", "/a`b", "/a\\b", "/a<b"} {
		root := t.TempDir()
		out, err := installer(t, "install", prefix, "DESTDIR="+root)
		if err == nil || !strings.Contains(out, "PREFIX") {
			t.Errorf("%s: %v, %s", prefix, err, out)
		}
		if made := files(t, root); made != "" {
			t.Errorf("%s: made\n%s", prefix, made)
		}
	}
}

// TestBrokenProgram holds that a program which fails to say its completions ends
// the installation with an error, and leaves no half of a file.
func TestBrokenProgram(t *testing.T) {
	root, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"vaultbar", "vaultbar-app"} {
		check(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho half\nexit 1\n"), 0o755))
	}
	out, err := installer(t, "install", "/usr", "DESTDIR="+root, "BIN="+bin)
	if err == nil || !strings.Contains(out, "completions/vaultbar") {
		t.Errorf("%v, %s", err, out)
	}
	if made := files(t, root); strings.Contains(made, "completion") || strings.Contains(made, ".new") {
		t.Errorf("made\n%s", made)
	}
}

// TestDesktopFiles has the desktop's own tool look at the entries.
func TestDesktopFiles(t *testing.T) {
	tool := testenv.Program(t, "desktop-file-validate", "desktop-file-utils")
	root := t.TempDir()
	install(t, "/usr", "DESTDIR="+root)
	entries, err := filepath.Glob(filepath.Join(root, "usr/share/applications/*.desktop"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, entries...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestUnit has systemd look at the unit: it tells of unknown settings on stderr
// and succeeds all the same.
func TestUnit(t *testing.T) {
	tool := testenv.Program(t, "systemd-analyze", "systemd")
	root := filepath.Join(t.TempDir(), "local")
	install(t, root)
	units := filepath.Join(root, "share/systemd/user")
	command := exec.CommandContext(t.Context(), tool, "--user", "--man=no", "verify",
		filepath.Join(units, "vaultbar.service"), filepath.Join(units, "vaultbar.socket"))
	command.Env = append(command.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestIcons holds that each icon has the size of its folder.
func TestIcons(t *testing.T) {
	root := t.TempDir()
	install(t, "/usr", "DESTDIR="+root)
	icons, err := filepath.Glob(filepath.Join(root, "usr/share/icons/hicolor/*/apps/vaultbar.png"))
	if err != nil || len(icons) == 0 {
		t.Fatalf("%d icons, %v", len(icons), err)
	}
	for _, icon := range icons {
		text, err := os.ReadFile(icon)
		check(t, err)
		size, err := png.DecodeConfig(bytes.NewReader(text))
		if err != nil || size.Width != size.Height || !strings.Contains(icon, fmt.Sprintf("/%dx%d/", size.Width, size.Height)) {
			t.Errorf("%s is %dx%d, %v", icon, size.Width, size.Height, err)
		}
	}
}

// TestLinksByHand holds that where links are not registered by a file in its
// place, the file for it names the program, and the installer says what to do.
func TestLinksByHand(t *testing.T) {
	root := t.TempDir()
	install(t, "/c/Users/Ann B/vaultbar", "DESTDIR="+root, "OS=windows")
	text, err := os.ReadFile(filepath.Join(root, "c/Users/Ann B/vaultbar/share/vaultbar/vaultbar-links.reg"))
	check(t, err)
	if want := `@="\"C:\\Users\\Ann B\\vaultbar\\bin\\vaultbar-app.exe\" open \"%1\""` + "\n"; !strings.Contains(string(text), want) {
		t.Errorf("it lacks %s:\n%s", want, text)
	}
	install(t, "/opt/vaultbar", "DESTDIR="+root, "OS=darwin")
	text, err = os.ReadFile(filepath.Join(root, "opt/vaultbar/share/vaultbar/vaultbar-links.applescript"))
	check(t, err)
	for _, want := range []string{`quoted form of "/opt/vaultbar/bin/vaultbar" &`, `"/opt/vaultbar/share/vaultbar/vaultbar-links.applescript"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it lacks %s:\n%s", want, text)
		}
	}
	for _, system := range []string{"darwin", "windows"} {
		prefix := filepath.Join(root, system)
		out, err := installer(t, "install", prefix, "OS="+system)
		if err != nil || !strings.Contains(out, "vaultbar:// links") || !strings.Contains(out, prefix+"/share/vaultbar/vaultbar-links.") {
			t.Errorf("on %s it says %q, %v", system, out, err)
		}
		if out, err := installer(t, "uninstall", prefix, "OS="+system); err != nil || strings.Contains(out, "vaultbar:// links") ||
			strings.Contains(out, `reg delete HKCU\Software\Classes\vaultbar`+"\n") != (system == "windows") {
			t.Errorf("on %s uninstall says %q, %v", system, out, err)
		}
	}
}

// TestNextSteps holds that a person is told what is left to do, PATH only where the
// programs are not in it.
func TestNextSteps(t *testing.T) {
	root := t.TempDir()
	prefix := filepath.Join(root, "local")
	for path, hinted := range map[string]bool{os.Getenv("PATH"): true, os.Getenv("PATH") + ":" + prefix + "/bin": false} {
		out, err := installer(t, "install", prefix, "PATH="+path)
		if err != nil || strings.Contains(out, "  PATH ") != hinted || !strings.Contains(out, "vaultbar add NAME") || !strings.Contains(out, prefix+"/share/zsh/site-functions") {
			t.Errorf("with PATH %s: %v\n%s", path, err, out)
		}
	}
}

// TestUninstallOfWhatIsInUse holds that the app that runs is ended, that it is not
// started at login any more, and that what is left is named; what is another's is
// left alone.
func TestUninstallOfWhatIsInUse(t *testing.T) {
	testenv.Time(t)
	home := t.TempDir()
	prefix := filepath.Join(home, "local")
	autostart := filepath.Join(home, ".config/autostart/vaultbar.desktop")
	wants := filepath.Join(home, ".config/systemd/user/graphical-session.target.wants")
	config := filepath.Join(home, "config")
	check(t, os.MkdirAll(filepath.Dir(autostart), 0o755))
	check(t, os.MkdirAll(wants, 0o755))
	check(t, os.WriteFile(filepath.Join(wants, "vaultbar.service"), nil, 0o644))
	check(t, os.WriteFile(config, []byte("[profile a]\nregion = x\ncredential_process = "+prefix+"/bin/vaultbar export --format=json a\n[profile b]\ncredential_process = other\n"), 0o600))
	check(t, os.WriteFile(filepath.Join(home, ".zshrc"), []byte("# vaultbar\nsource "+prefix+"/share/vaultbar/shell/vaultbar.zsh\n"), 0o644))
	env := []string{"HOME=" + home, "AWS_CONFIG_FILE=" + config, "SUDO_USER=ann"}
	for exec, stays := range map[string]bool{prefix + "/bin/vaultbar-app": false, "/usr/bin/vaultbar-app": true} {
		install(t, prefix, env...)
		check(t, os.WriteFile(filepath.Join(prefix, "bin/vaultbar"), []byte("#!/bin/sh\necho \"$@\" >> "+home+"/said\n"), 0o755))
		check(t, os.WriteFile(autostart, []byte("[Desktop Entry]\nExec=\""+exec+"\"\n"), 0o644))
		out, err := installer(t, "uninstall", prefix, env...)
		if err != nil || !strings.Contains(out, "  line 3:credential_process = ") || strings.Contains(out, "line 5") ||
			!strings.Contains(out, "  line 2:source ") || strings.Contains(out, "line 1:# vaultbar") ||
			!strings.Contains(out, "systemctl --user disable vaultbar.service") || !strings.Contains(out, "runs for ann") {
			t.Errorf("uninstall: %v\n%s", err, out)
		}
		if _, err := os.Stat(autostart); (err == nil) != stays {
			t.Errorf("the entry with %s: %v\n%s", exec, err, out)
		}
		said, err := os.ReadFile(filepath.Join(home, "said"))
		if err != nil || !strings.HasSuffix(string(said), "status\nstop\n") {
			t.Errorf("the app was not ended: %s, %v", said, err)
		}
	}
}

// TestUninstallOfALaunchAgent holds that launchd is told to listen no more for an app that
// goes, and that nothing of another's is taken out.
func TestUninstallOfALaunchAgent(t *testing.T) {
	home := t.TempDir()
	prefix, bin := filepath.Join(home, "local"), filepath.Join(home, "bin")
	agent := filepath.Join(home, "Library/LaunchAgents/com.github.vaultbar.vaultbar.plist")
	said := filepath.Join(home, "said")
	check(t, os.MkdirAll(filepath.Dir(agent), 0o755))
	check(t, os.MkdirAll(bin, 0o755))
	check(t, os.MkdirAll(filepath.Join(home, "Applications/Vaultbar Links.app"), 0o755))
	check(t, os.WriteFile(filepath.Join(bin, "launchctl"), []byte("#!/bin/sh\necho \"$@\" >> "+said+"\nexit 3\n"), 0o755))
	env := []string{"HOME=" + home, "OS=darwin", "PATH=" + bin + ":" + os.Getenv("PATH")}
	for _, c := range []struct {
		program string
		ours    bool
	}{{"/usr/local/bin/vaultbar-app", false}, {prefix + "/bin/vaultbar-app", true}} {
		install(t, prefix, env...)
		check(t, os.WriteFile(agent, []byte("<array><string>"+c.program+"</string></array>\n"), 0o644))
		out, err := installer(t, "uninstall", prefix, env...)
		if err != nil || strings.Contains(out, "removed "+agent) != c.ours || !strings.Contains(out, "Vaultbar Links.app") {
			t.Errorf("%s: %v\n%s", c.program, err, out)
		}
		if _, err := os.Stat(agent); (err == nil) == c.ours {
			t.Errorf("the launch agent of %s: %v", c.program, err)
		}
		if text, err := os.ReadFile(said); (err == nil && strings.HasPrefix(string(text), "bootout gui/")) != c.ours {
			t.Errorf("launchd of %s was told %q, %v", c.program, text, err)
		}
	}
}

// TestGoInstall holds that `go install` makes the two programs under their names, and that
// both say one version: that which Go noted in them.
func TestGoInstall(t *testing.T) {
	testenv.Time(t)
	bin := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", "install", "./cli/vaultbar", "./app/vaultbar-app")
	command.Dir = ".."
	command.Env = append(command.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go install: %v\n%s", err, out)
	}
	if got := files(t, bin); got != "-rwxr-xr-x /vaultbar\n-rwxr-xr-x /vaultbar-app\n" {
		t.Errorf("it makes\n%s", got)
	}
	for name, how := range map[string]string{"vaultbar": "version", "vaultbar-app": "--version"} {
		path := filepath.Join(bin, name)
		info, err := buildinfo.ReadFile(path)
		check(t, err)
		said, err := exec.CommandContext(t.Context(), path, how).Output()
		check(t, err)
		want := []string{name, strings.Trim(info.Main.Version, "()")}
		if got := strings.Fields(string(said)); len(got) < 2 || !slices.Equal(got[:2], want) || want[1] == "" {
			t.Errorf("%s %s says %q, not %q", name, how, said, want)
		}
	}
}
