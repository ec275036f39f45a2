package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

const (
	maxFile   = 4 << 20 // bytes from which on lines go to a new file
	keptFiles = 16      // in all: some 200,000 lines
)

// writer is the end of the trail, in the hands of the one who writes. It is made by
// [openWriter].
type writer struct {
	folder string
	most   int64 // bytes in a file
	kept   int   // files

	file  *os.File // nil until the first line of a file
	first int64    // number of the first line in it
	size  int64
	head  *os.File

	number int64  // of the last line
	hash   string // of it
}

// openWriter takes the trail up where it ends, and says what is wrong with its end: with
// the file that lines went to, and with how far it goes. A line that is not whole is
// dropped. A damaged file is set aside as the earlier ones are, so that what is wrong
// with it is found once at a start, and by [Scan] as long as it is kept.
func openWriter(folder string, most int64, kept int) (w *writer, found record.Report, err error) {
	w = &writer{folder: folder, most: most, kept: kept, hash: genesis}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, record.Report{}, err
	}
	if found, err = w.resume(); err != nil {
		return nil, found, err
	}
	path := filepath.Join(folder, headFile)
	if _, ok, _ := readHead(folder); !ok { // there is one that says something before the first line
		if err := atomicfile.Replace(path, head{w.number, w.hash}.text(), 0o600); err != nil {
			return nil, found, err
		}
	}
	if w.head, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		return nil, found, err
	}
	return w, found, nil
}

// resume finds the end of the trail.
func (w *writer) resume() (record.Report, error) {
	known, ok, damaged := readHead(w.folder)
	names, others, err := record.List(w.folder)
	if err != nil || len(names)+len(others) == 0 && !ok && damaged == nil {
		return record.Report{}, err
	}
	s, err := w.end(names, known)
	if err != nil {
		return s.Report, err
	}
	if slices.Contains(others, record.Current) { // it is set aside for the next line
		s.damage(record.Current, 0, noFile)
	}
	s.compare(ok, damaged)
	w.number, w.hash = s.Last, s.hash
	if s.Lines == 0 && known.number > 0 {
		w.hash = known.hash
	} else if s.Lines == 0 {
		w.hash = genesis
	}
	if slices.Contains(names, record.Current) {
		if err := w.takeUp(filepath.Join(w.folder, record.Current), s); err != nil {
			return s.Report, err
		}
	}
	w.number = max(w.number, known.number) // what is missing keeps its numbers
	return s.Report, nil
}

// end looks at the last file that has a line in it, and at those after it.
func (w *writer) end(names []string, known head) (s scanner, err error) {
	for from := len(names) - 1; from >= 0 && s.Lines == 0; from-- {
		s = scanner{head: known}
		for i, name := range names[from:] {
			if err := s.file(filepath.Join(w.folder, name), from+i == len(names)-1); err != nil {
				return s, err
			}
		}
	}
	s.head = known
	return s, nil
}

// takeUp goes on with a file, from the end of its last whole line.
func (w *writer) takeUp(path string, s scanner) (err error) {
	if w.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return err
	}
	w.first = s.First
	if w.size, err = w.file.Seek(-int64(s.Torn), 2); err != nil {
		return err
	}
	if s.Torn > 0 {
		if err := w.file.Truncate(w.size); err != nil {
			return err
		}
	}
	if len(s.Damage) > 0 || w.size == 0 {
		return w.rotate()
	}
	return nil
}

// write writes entries, and returns how many it has written also when it fails.
func (w *writer) write(entries []record.Entry) (written int, err error) {
	for written < len(entries) && err == nil {
		var n int
		n, err = w.batch(entries[written:])
		written += n
	}
	return written, err
}

// batch writes as many of the entries as one file takes, and numbers them.
func (w *writer) batch(entries []record.Entry) (n int, err error) {
	if w.file == nil {
		if err := w.begin(); err != nil {
			return 0, err
		}
	}
	var text []byte
	number, hash, first := w.number, w.hash, w.first
	for i := range entries {
		e := &entries[i]
		if n > 0 && w.size+int64(len(text)) >= w.most {
			break
		}
		number++
		if e.Number, e.Previous = number, ""; w.size == 0 && n == 0 {
			first = number
			if number > 1 {
				e.Previous = hash
			}
		}
		added, next, err := line(*e, hash)
		if err != nil {
			return 0, err
		}
		text, hash, n = append(text, added...), next, n+1
	}
	if _, err := w.file.WriteAt(text, w.size); err != nil {
		return 0, errors.Join(err, w.file.Truncate(w.size))
	}
	w.number, w.hash, w.first, w.size = number, hash, first, w.size+int64(len(text))
	_, err = w.head.WriteAt(head{number, hash}.text(), 0)
	if err == nil && w.size >= w.most {
		err = w.rotate()
	}
	return n, err
}

// begin makes the file that lines go to.
func (w *writer) begin() error {
	path := filepath.Join(w.folder, record.Current)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) { // put there by somebody
		if err := w.setAside(path); err != nil {
			return err
		}
		file, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	}
	if err != nil {
		return err
	}
	w.file, w.size = file, 0
	return nil
}

// setAside has a file be one of the earlier ones.
func (w *writer) setAside(path string) error {
	name := filepath.Join(w.folder, fmt.Sprintf(earlier, w.first))
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		name = filepath.Join(w.folder, fmt.Sprintf("trail-%012d-%d.jsonl", w.first, time.Now().UnixNano()))
	}
	return os.Rename(path, name)
}

// rotate ends the file that lines go to, and removes the oldest where there are too many.
// Where it cannot be renamed (on Windows while somebody reads it) lines go on to it.
func (w *writer) rotate() error {
	path := filepath.Join(w.folder, record.Current)
	err := errors.Join(w.file.Sync(), w.file.Close())
	w.file = nil
	if w.size == 0 {
		return errors.Join(err, os.Remove(path))
	}
	if w.setAside(path) != nil {
		w.file, err = os.OpenFile(path, os.O_RDWR, 0)
		return err
	}
	names, list := record.Files(w.folder)
	for ; len(names) >= w.kept && err == nil; names = names[1:] {
		err = os.Remove(filepath.Join(w.folder, names[0]))
	}
	return errors.Join(err, list, atomicfile.SyncDir(w.folder))
}

// close ends the writing; the lines are on the disk then.
func (w *writer) close() error {
	var err error
	if w.file != nil {
		err = errors.Join(w.file.Sync(), w.file.Close())
	}
	return errors.Join(err, w.head.Close())
}
