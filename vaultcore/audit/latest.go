package audit

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// endOf is how many bytes of the end of a file are read for what is recent.
const endOf = 64 << 10

// latest reads the latest entries of a trail, oldest first, from the ends of its files.
// What cannot be read is left out: [Scan] says what is wrong.
func latest(folder string) []record.Entry {
	names, _ := record.Files(folder)
	var all []record.Entry
	for _, name := range slices.Backward(names) {
		if len(all) >= shown {
			break
		}
		all = append(endEntries(filepath.Join(folder, name)), all...)
	}
	return all
}

func endEntries(path string) (entries []record.Entry) {
	file, err := atomicfile.OpenPlain(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	if size, err := file.Seek(0, io.SeekEnd); err != nil || size > endOf {
		_, _ = file.Seek(-endOf, io.SeekEnd)
	} else {
		_, _ = file.Seek(0, io.SeekStart)
	}
	text, _ := io.ReadAll(io.LimitReader(file, endOf))
	for text := range bytes.Lines(text) {
		if e, _, _, err := record.Parse(bytes.TrimSuffix(text, []byte("\n"))); err == nil {
			entries = append(entries, e)
		}
	}
	return entries
}
