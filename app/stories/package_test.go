//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// machine is a clean Debian without Go and without Vaultbar, at which the person of a
// world types as root. Its root is a folder; the world is where it always is.
type machine struct {
	*world
	root string
}

// cleanRoot is the root of such a Debian, which each machine has a copy of.
var cleanRoot = sync.OnceValues(func() (string, error) {
	root := filepath.Join(programsDir, "root")
	if out, err := exec.Command("../../.ci/root", root).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return root, nil
})

// newMachine makes one of the packages that every Debian has.
func newMachine(t *testing.T) *machine {
	t.Helper()
	testenv.Root(t)
	testenv.Program(t, "unshare", "util-linux")
	testenv.Program(t, "apt-get", "apt")
	m := &machine{world: newWorld(t)}
	m.root = m.path("root")
	clean, err := cleanRoot()
	testenv.That(t, err == nil, fmt.Sprint("packages to make a Debian of: ", err))
	m.check(exec.CommandContext(t.Context(), "cp", "-a", clean, m.root).Run())
	m.check(os.WriteFile(filepath.Join(m.root, "usr/local/bin/sudo"), []byte("#!/bin/sh\nexec \"$@\"\n"), 0o755)) // who types is root already
	m.check(os.MkdirAll(filepath.Join(m.root, m.dir), 0o755))
	m.env = m.with("PATH=/usr/local/bin:/usr/sbin:/usr/bin", "DEBIAN_FRONTEND=noninteractive")
	return m
}

// within has a command run where the world is in its usual place in the root, with the
// processes and devices of this machine, and within the root if it is to.
const within = `mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$1$2" &&
	ROOT=$1 HOME=$3 && export ROOT && shift 3 && exec "$@"`

// typed is a line that is typed at a shell in the root.
func (m *machine) typed(line string) *exec.Cmd {
	return m.beside("exec chroot \"$ROOT\" sh -c 'cd \"$HOME\" && eval \"$1\"' sh \"$1\"", line)
}

// beside is a line that is typed outside of the root, which is $ROOT.
func (m *machine) beside(line string, args ...string) *exec.Cmd {
	return m.command("unshare", append([]string{"--mount", "--propagation", "private", "sh", "-c", within, "sh", m.root, m.dir, m.home, "sh", "-c", `cd "$HOME" && ` + line, "sh"}, args...)...)
}

// types types a line, which must succeed, and returns what it printed.
func (m *machine) types(line string) string {
	m.Helper()
	return m.runs(line, m.typed(line))
}

func (m *machine) runs(line string, cmd *exec.Cmd) string {
	m.Helper()
	cmd.Stdin = strings.NewReader(keyJSON(m.aws.Key))
	got := m.do(cmd)
	if got.code != 0 {
		m.Fatalf("%s: exit code %d\n%s%s", line, got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// Two versions of the packages, made when a test first needs one.
var older, newer = packagesOf("v1.0.0"), packagesOf("v1.1.0")

func packagesOf(version string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		out := filepath.Join(programsDir, "dist-"+version)
		cmd := exec.Command("make", "dist", "VERSION="+version, "DIST="+out, "ONLY=deb,rpm,archlinux", "ARCH=amd64")
		cmd.Dir = "../.."
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("make dist: %w\n%s", err, text)
		}
		return out, nil
	})
}

// downloads puts the package of a version that has such a name alone into the home.
func (m *machine) downloads(version func() (string, error), name string) {
	m.Helper()
	from, err := version()
	m.check(err)
	old, err := filepath.Glob(filepath.Join(m.home, name))
	m.check(err)
	for _, path := range old {
		m.check(os.Remove(path))
	}
	made, err := filepath.Glob(filepath.Join(from, name))
	if err != nil || len(made) != 1 {
		m.Fatalf("the packages are %v, %v", made, err)
	}
	text, err := os.ReadFile(made[0])
	m.check(err)
	m.check(os.WriteFile(filepath.Join(m.home, filepath.Base(made[0])), text, 0o644))
}

// serve starts the app, as a service does that has the passphrase in its environment.
func (m *machine) serve() {
	m.Helper()
	cmd := lasting(m.typed("exec vaultbar-app"))
	m.check(cmd.Start())
	go func() { _ = cmd.Wait() }()
	m.eventually("the app serves", func() bool { return m.appPID() == cmd.Process.Pid })
}

// ours are the files below the root that a package of ours could have put there.
func (m *machine) ours() (paths []string) {
	m.Helper()
	for _, folder := range []string{"usr", "etc", "var"} {
		m.check(filepath.WalkDir(filepath.Join(m.root, folder), func(path string, _ os.DirEntry, err error) error {
			if strings.Contains(filepath.Base(path), "vaultbar") {
				paths = append(paths, strings.TrimPrefix(path, m.root))
			}
			return err
		}))
	}
	return paths
}

// installDebian is how README.md has it installed on Debian.
const installDebian = "sudo apt install ./vaultbar_*_amd64.deb"

