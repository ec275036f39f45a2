package keystore

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// What the library writes is a JWE in its compact form, and nothing else is
// decoded: an item that asks for another algorithm, for no encryption, for
// compression or for endless key stretching is refused by its header alone.
const (
	tokenAlgorithm  = "PBES2-HS256+A128KW"
	tokenEncryption = "A256GCM"
	minRounds       = 8192 // what the library writes
	maxRounds       = 100_000
	maxToken        = 256 << 10
	maxTokenHeader  = 1 << 10
)

// checkToken refuses what the library would not have written.
func checkToken(text []byte) error {
	parts := strings.Split(string(text), ".")
	if len(parts) != 5 || len(parts[0]) > maxTokenHeader {
		return damaged("it is not an encrypted item")
	}
	for i, want := range []int{1: 40, 2: 12, 4: 16} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil || want > 0 && len(b) != want {
			return damaged("it is not an encrypted item")
		}
		if i == 0 {
			if err := checkTokenHeader(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTokenHeader decodes into a map, as the library does: a struct would
// take "ALG" for "alg" and look at another field than the library.
func checkTokenHeader(text []byte) error {
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return damaged("its header cannot be read")
	}
	for name := range fields {
		switch name {
		case "alg", "enc", "p2c", "p2s", "created":
		default:
			return damaged("its header asks for something that Vaultbar does not write")
		}
	}
	if fields["alg"] != tokenAlgorithm || fields["enc"] != tokenEncryption {
		return damaged("its header names another encryption")
	}
	rounds, ok := fields["p2c"].(float64)
	if !ok || rounds != float64(int(rounds)) || rounds < minRounds || rounds > maxRounds {
		return damaged("its header asks for an unreasonable number of rounds")
	}
	if salt, ok := fields["p2s"].(string); !ok || len(salt) < 8 {
		return damaged("its header has no salt")
	}
	return nil
}
