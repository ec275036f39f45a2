package dirprofile

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// List is what the person trusts: the texts of files by their paths.
type List map[string]string

// listIn is the file of a list in Vaultbar's state folder.
func listIn(state string) string { return filepath.Join(state, "trusted-folders.json") }

// ReadList reads the list that is kept in Vaultbar's state folder. One that others could
// have written, or that cannot be read, trusts nothing: ErrConfig.
func ReadList(state string) (List, error) {
	list := make(List)
	text, _, err := atomicfile.ReadPrivate(listIn(state))
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err == nil && list == nil {
		return make(List), nil // it says null
	}
	if err != nil {
		return make(List), vaultcore.Faultf(vaultcore.ErrConfig, "the list of trusted folders, %s, cannot be read", listIn(state)).WithCause(err).
			WithHint("`vaultbar dir trust` starts a new one")
	}
	return list, nil
}

// Trusts says whether a file is trusted as it is.
func (l List) Trusts(f File) bool {
	text, ok := l[f.Path]
	return ok && text == f.Text && f.Profile != ""
}

// Change writes the list anew. It is for the app, one at a time. A list that cannot be
// read trusts nothing, and is replaced.
func Change(state string, change func(List)) error {
	list, _ := ReadList(state)
	change(list)
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(listIn(state), append(text, '\n'), 0o600)
}
