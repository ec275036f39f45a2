package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

const (
	longestName = 64 // of a folder: Firefox puts the whole path, encoded, into a bus name
	keptOfName  = 31
)

// reserved are the names that mean a device on Windows, with any ending.
var reserved = [...]string{"con", "prn", "aux", "nul"}

// folderName is the folder for a profile's name. Two names never share one, also
// where the file system does not tell letters from capitals or rewrites accents:
// all but lower-case letters, digits, "-" and "_" is written as %xx. A long name
// is cut and gets a digest, after a mark that nothing else writes.
func folderName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02x", c)
	}
	escaped := b.String()
	switch {
	case device(escaped):
		return fmt.Sprintf("%%%02x", escaped[0]) + escaped[1:]
	case len(escaped) <= longestName:
		return escaped
	default:
		sum := sha256.Sum256([]byte(name))
		return escaped[:keptOfName] + "~" + hex.EncodeToString(sum[:16])
	}
}

func device(name string) bool {
	if slices.Contains(reserved[:], name) {
		return true
	}
	return len(name) == 4 && (strings.HasPrefix(name, "com") || strings.HasPrefix(name, "lpt")) && name[3] >= '0' && name[3] <= '9'
}
