package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// home is a person's for as long as the programs are tried.
type home struct {
	bin     string // of the two programs
	dir     string
	backend string
	env     []string
	folders appdirs.Folders // of the app
	world   awstest.World
}

// inherited are the variables that a program of the system needs to run at all.
var inherited = []string{"PATH", "USER", "LOGNAME", "LANG", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "LOCALAPPDATA", "APPDATA"}

// newHome makes one, with an AWS that it is set up for.
func newHome(bin, backend string) (_ *home, err error) {
	h := &home{bin: bin, backend: backend}
	parent := "" // where the system has temporary folders
	if runtime.GOOS == "darwin" {
		parent = "/tmp" // the path of a socket must be short
	}
	if h.dir, err = os.MkdirTemp(parent, "vb"); err != nil {
		return nil, err
	}
	if err := os.Setenv("HOME", h.dir); err != nil { // it is ours too, but on Windows
		return nil, err
	}
	if h.folders, err = appdirs.Locate(); err == nil {
		err = h.unused()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	h.world = awstest.Demo(awstest.Start(awstest.Options{}))
	h.env = h.environment()
	if err := h.furnish(); err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return h, nil
}

// unused makes sure that nobody uses Vaultbar here.
func (h *home) unused() error {
	for _, folder := range []string{h.folders.Config, h.folders.State, h.folders.Data} {
		if _, err := os.Lstat(folder); err == nil {
			return fmt.Errorf("there is %s: somebody uses Vaultbar here, and it is not for trying", folder)
		}
	}
	return nil
}

func (h *home) environment() []string {
	env := []string{
		"HOME=" + h.dir, "USERPROFILE=" + h.dir, "TMPDIR=" + h.dir, "TEMP=" + h.dir, "TMP=" + h.dir,
		"DBUS_SESSION_BUS_ADDRESS=disabled:",
		"VAULTBAR_BACKEND=" + h.backend, "VAULTBAR_FILE_PASSPHRASE=" + rand.Text(),
		"AWS_ENDPOINT_URL=" + h.world.Server.URL(), "AWS_EC2_METADATA_DISABLED=true",
	}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// furnish writes the person's files. What an agent starts may add a key: whoever tries
// this may be one.
func (h *home) furnish() error {
	for path, text := range map[string]string{
		filepath.Join(h.dir, ".aws", "config"): strings.ReplaceAll(h.world.Config(), "credential_process", "# credential_process"),
		h.folders.Settings():                   "trusted_endpoints = " + h.world.Server.URL() + "\nagents_may_change = yes\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// remove ends an app that a step has left behind, and takes away all that was made.
func (h *home) remove() error {
	stop := exec.Command(filepath.Join(h.bin, "vaultbar"), "stop")
	stop.Env = h.env
	_ = stop.Run() // there may be none
	h.world.Server.Close()
	return errors.Join(os.RemoveAll(h.folders.Config), os.RemoveAll(h.folders.State), os.RemoveAll(h.folders.Data), os.RemoveAll(h.dir))
}