// manager is how a distribution installs packages. Its lines are typed in the root, or
// beside it, where that has no such program.
type manager struct {
	tool, in        string // the program, and what it comes with
	file, sh        string // the name of a package, and what sh is there
	install, verify string
	remove, purge   string // no purge where removing leaves no more behind
	typed           func(m *machine, line string) *exec.Cmd
}

func beside(m *machine, line string) *exec.Cmd { return m.beside(line) }

const (
	rpm    = `rpm --root "$ROOT" --nodeps --force-debian ` // no other package is in it
	pacman = `pacman --root "$ROOT" --dbpath "$ROOT/var/lib/pacman" --cachedir "$ROOT/var/cache" --config /dev/null --noconfirm `
)

var managers = map[string]manager{
	"Debian": {tool: "dpkg", in: "dpkg", file: "vaultbar_*_amd64.deb", sh: "dash", install: installDebian, verify: "dpkg --verify vaultbar",
		remove: "apt-get remove --yes vaultbar", purge: "dpkg --purge vaultbar", typed: (*machine).typed},
	"Fedora": {tool: "rpm", in: "rpm", file: "vaultbar-*.x86_64.rpm", sh: "bash", install: rpm + "--upgrade ./vaultbar-*.x86_64.rpm",
		verify: rpm + "--verify vaultbar", remove: rpm + "--erase vaultbar", typed: beside},
	"Arch": {tool: "pacman", in: "pacman-package-manager", file: "vaultbar-*-x86_64.pkg.tar.zst", sh: "bash",
		install: `mkdir -p "$ROOT/var/lib/pacman" && ` + pacman + "--upgrade ./vaultbar-*-x86_64.pkg.tar.zst",
		verify:  pacman + "--query --check --check vaultbar", remove: pacman + "--remove vaultbar", typed: beside},
}

// A package is installed in a clean root, run, upgraded while the app runs, removed and
// purged, by each distribution's own program. The upgrade loses no session and asks
// nothing; what is left after the purge is the person's, and is named.
func TestPackageLife(t *testing.T) {
	t.Parallel()
	for name, with := range managers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with.live(t)
		})
	}
}

func (with manager) live(t *testing.T) {
	testenv.Program(t, "make", "make")
	testenv.Program(t, with.tool, with.in)
	m := newMachine(t)
	runs := func(line string) string {
		t.Helper()
		return m.runs(line, with.typed(m, line+" 2>&1"))
	}
	m.check(os.Remove(filepath.Join(m.root, "usr/bin/sh")))
	m.check(os.Symlink(with.sh, filepath.Join(m.root, "usr/bin/sh")))
	m.downloads(older, with.file)
	runs(with.install)
	runs(with.verify)
	m.serve()
	m.types("vaultbar add --stdin " + bastion)
	m.types("vaultbar export -t " + m.code() + " --format=json " + hoge)
	session := m.types("vaultbar export --format=json " + bastion)
	app := m.app()
	m.aws.Server.ResetCalls()

	m.downloads(newer, with.file)
	runs(with.install)
	if version := m.types("vaultbar version"); !strings.HasPrefix(version, "vaultbar v1.1.0 ") {
		t.Errorf("installed is %s", version)
	}
	if same := m.types("vaultbar export --format=json " + bastion); same != session {
		t.Error("the session is another one right after the upgrade")
	}
	m.eventually("the app is the new one", func() bool {
		return strings.HasPrefix(m.do(m.typed("vaultbar status")).stdout, "App       v1.1.0,")
	})
	if now := m.app(); now.pid != app.pid {
		t.Errorf("the app was process %d and is %d", app.pid, now.pid)
	}
	if same := m.types("vaultbar export --format=json " + bastion); same != session {
		t.Error("the session is another one after the app became the new version")
	}
	if n := m.aws.Server.Count("GetSessionToken"); n != 0 {
		t.Errorf("the upgrade cost %d codes", n)
	}

	m.check(os.WriteFile(filepath.Join(m.root, "etc/passwd"), []byte("root:x:0:0:root:"+m.home+":/bin/sh\n"), 0o644))
	m.appendConfig("[profile piped]\ncredential_process = /usr/bin/vaultbar export --format=json piped\n")
	m.check(os.MkdirAll(filepath.Join(m.home, ".local/bin"), 0o755))
	m.check(os.Symlink("/usr/bin/vaultbar", filepath.Join(m.home, ".local/bin/aws-vault"))) // as vaultbar shim install does
	said := runs(with.remove)
	if !strings.Contains(said, "runs for root") {
		t.Errorf("remove does not name the app that runs:\n%s", said)
	}
	if with.purge != "" {
		said = runs(with.purge)
	}
	for _, want := range []string{m.home + "/.config/vaultbar\n", m.home + "/.local/state/vaultbar\n", m.home + "/.local/bin/aws-vault, a link", m.configFile() + ", which calls vaultbar"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not name %s:\n%s", want, said)
		}
	}
	if left := m.ours(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if _, err := os.Stat(filepath.Join(m.home, ".config/vaultbar/settings.ini")); err != nil {
		t.Errorf("the person's settings: %v", err)
	}
}
