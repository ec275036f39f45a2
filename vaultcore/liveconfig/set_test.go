package liveconfig

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
)

// TestOnlySoManyAreOpen: the file that was asked for least lately is closed for a new one,
// and followed no more.
func TestOnlySoManyAreOpen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan *File)
	var s Set
	s.Watch(ctx, func(ctx context.Context, file *File) {
		<-ctx.Done()
		ended <- file
	})
	path := func(i int) string { return filepath.Join(t.TempDir(), fmt.Sprint("config", i)) }
	everybodys := path(0)
	first := s.At(everybodys)
	var opened []*File
	for i := 1; i < 3*maxFiles; i++ {
		opened = append(opened, s.At(path(i)))
		if len(opened) >= maxFiles {
			if closed := <-ended; closed != opened[len(opened)-maxFiles] {
				t.Fatalf("with %d open, another than the oldest was closed", maxFiles)
			}
		}
		if s.At(everybodys) != first {
			t.Fatalf("the file that is always asked for was closed after %d others", i)
		}
	}
	if n := len(s.open); n != maxFiles {
		t.Errorf("%d files are open", n)
	}
	cancel()
	for range maxFiles {
		<-ended // none is followed for longer than the app lives
	}
}
