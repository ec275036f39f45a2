package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// The files of the trail in their folder: the one that lines go to, those before it by
// the number of their first line, how far the trail goes, and what holds other apps off.
const (
	current  = "trail.jsonl"
	earlier  = "trail-%012d.jsonl"
	headFile = "head"
	lockFile = "lock"
)

// files are the names of the trail's files in a folder, oldest first.
func files(folder string) ([]string, error) {
	all, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range all {
		if name := entry.Name(); name != current && strings.HasPrefix(name, "trail-") && strings.HasSuffix(name, ".jsonl") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == current }) {
		names = append(names, current)
	}
	return names, nil
}

// head says how far the trail goes: the number of the last line and its hash.
type head struct {
	number int64
	hash   string
}

// text has one length, so that a new one takes the place of the old in one write.
func (h head) text() []byte { return fmt.Appendf(nil, "%020d %s\n", h.number, h.hash) }

// readHead reads the head of a folder; there may be none.
func readHead(folder string) (h head, ok bool, err error) {
	text, err := atomicfile.Read(filepath.Join(folder, headFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	if _, err := fmt.Sscanf(string(text), "%d %64s\n", &h.number, &h.hash); err != nil || string(h.text()) != string(text) {
		return head{}, false, errors.New("the file that says how far the trail goes cannot be read")
	}
	return h, true, nil
}
