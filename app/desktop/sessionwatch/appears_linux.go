package sessionwatch

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// appears waits until somebody listens at the socket of this path, or ctx ends. The
// folders that lead to it may be made later, too. Where they cannot be watched it waits
// for ctx alone.
func appears(ctx context.Context, path string) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil || !filepath.IsAbs(path) {
		<-ctx.Done()
		return
	}
	defer func() { _ = watcher.Close() }()
	for {
		watchNearest(watcher, filepath.Dir(path))
		if answers(ctx, path) {
			return
		}
		select {
		case _, ok := <-watcher.Events:
			if !ok {
				<-ctx.Done()
				return
			}
		case <-watcher.Errors: // some news were lost: look
		case <-ctx.Done():
			return
		}
	}
}

// watchNearest watches the folder of this path, or the nearest above it that is there. One
// that came or went before the watch stood sent no event, so it looks again.
func watchNearest(watcher *fsnotify.Watcher, folder string) {
	for {
		now := nearest(folder)
		_ = watcher.Add(now)
		if nearest(folder) == now {
			return
		}
	}
}

// nearest is the folder of this path, or where it is missing the one above that is not.
func nearest(folder string) string {
	for folder != filepath.Dir(folder) {
		if _, err := os.Stat(folder); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	return folder
}

// answers says whether somebody listens at a socket. Who has made one is about to.
func answers(ctx context.Context, path string) bool {
	for range 10 {
		if _, err := os.Lstat(path); err != nil {
			return false
		}
		conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			_ = conn.Close()
			return true
		}
		if retry.Sleep(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
	return false
}
