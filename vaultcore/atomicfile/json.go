package atomicfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"sync"
)

// JSON is a file of ours that holds, as JSON, what its owner keeps in memory.
type JSON struct {
	path    string     // empty: nothing is written down
	writing sync.Mutex // one writer at a time, so that the file ends as the memory does
}

// NewJSON is the file at path; with an empty path nothing is read or written.
func NewJSON(path string) *JSON { return &JSON{path: path} }

// Read reads the file into value, and leaves value as it is when there is no file. After
// an error value may be half read.
func (f *JSON) Read(value any) error {
	if f.path == "" {
		return nil
	}
	text, err := Read(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

// Write writes value down, unless the file says the same. It takes the lock that guards
// value, and holds it only while it reads value.
func (f *JSON) Write(mu sync.Locker, value any) error {
	if f.path == "" {
		return nil
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	mu.Lock()
	text, err := json.Marshal(value)
	mu.Unlock()
	if err != nil {
		return err
	}
	if old, err := Read(f.path); err == nil && bytes.Equal(old, text) {
		return nil // a write would cost a sync
	}
	return Replace(f.path, text, 0o600)
}
