package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// sandbox is what the story is played on: a local AWS, a home, and an environment
// that leads to nothing else.
type sandbox struct {
	bin    string // of the two programs
	dir    string // the home
	env    []string
	place  socket.Location // of the app
	world  awstest.World
	device net.Listener // ann's MFA device, for the command mfa-code
	apps   []int        // the app's processes, in the order they were met
}

// inherited are the variables that the commands get from whoever started the
// demo: what says how a terminal works, and nothing that leads to a home, a
// desktop, a keychain or an AWS.
var inherited = []string{"TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME", "SHELL"}

// newSandbox makes everything but the app: the first command starts that, as it
// does for a person.
func newSandbox(bin string) (*sandbox, error) {
	st := &sandbox{bin: bin}
	if err := st.makeHome(); err != nil {
		return nil, fmt.Errorf("a home for the demo cannot be made: %w", err)
	}
	st.world = awstest.Demo(awstest.Start(awstest.Options{}))
	// AWS's SDK for Go forgets the first when it assumes a role by itself.
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} {
		st.env = append(st.env, name+"="+st.world.Server.URL())
	}
	if err := st.furnish(); err != nil {
		return nil, errors.Join(fmt.Errorf("the demo's home cannot be furnished: %w", err), st.cleanup(false))
	}
	return st, nil
}

// makeHome makes an empty home, where the path of the app's socket is short
// enough for the system.
func (st *sandbox) makeHome() error {
	var last error
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(parent, "vaultbar-demo-")
		if err != nil {
			return err
		}
		st.dir, st.env = dir, environment(dir, st.bin)
		if last = st.makeFolders(); last == nil {
			return nil
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return last
}

func (st *sandbox) makeFolders() error {
	for _, name := range []string{"bin", "run", "tmp", ".aws", ".config", ".config/vaultbar"} {
		if err := os.Mkdir(filepath.Join(st.dir, name), 0o700); err != nil {
			return err
		}
	}
	place, err := socket.Find(st.getenv)
	st.place = place
	return err
}

// environment is that of the commands. The file keychain is used, under a
// passphrase that nobody will ever know: the demo must not touch the keychain of
// whoever looks at it.
func environment(dir, bin string) []string {
	env := []string{
		"HOME=" + dir,
		"XDG_RUNTIME_DIR=" + filepath.Join(dir, "run"),
		"TMPDIR=" + filepath.Join(dir, "tmp"),
		"PATH=" + strings.Join([]string{bin, filepath.Join(dir, "bin"), os.Getenv("PATH")}, string(os.PathListSeparator)),
		"DBUS_SESSION_BUS_ADDRESS=disabled:",
		"VAULTBAR_BACKEND=file",
		"VAULTBAR_FILE_PASSPHRASE=" + rand.Text(),
		"AWS_EC2_METADATA_DISABLED=true",
		deviceVariable + "=" + filepath.Join(dir, "run", "mfa.sock"),
	}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// getenv is a variable of the commands' environment.
func (st *sandbox) getenv(name string) string {
	for _, entry := range st.env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// inPlain are ann's two files before she knows Vaultbar: her key is in plain text, and
// no profile names her MFA device.
func inPlain(world awstest.World) (config, credentials string) {
	var kept []string
	for line := range strings.Lines(world.Config()) {
		if !strings.HasPrefix(line, "mfa_serial") && !strings.HasPrefix(line, "credential_process") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, ""), "[bastion-system]\naws_access_key_id = " + world.Key.ID() + "\naws_secret_access_key = " + world.Key.Secret().Reveal() + "\n"
}

// furnish puts into the home what ann has in hers: her config file and her key, two
// small programs, and her MFA device.
func (st *sandbox) furnish() error {
	config, credentials := inPlain(st.world)
	files := map[string]string{
		".aws/config":                   config + found(st.world),
		".aws/credentials":              credentials,
		".config/vaultbar/settings.ini": "trusted_endpoints = " + st.world.Server.URL() + "\ntrusted_sign_in_endpoints = " + st.world.Server.URL() + "\nagents_may_change = yes\n", // an agent may run the demo
		".bashrc":                       `PS1="(vaultbar demo) \w $ "` + "\n",
		".zshrc":                        `PS1="(vaultbar demo) %~ $ "` + "\n", // without one, zsh asks its new user for settings
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(st.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, name := range []string{whoamiName, deviceName} {
		if err := os.Symlink(self, filepath.Join(st.dir, "bin", name)); err != nil {
			return err
		}
	}
	return st.listen()
}

// listen switches ann's MFA device on.
func (st *sandbox) listen() (err error) {
	if st.device, err = net.Listen("unix", st.getenv(deviceVariable)); err != nil {
		return err
	}
	go serveCodes(st.device, st.world.MFA)
	return nil
}
