package importer

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestReadCSV: for which profile a key is.
func TestReadCSV(t *testing.T) {
	const one, two = "Access key ID,Secret access key\n" + annID + "," + annSecret + "\n",
		"User name,Access key ID,Secret access key\nann," + annID + "," + annSecret + "\nbob," + bobID + "," + annSecret + "\n"
	for _, c := range []struct {
		file, text string
		profiles   []string
		want       string // the profile of the first key
		kind       error
	}{
		{"ann_accessKeys.csv", one, nil, "ann", nil},
		{"ann_accessKeys (2).csv", one, nil, "ann", nil},
		{"ann_accessKeys.csv", one, []string{"work"}, "work", nil},
		{"keys.csv", one, []string{"work"}, "work", nil},
		{"keys.csv", one, nil, "", vaultcore.ErrRequest},
		{"keys.csv", two, nil, "ann", nil},
		{"keys.csv", two, []string{"bob"}, "ann", nil},
		{"rootkey.csv", one, []string{"work"}, "", vaultcore.ErrKey},
		{"RootKey (1).csv", one, []string{"work"}, "", vaultcore.ErrKey},
		{"keys.csv", "", nil, "", vaultcore.ErrKey},
		{"nowhere/keys.csv", "", nil, "", vaultcore.ErrConfig},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		got, err := readCSV(path, c.profiles)
		if !errors.Is(err, c.kind) || (err != nil) != (vaultcore.Hint(err) != "") {
			t.Errorf("%s: %v", c.file, err)
		}
		if c.want != "" && (len(got.keys) == 0 || got.keys[0].Profile != c.want) {
			t.Errorf("%s: %+v", c.file, got.keys)
		}
	}
}

// TestDeleteLeavesWhatHasChanged: what nobody has read is not deleted.
func TestDeleteLeavesWhatHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ann_accessKeys.csv")
	f := csvFile{path: path, text: []byte("read")}
	if err := f.delete(); err != nil { // it is gone already
		t.Error(err)
	}
	for text, deleted := range map[string]bool{"read": true, "written since": false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := f.delete()
		if _, there := os.Stat(path); deleted != errors.Is(there, os.ErrNotExist) || deleted != (err == nil) || !deleted && !errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%q: %v, %v", text, err, there)
		}
	}
}
