//go:build unix && !darwin

package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/internal/x11"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// hold owns the clipboard. On Wayland that takes a program of its own; where it
// cannot mark a secret as one, X's clipboard is used, which the compositor
// shares with its programs.
func hold(ctx context.Context, text vaultcore.Secret) (*holding, error) {
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		if path, err := find("wl-copy"); err == nil && marksSecrets(ctx, path) {
			return holdWayland(path, text)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	display, err := x11.Dial(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return nil, fmt.Errorf("%w: the clipboard cannot be reached: %w", ErrUnsupported, err)
	}
	owned, err := x11.OwnClipboard(ctx, display, text.Reveal())
	if err != nil {
		display.Close()
		return nil, err
	}
	return &holding{lost: owned.Lost(), release: owned.Release}, nil
}

// marksSecrets says whether this wl-copy can mark a text as a secret.
func marksSecrets(ctx context.Context, path string) bool {
	help, err := exec.CommandContext(ctx, path, "--help").CombinedOutput()
	return err == nil && bytes.Contains(help, []byte("--sensitive"))
}

// holdWayland has wl-copy own the clipboard: it ends by itself when somebody
// else takes over, and with it ends what it owns.
func holdWayland(path string, text vaultcore.Secret) (*holding, error) {
	cmd := exec.Command(path, "--foreground", "--sensitive", "--type", "text/plain;charset=utf-8")
	cmd.Stdin = strings.NewReader(text.Reveal())
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lost := make(chan struct{})
	go func() {
		_ = cmd.Wait() // however it ended, the clipboard is not ours any more
		close(lost)
	}()
	return &holding{lost: lost, release: func() {
		_ = cmd.Process.Kill()
		<-lost
	}}, nil
}
