package keystore

import (
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The names of our items. Every character of an
// item's name is legal on every backend: in a file name of Windows, in a
// D-Bus attribute, in a target name of the credential manager, which do not
// tell upper case from lower.
const (
	keyPrefix     = "vaultbar.key."
	sessionPrefix = "vaultbar.session."
	signInPrefix  = "vaultbar.signin."
	partPrefix    = "vaultbar.part."
	rotatePrefix  = "vaultbar.rotation."
	asidePrefix   = "vaultbar.aside."
	markItem      = "vaultbar.mark"
)

// maxItemName keeps an item's name within the 255 bytes of a file name.
const maxItemName = 240

// hexID is the shape of the ids of sessions and sign-ins.
var hexID = regexp.MustCompile(`^[0-9a-f]{8,128}$`)

// escape writes every byte but a-z, 0-9, - and _ as = and two hex digits.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('=')
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

// unescape undoes escape. Text that escape cannot have written is not ours.
func unescape(text string) (string, bool) {
	var b strings.Builder
	for rest := text; rest != ""; {
		if rest[0] != '=' {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		if len(rest) < 3 {
			return "", false
		}
		c, err := hex.DecodeString(rest[1:3])
		if err != nil {
			return "", false
		}
		b.Write(c)
		rest = rest[3:]
	}
	name := b.String()
	return name, name != "" && escape(name) == text
}

// record is what every item of ours holds. It carries the item's own name
// because not every backend gives back the name that an item was stored under.
type record struct {
	Version int    `json:"v"`
	Item    string `json:"item"`
	Data    []byte `json:"data"`
}

func seal(item string, data []byte) ([]byte, error) {
	return json.Marshal(record{Version: 1, Item: item, Data: data})
}

// unseal returns the data of a record, once it is the record of this item.
func unseal(item string, text []byte) ([]byte, error) {
	var r record
	if json.Unmarshal(text, &r) != nil {
		return nil, damaged("it is not in Vaultbar's format")
	}
	switch {
	case r.Version > 1:
		return nil, damaged("a newer Vaultbar wrote it")
	case r.Version != 1 || r.Item == "":
		return nil, damaged("it is not in Vaultbar's format")
	case r.Item != item:
		return nil, damaged("it is a copy of another item, " + vaultcore.Printable(r.Item))
	}
	return r.Data, nil
}

// keyRecord is the data of a long-term key.
type keyRecord struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	AccountID       string `json:"account_id,omitempty"`
}

func sealKey(c vaultcore.Credentials) ([]byte, error) {
	return json.Marshal(keyRecord{c.AccessKeyID, c.SecretAccessKey.Reveal(), c.AccountID})
}

func unsealKey(data []byte) (vaultcore.Credentials, error) {
	var k keyRecord
	if json.Unmarshal(data, &k) != nil || k.AccessKeyID == "" || k.SecretAccessKey == "" {
		return vaultcore.Credentials{}, damaged("it does not hold an access key")
	}
	return vaultcore.Credentials{
		AccessKeyID:     k.AccessKeyID,
		SecretAccessKey: vaultcore.NewSecret(k.SecretAccessKey),
		AccountID:       k.AccountID,
	}, nil
}
