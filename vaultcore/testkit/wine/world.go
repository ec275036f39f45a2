package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// story is the world in which the steps are played: a Wine with the real programs and a
// person's files, and the strict local AWS.
type story struct {
	prefix
	bin, home string
	world     awstest.World
	holder    *exec.Cmd
	release   io.Closer // ends the holder
}

// begin builds the programs and makes the world. The caller ends it.
func (p *prefix) begin(ctx context.Context) (_ *story, err error) {
	s := &story{prefix: *p, bin: p.path("vaultbar")}
	if err := build(ctx, s.bin); err != nil {
		return nil, err
	}
	if s.home, err = p.home(); err != nil {
		return nil, err
	}
	listener, err := s.hold()
	if err != nil {
		s.end()
		return nil, err
	}
	s.world = awstest.Demo(awstest.Start(awstest.Options{Listener: listener}))
	s.env = append(slices.Clone(p.env), "AWS_ENDPOINT_URL="+s.world.Server.URL(), "AWS_EC2_METADATA_DISABLED=true")
	if err := s.furnish(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// hold opens a port for the AWS, and starts a program in Wine that has it open as well and
// does nothing. Vaultbar sends nothing to a port of this machine before the system has
// said that a program of the same user listens there. Wine says that only of what its
// programs have open by themselves, and the sockets of programs in Wine listen in its
// server: no listener in Wine is anybody's, but this one.
func (s *story) hold() (net.Listener, error) {
	port, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	file, err := port.(*net.TCPListener).File()
	_ = port.Close()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // the program has its own, and so has the listener
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = read.Close() }()
	s.holder, s.release = exec.Command("wine", "cmd", "/c", "pause"), write
	s.holder.Env, s.holder.Stdin, s.holder.ExtraFiles = s.env, read, []*os.File{file}
	if err := s.holder.Start(); err != nil {
		return nil, err
	}
	return net.FileListener(file) // last: what a program is given waits in each call
}

// end ends what begin started.
func (s *story) end() {
	if s.release != nil {
		_ = s.release.Close()
		_ = s.holder.Wait() // what it ends with says nothing, nor that it did not start
	}
	if s.world.Server != nil {
		s.world.Server.Close()
	}
}

// key is the person's key, as AWS's command line prints a new one.
func (s *story) key() string {
	return fmt.Sprintf(`{"AccessKey":{"AccessKeyId":%q,"SecretAccessKey":%q}}`, s.world.Key.ID(), s.world.Key.Secret().Reveal())
}

// build builds the two programs as they are released, and the one that types.
func build(ctx context.Context, bin string) error {
	const input = "./vaultcore/testkit/wine/input"
	for _, cmd := range []*exec.Cmd{
		forWindows(ctx, "make", "--silent", "build", "BIN="+bin),
		forWindows(ctx, "go", "build", "-o", filepath.Join(bin, "input.exe"), input),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// ours is the app's own folder.
func ours(home string) string { return filepath.Join(home, "AppData", "Local", "Vaultbar") }

// furnish writes the person's files. They trust this AWS; and what an agent starts may
// add a key, since whoever tries this may be one.
func (s *story) furnish() error {
	files := map[string]string{
		filepath.Join(s.home, ".aws", "config"):     s.world.Config(),
		filepath.Join(ours(s.home), "settings.ini"): "agents_may_change = yes\ntrusted_endpoints = " + s.world.Server.URL() + "\n",
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
