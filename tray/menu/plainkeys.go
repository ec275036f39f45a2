package menu

import (
	"path"
	"slices"
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Import moves keys in plain text into the keychain, that of Profile or all.
const Import Kind = "import"

// plainKeys is the row that moves the keys which stand in plain text in the files of
// AWS's tools into the keychain.
func (v *view) plainKeys() Item {
	keys := v.snap.Plain
	item := Item{Key: "plain", Enabled: !v.snap.Locked, Hidden: len(keys) == 0, Action: Action{Kind: Import}}
	switch len(keys) {
	case 0:
	case 1:
		item.Title = "▲ The key of " + v.name(keys[0].Profile) + " is in plain text in " + place(keys) + " – move it…"
	default:
		item.Title = "▲ " + strconv.Itoa(len(keys)) + " keys are in plain text in " + place(keys) + " – move them…"
	}
	return item
}

// plainKey is the key in plain text of a profile; nil when there is none.
func (v *view) plainKey(profile string) *vaultcore.PlainKey {
	at := slices.IndexFunc(v.snap.Plain, func(k vaultcore.PlainKey) bool { return k.Profile == profile })
	if at < 0 {
		return nil
	}
	return &v.snap.Plain[at]
}

// place is the file that keys are in, or the folder of their two files.
func place(keys []vaultcore.PlainKey) string {
	file := keys[0].File
	other := slices.IndexFunc(keys, func(k vaultcore.PlainKey) bool { return k.File != file })
	switch folder := path.Dir(file); {
	case other < 0:
		return short(file)
	case folder != "." && path.Dir(keys[other].File) == folder:
		return short(folder)
	default:
		return "two files"
	}
}
