package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// The files beside those with lines: how far the trail goes, and what holds other apps
// off.
const (
	earlier  = "trail-%012d.jsonl" // by the number of its first line
	headFile = "head"
	lockFile = "lock"
)

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
