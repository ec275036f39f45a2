package awsconfig

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/accesskey"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// CSVFile is a file of the IAM console with access keys in it.
type CSVFile struct {
	Path string
	File string // for messages: ~/Downloads/ann_accessKeys.csv
	Keys []PlainKey

	text []byte
}

// ownersFile is what the console calls the file with a key of a user.
var ownersFile = regexp.MustCompile(`^(.+)_accessKeys( ?\(\d+\))?\.csv$`)

// ReadCSV reads a file of the IAM console. A key's profile is the one that is named,
// where the file has one key; else it has the name of the IAM user. It may return:
// ErrConfig for a file that cannot be read, ErrKey for one without keys, or with that of
// a root user, ErrRequest where nothing says for which profile a key is.
func ReadCSV(path string, profiles []string) (CSVFile, error) {
	f := CSVFile{Path: path, File: Display(path)}
	var err error
	if f.text, err = atomicfile.Read(path); err != nil {
		return f, unreadable(f.File, err)
	}
	if strings.HasPrefix(strings.ToLower(filepath.Base(path)), "rootkey") {
		return f, f.refused(accesskey.Root())
	}
	rows, err := accesskey.CSV(f.text)
	if err != nil {
		return f, f.refused(err)
	}
	for _, row := range rows {
		key := PlainKey{Profile: row.User, File: f.File, Line: row.Line, Key: row.Key, Why: row.Why, path: path}
		if key.Profile == "" {
			if of := ownersFile.FindStringSubmatch(filepath.Base(path)); of != nil {
				key.Profile = of[1]
			}
		}
		if len(rows) == 1 && len(profiles) == 1 {
			key.Profile = profiles[0]
		}
		if key.Profile == "" {
			return f, vaultcore.Faultf(vaultcore.ErrRequest, "%s does not say for whom its key is", f.File).
				WithHint("name a profile: `vaultbar import --from %s PROFILE`", f.File)
		}
		f.Keys = append(f.Keys, key)
	}
	return f, nil
}

// refused names the file in a failure of what it holds.
func (f CSVFile) refused(err error) error {
	var fault *vaultcore.Fault
	if !errors.As(err, &fault) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrKey, "%s: %s", f.File, fault.Message).WithHint("%s", fault.Hint)
}

// Delete deletes the file, if it is what was read still. It may return: ErrConfig.
func (f CSVFile) Delete() error {
	now, err := os.ReadFile(f.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil && !bytes.Equal(now, f.text):
		err = errors.New("it has changed meanwhile")
	case err == nil:
		err = os.Remove(f.Path)
	}
	if err != nil {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s could not be deleted: %v", f.File, err).
			WithHint("its keys are in the keychain; delete the file yourself")
	}
	return nil
}
