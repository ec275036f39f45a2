package importer

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
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// csvFile is a file of the IAM console with access keys in it.
type csvFile struct {
	path string
	file string // for messages: ~/Downloads/ann_accessKeys.csv
	keys []awsconfig.PlainKey

	text []byte
}

// ownersFile is what the console calls the file with a key of a user.
var ownersFile = regexp.MustCompile(`^(.+)_accessKeys( ?\(\d+\))?\.csv$`)

// readCSV reads a file of the IAM console. A key's profile is the one that is named,
// where the file has one key; else it has the name of the IAM user. It may return:
// ErrConfig for a file that cannot be read, ErrKey for one without keys, or with that of
// a root user, ErrRequest where nothing says for which profile a key is.
func readCSV(path string, profiles []string) (csvFile, error) {
	f := csvFile{path: path, file: awsconfig.Display(path)}
	var err error
	if f.text, err = atomicfile.Read(path); err != nil {
		return f, vaultcore.Faultf(vaultcore.ErrConfig, "%s cannot be read: %v", f.file, vaultcore.Reason(err)).WithCause(err).
			WithHint("name the file that the IAM console has made of a key, and let nothing keep you from reading it")
	}
	if strings.HasPrefix(strings.ToLower(filepath.Base(path)), "rootkey") {
		return f, f.refused(accesskey.Root())
	}
	rows, err := accesskey.CSV(f.text)
	if err != nil {
		return f, f.refused(err)
	}
	for _, row := range rows {
		key := awsconfig.PlainKey{Profile: row.User, File: f.file, Line: row.Line, Key: row.Key, Why: row.Why}
		if key.Profile == "" {
			if of := ownersFile.FindStringSubmatch(filepath.Base(path)); of != nil {
				key.Profile = of[1]
			}
		}
		if len(rows) == 1 && len(profiles) == 1 {
			key.Profile = profiles[0]
		}
		if key.Profile == "" {
			return f, vaultcore.Faultf(vaultcore.ErrRequest, "%s does not say for whom its key is", f.file).
				WithHint("name a profile: `vaultbar import --from %s PROFILE`", f.file)
		}
		f.keys = append(f.keys, key)
	}
	return f, nil
}

// refused names the file in a failure of what it holds.
func (f csvFile) refused(err error) error {
	var fault *vaultcore.Fault
	if !errors.As(err, &fault) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrKey, "%s: %s", f.file, fault.Message).WithHint("%s", fault.Hint)
}

// delete deletes the file, if it is what was read still. It may return: ErrConfig.
func (f csvFile) delete() error {
	now, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil && !bytes.Equal(now, f.text):
		err = errors.New("it has changed meanwhile")
	case err == nil:
		err = os.Remove(f.path)
	}
	if err != nil {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s could not be deleted: %v", f.file, err).
			WithHint("its keys are in the keychain; delete the file yourself")
	}
	return nil
}
