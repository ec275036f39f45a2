//go:build linux

package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// machine is a clean Debian without Go and without Vaultbar, at which the person of a
// world types as root. Its root is a folder; the world is where it always is.
type machine struct {
	*world
	root string
}

// newMachine makes one of the packages that every Debian has.
func newMachine(t *testing.T) *machine {
	t.Helper()
	testenv.Root(t)
	testenv.Program(t, "unshare", "util-linux")
	testenv.Program(t, "apt-get", "apt")
	m := &machine{world: newWorld(t)}
	m.root = m.path("root")
	if out, err := exec.CommandContext(t.Context(), "../.ci/root", m.root).CombinedOutput(); err != nil {
		testenv.That(t, false, "packages to make a Debian of: "+string(out))
	}
	m.check(os.WriteFile(filepath.Join(m.root, "usr/local/bin/sudo"), []byte("#!/bin/sh\nexec \"$@\"\n"), 0o755)) // who types is root already
	m.check(os.MkdirAll(filepath.Join(m.root, m.dir), 0o755))
	m.env = m.with("PATH=/usr/local/bin:/usr/sbin:/usr/bin", "DEBIAN_FRONTEND=noninteractive")
	return m
}

// within starts a program in the root, with the world in its usual place.
const within = `mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$1$2" &&
	root=$1 home=$3 && shift 3 && exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$home" "$@"`

// typed is a line that is typed at a shell in the root.
func (m *machine) typed(line string) *exec.Cmd {
	return m.command("unshare", "--mount", "--propagation", "private", "sh", "-c", within, "sh", m.root, m.dir, m.home, "sh", "-c", line)
}

// type types a line, which must succeed, and returns what it printed.
func (m *machine) types(line string) string {
	m.Helper()
	cmd := m.typed(line)
	cmd.Stdin = strings.NewReader(keyJSON(m.aws.Key))
	got := m.do(cmd)
	if got.code != 0 {
		m.Fatalf("%s: exit code %d\n%s%s", line, got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// deb makes the package of a version, and puts it alone into the home.
func (m *machine) deb(version string) {
	m.Helper()
	out := m.path("dist-" + version)
	cmd := exec.CommandContext(m.Context(), "make", "dist", "VERSION="+version, "DIST="+out, "ONLY=deb", "ARCH=amd64")
	cmd.Dir = ".."
	if text, err := cmd.CombinedOutput(); err != nil {
		m.Fatalf("make dist: %v\n%s", err, text)
	}
	made, err := filepath.Glob(filepath.Join(out, "*_amd64.deb"))
	if err != nil || len(made) != 1 {
		m.Fatalf("the packages are %v, %v", made, err)
	}
	old, err := filepath.Glob(filepath.Join(m.home, "*.deb"))
	m.check(err)
	for _, path := range old {
		m.check(os.Remove(path))
	}
	m.check(os.Rename(made[0], filepath.Join(m.home, filepath.Base(made[0]))))
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

// A package is installed on a clean Debian, run, upgraded while the app runs, removed and
// purged. The upgrade loses no session and asks nothing; what is left after the purge is
// the person's, and is named.
func TestPackageLife(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "make", "make")
	m := newMachine(t)
	m.deb("v1.0.0")
	m.types(installDebian)
	m.serve()
	m.types("vaultbar add --stdin " + bastion)
	m.types("vaultbar export -t " + m.code() + " --format=json " + hoge)
	session := m.types("vaultbar export --format=json " + bastion)
	app := m.app()
	m.aws.Server.ResetCalls()

	m.deb("v1.1.0")
	m.types(installDebian)
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

	said := m.types("apt-get remove --yes vaultbar 2>&1")
	if !strings.Contains(said, "the app that runs for root goes on") {
		t.Errorf("remove does not name the app that runs:\n%s", said)
	}
	m.check(os.WriteFile(filepath.Join(m.root, "etc/passwd"), []byte("root:x:0:0:root:"+m.home+":/bin/sh\n"), 0o644))
	m.check(os.WriteFile(filepath.Join(m.home, ".bashrc"), []byte("# no vaultbar here\n. /usr/share/vaultbar/shell/vaultbar.bash\n"), 0o644))
	m.appendConfig("[profile piped]\ncredential_process = /usr/bin/vaultbar export --format=json piped\n")
	said = m.types("dpkg --purge vaultbar 2>&1")
	for _, want := range []string{m.home + "/.config/vaultbar\n", m.home + "/.local/state/vaultbar\n", m.configFile() + ", which calls vaultbar in line ", m.home + "/.bashrc, which uses vaultbar"} {
		if !strings.Contains(said, want) {
			t.Errorf("purge does not name %s:\n%s", want, said)
		}
	}
	if left := m.ours(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if _, err := os.Stat(filepath.Join(m.home, ".config/vaultbar/settings.ini")); err != nil {
		t.Errorf("the person's settings: %v", err)
	}
}
