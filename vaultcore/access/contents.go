package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// contents knows what is in the files that processes run. An executable may have a hundred
// megabytes, and is read once as long as the file system says that it is the same; a
// script is read each time.
type contents struct {
	mu   sync.Mutex
	sums map[fileID][]byte // guarded by mu
}

// fileID is a file as it was at one time: the time of its last change is the system's, and
// no program sets it.
type fileID struct {
	device, inode uint64
	size          int64
	modified      int64
	changed       int64 // both in nanoseconds since 1970
}

// mostSums is how many executables are remembered.
const mostSums = 256

// minQuiet is how long ago a file must have changed for a later change to show in its
// times, whatever their resolution.
const minQuiet = 2 * time.Second

// of is one text for the files that a process runs, by where they are, for what else they
// load lies beside them, and by what is in them; empty where no file says what it does,
// or where one cannot be read.
func (c *contents) of(p vaultcore.Process) string {
	if len(p.Files) == 0 {
		return ""
	}
	all := sha256.New()
	_, _ = fmt.Fprintf(all, "%q %q", p.Path, p.Script) // a hash does not fail
	for i, path := range p.Files {
		sum, err := c.sumOf(path, i == 0)
		if err != nil {
			return ""
		}
		all.Write(sum)
	}
	return hex.EncodeToString(all.Sum(nil))
}

// sumOf reads a file, or remembers what was in it. One that runs can be remembered, for
// nobody can have it open for writing.
func (c *contents) sumOf(path string, runs bool) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	id, known := idOf(info)
	known = known && runs && time.Since(time.Unix(0, id.changed)) > minQuiet
	if known {
		c.mu.Lock()
		sum := c.sums[id]
		c.mu.Unlock()
		if sum != nil {
			return sum, nil
		}
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return nil, err
	}
	sum := hash.Sum(nil)
	if known {
		c.remember(id, sum)
	}
	return sum, nil
}

func (c *contents) remember(id fileID, sum []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sums == nil || len(c.sums) >= mostSums {
		c.sums = make(map[fileID][]byte)
	}
	c.sums[id] = sum
}
