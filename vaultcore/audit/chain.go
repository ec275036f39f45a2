package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// genesis is what the first line of all is chained to.
var genesis = hex.EncodeToString(make([]byte, sha256.Size))

// chained is the hash of a line that says body.
func chained(previous string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(previous))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// line writes an entry, and returns its hash.
func line(e record.Entry, previous string) (text []byte, hash string, err error) {
	text, err = json.Marshal(e)
	if err != nil {
		return nil, "", err
	}
	body := text[:len(text)-1] // without its bracket
	hash = chained(previous, body)
	return append(append(append(body, record.Mark...), hash...), "\"}\n"...), hash, nil
}
