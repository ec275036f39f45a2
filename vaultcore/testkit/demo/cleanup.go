package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

const (
	cleanupTime = 20 * time.Second // for all of it
	exitTime    = 10 * time.Second // for the app to end once it was told to
)

// app is the demo's app, when it runs.
func (st *sandbox) app() *agent.Client {
	return agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, st.place) }})
}

// meetApp notes which process the app is, so that the demo knows which one has
// to be gone in the end.
func (st *sandbox) meetApp(ctx context.Context) {
	status, err := st.app().Status(ctx)
	if err == nil && !slices.Contains(st.apps, status.PID) {
		st.apps = append(st.apps, status.PID)
	}
}

// cleanup takes the sandbox down. A context that has ended does not keep it from
// that. cut says that a command may have been cut short.
func (st *sandbox) cleanup(cut bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	if cut {
		// An app that was just being started answers no one yet. This command
		// waits for it, or starts one, and then there is an app to be stopped.
		st.quietly(ctx, "list", "--profiles")
	}
	st.meetApp(ctx)
	st.quietly(ctx, "stop")
	var failures []error
	for _, pid := range st.apps {
		failures = append(failures, seeOff(pid))
	}
	st.world.Server.Close()
	if st.device != nil {
		failures = append(failures, st.device.Close())
	}
	if err := os.RemoveAll(st.dir); err != nil {
		failures = append(failures, fmt.Errorf("the demo's home is not removed: %w", err))
	}
	return errors.Join(failures...)
}

// quietly runs vaultbar for the sake of what it does. That it fails shows in
// what comes after it.
func (st *sandbox) quietly(ctx context.Context, args ...string) {
	ctx, cancel := context.WithTimeout(ctx, exitTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(st.bin, "vaultbar"), args...)
	cmd.Env, cmd.Dir = st.env, st.dir
	_ = cmd.Run()
}

// seeOff waits until a process of the app has ended, and ends it when it does
// not.
func seeOff(pid int) error {
	for end := time.Now().Add(exitTime); time.Now().Before(end); {
		if !alive(pid) {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := kill(pid); err != nil {
		return fmt.Errorf("the app, process %d, cannot be ended: %w", pid, err)
	}
	return fmt.Errorf("the app, process %d, did not end within %s and was killed", pid, exitTime)
}
