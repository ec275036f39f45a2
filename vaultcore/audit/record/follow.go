package record

import (
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
	f := follower{folder: folder, each: each, last: after, done: make(map[string]bool)}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		if err := f.round(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// follower follows a trail.
type follower struct {
	folder string
	each   func(Line) error
	last   int64           // number of the last line
	done   map[string]bool // earlier files that were read
	at     fs.FileInfo     // the file that lines went to
	offset int64           // in it
}

// round reads what has come since the last one. The file that lines go to is opened first:
// those before it have their own names then.
func (f *follower) round() error {
	now, err := atomicfile.OpenPlain(filepath.Join(f.folder, Current))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		defer func() { _ = now.Close() }()
	}
	names, list := Files(f.folder)
	if list != nil {
		return list
	}
	for _, name := range names {
		if name == Current || f.done[name] {
			continue
		}
		if err := f.earlier(name); err != nil {
			return err
		}
		f.done[name] = true
	}
	if err != nil {
		return nil // there is none now
	}
	is, err := now.Stat()
	if err != nil {
		return err
	}
	if f.at == nil || !os.SameFile(f.at, is) {
		f.at, f.offset = is, 0
	}
	return f.lines(now, &f.offset)
}

// earlier reads an earlier file, which may have been removed meanwhile.
func (f *follower) earlier(name string) error {
	file, err := atomicfile.OpenPlain(filepath.Join(f.folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return f.lines(file, new(int64))
}

// lines reads the whole lines of a file from an offset on, and moves that.
func (f *follower) lines(file *os.File, offset *int64) error {
	if _, err := file.Seek(*offset, io.SeekStart); err != nil {
		return err
	}
	return lines(file, func(text []byte) error {
		*offset += int64(len(text)) + 1
		e, _, _, err := Parse(text)
		if err != nil || e.Number <= f.last {
			return nil
		}
		f.last = e.Number
		return f.each(Line{e, text})
	})
}
