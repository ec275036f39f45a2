package atomicfile

import (
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.json")
	var mu sync.Mutex
	f := NewJSON(path)

	value := map[string]int{"kept": 1}
	if err := f.Read(&value); err != nil || value["kept"] != 1 {
		t.Errorf("no file: %v, %v", value, err)
	}
	if err := f.Write(&mu, &value); err != nil {
		t.Fatal(err)
	}
	wantText(t, path, `{"kept":1}`)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&mu, &value); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the same value was written again (%v)", err)
	}
	var read map[string]int
	if err := NewJSON(path).Read(&read); err != nil || !maps.Equal(read, value) {
		t.Errorf("read %v, %v", read, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Read(&read); err == nil {
		t.Error("half a file was read without an error")
	}
}

func TestJSONInMemory(t *testing.T) {
	f, value := NewJSON(""), 1
	if err := f.Write(new(sync.Mutex), &value); err != nil {
		t.Error(err)
	}
	if err := f.Read(&value); err != nil || value != 1 {
		t.Error(value, err)
	}
}
