package report

import (
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// mostReason bounds the reason in a table's line.
const mostReason = 200

// Import lists the keys, a line each.
func Import(r agent.ImportResult) string {
	rows := [][]string{{"PROFILE", "KEY", "WHOSE", "WHERE"}}
	for _, key := range r.Keys {
		where := key.File
		if key.Line > 0 {
			where = fmt.Sprintf("%s:%d", where, key.Line)
		}
		rows = append(rows, []string{vaultcore.Printable(key.Profile), key.ID, importedFrom(key), where})
	}
	return Columns(rows, 0, 3) + "\n"
}

// importedFrom says whose a key is, or why it stays where it is.
func importedFrom(key agent.ImportedKey) string {
	switch {
	case key.Why != "":
		return "stays: " + vaultcore.PrintableUpTo(key.Why, mostReason)
	case key.Kept:
		return "already in the keychain"
	case key.Identity.ARN == "":
		return "not checked"
	case key.MFASerial != "":
		return Whose(key.Identity) + ", with MFA"
	default:
		return Whose(key.Identity)
	}
}
