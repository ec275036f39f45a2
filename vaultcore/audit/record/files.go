package record

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// Current is the name of the file that lines go to; those before it are named after it.
const Current = "trail.jsonl"

// maxFile is more bytes than a file of the trail ever has.
const maxFile = 64 << 20

// Files are the names of the trail's files in a folder, oldest first.
func Files(folder string) ([]string, error) {
	names, _, err := List(folder)
	return names, err
}

// List is [Files], and the names of what is called like one and is none: a link, a folder,
// what is too large. Nothing reads these.
func List(folder string) (names, others []string, err error) {
	all, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, entry := range all {
		name := entry.Name()
		if name != Current && !(strings.HasPrefix(name, "trail-") && strings.HasSuffix(name, ".jsonl")) {
			continue
		}
		switch info, err := entry.Info(); {
		case errors.Is(err, fs.ErrNotExist): // it has made room
		case err != nil || !info.Mode().IsRegular() || info.Size() > maxFile:
			others = append(others, name)
		case name != Current:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == Current }) && !slices.Contains(others, Current) {
		names = append(names, Current)
	}
	return names, others, nil
}

// Read calls each with every line of the trail in a folder that can be read, oldest
// first, and returns the number of the last. It verifies nothing.
func Read(folder string, each func(Line)) (last int64, err error) {
	names, err := Files(folder)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		file, err := atomicfile.OpenPlain(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the oldest one has made room
		}
		if err != nil {
			return last, err
		}
		err = lines(file, func(text []byte) error {
			if e, _, _, err := Parse(text); err == nil {
				last = max(last, e.Number)
				each(Line{e, text})
			}
			return nil
		})
		_ = file.Close()
		if err != nil {
			return last, err
		}
	}
	return last, nil
}

// lines calls each with every whole line from where a file is read.
func lines(file io.Reader, each func(text []byte) error) error {
	for reader := bufio.NewReaderSize(file, 1<<16); ; {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // what is not whole yet is read again
		}
		if err == nil {
			err = each(bytes.TrimSuffix(text, []byte("\n")))
		}
		if err != nil {
			return err
		}
	}
}
