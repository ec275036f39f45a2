package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// followEvery is how often it is looked for new lines.
const followEvery = 250 * time.Millisecond

// Follow calls each with every line beyond a number, those to come too, until ctx ends or
// each fails. It verifies nothing.
func Follow(ctx context.Context, folder string, after int64, each func(Line) error) error {
	f := follower{each: each, last: after, tick: time.NewTicker(followEvery)}
	defer f.tick.Stop()
	names, err := files(folder)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, current)
	if n := len(names); n > 1 { // lines may have gone there a moment ago
		if err := f.file(ctx, filepath.Join(folder, names[n-2]), func(fs.FileInfo) bool { return true }); err != nil {
			return err
		}
	}
	for ctx.Err() == nil {
		err := f.file(ctx, path, func(was fs.FileInfo) bool {
			is, err := os.Lstat(path)
			return err != nil || !os.SameFile(was, is)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f.wait(ctx)
	}
	return nil
}

// follower follows a trail.
type follower struct {
	each func(Line) error
	last int64 // number of the last line
	tick *time.Ticker
}

// file follows one file until it has ended and all of it was read.
func (f *follower) file(ctx context.Context, path string, ended func(fs.FileInfo) bool) error {
	file, err := atomicfile.OpenPlain(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	reader := bufio.NewReader(file)
	for over := false; ctx.Err() == nil; {
		if err := f.lines(reader, file); err != nil || over {
			return err
		}
		if over = ended(info); !over {
			f.wait(ctx)
		}
	}
	return nil
}

// lines reads whole lines to the end of a file, and goes back to where a half one begins.
func (f *follower) lines(reader *bufio.Reader, file *os.File) error {
	for {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			_, err = file.Seek(-int64(len(text)), io.SeekCurrent)
			reader.Reset(file)
			return err
		}
		if err != nil {
			return err
		}
		text = bytes.TrimSuffix(text, []byte("\n"))
		e, _, _, err := parse(text)
		if err != nil || e.Number <= f.last {
			continue
		}
		f.last = e.Number
		if err := f.each(Line{e, text}); err != nil {
			return err
		}
	}
}

func (f *follower) wait(ctx context.Context) {
	select {
	case <-f.tick.C:
	case <-ctx.Done():
	}
}
