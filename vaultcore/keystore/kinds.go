package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// kind is a kind of items of ours. They are in a keychain that other programs share.
type kind struct {
	prefix  string // of an item's name
	hex     string // what one is called whose id is a fingerprint in lower-case hex; empty where it is a text, escaped
	all     string // the list of them, for a person
	label   func(id string) string
	subject func(id string) subject
	secret  bool // they are long-term keys: macOS asks the person at each read
}

const lookInIAM = "look at the user's keys in the IAM console, then run `vaultbar rotate` again"

// A rotation has an item with what was written down of it, which holds no secret, and up
// to two long-term keys that are kept aside: they stand under no profile's name, and are
// kept as strictly as those that do.
var (
	keyItems = kind{
		prefix: keyPrefix, all: "the list of keys", secret: true,
		label: func(profile string) string { return "key of " + vaultcore.Printable(profile) },
		subject: func(profile string) subject {
			name := vaultcore.Argument(profile)
			return subject{`the key of "` + vaultcore.Printable(profile) + `"`, "run `vaultbar remove " + name + "`, then `vaultbar add " + name + "`, or restore a backup"}
		},
	}
	sessionItems = kind{
		prefix: sessionPrefix, hex: "session", all: "the list of sessions",
		label: func(id string) string { return "session " + id[:8] },
		subject: func(id string) subject {
			return subject{"the saved session " + id[:8], "`vaultbar clear` ends all sessions and removes it"}
		},
	}
	signInItems = kind{
		prefix: signInPrefix, hex: "sign-in", all: "the list of sign-ins",
		label: func(id string) string { return "sign-in " + id[:8] },
		subject: func(id string) subject {
			return subject{"the saved sign-in " + id[:8], "`vaultbar clear` signs out and removes it"}
		},
	}
	rotationItems = kind{
		prefix: rotatePrefix, all: "the list of rotations",
		label: func(id string) string { return "rotation of " + vaultcore.MaskKeyID(id) },
		subject: func(id string) subject {
			return subject{"the saved state of the rotation of " + vaultcore.MaskKeyID(id), lookInIAM}
		},
	}
	asideItems = kind{
		prefix: asidePrefix, all: "the list of keys", secret: true,
		label:   func(string) string { return "key set aside by a rotation" },
		subject: func(string) subject { return subject{"a key set aside by a rotation", lookInIAM} },
	}
)

// item is the name of the item of an id.
func (k kind) item(id string) (string, error) {
	item := k.prefix + escape(id)
	switch {
	case k.hex != "" && !hexID.MatchString(id):
		return "", fmt.Errorf("%w: %q is not the fingerprint of a %s", vaultcore.ErrKeychain, vaultcore.Printable(id), k.hex)
	case id == "" || len(item) > maxItemName:
		return "", vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain cannot store a key under the name %q: it is empty or too long", vaultcore.Printable(id)).
			WithHint("use a shorter profile name")
	}
	return item, nil
}

// id is that of an item, where it is of this kind.
func (k kind) id(item string) (string, bool) {
	text, ok := strings.CutPrefix(item, k.prefix)
	switch {
	case !ok:
		return "", false
	case k.hex != "":
		return text, hexID.MatchString(text)
	}
	return unescape(text)
}

// isItem says whether an item of this name is one of ours.
func isItem(item string) bool {
	return slices.ContainsFunc([]kind{keyItems, sessionItems, signInItems, rotationItems, asideItems}, func(k kind) bool {
		_, ok := k.id(item)
		return ok
	})
}

// save keeps the data of an item in place of what was there. Of a key it says which one
// that is, for those who look without reading it.
func (s *Store) save(ctx context.Context, why purpose, k kind, id, describes string, data []byte) error {
	item, err := k.item(id)
	if err != nil {
		return err
	}
	err = s.put(ctx, why, keyring.Item{
		Key:                         item,
		Label:                       "Vaultbar: " + k.label(id),
		Description:                 describes,
		KeychainNotTrustApplication: k.secret,
		KeychainNotSynchronizable:   true,
	}, data)
	return s.explain(err, k.subject(id))
}

// ids lists the items of a kind, unlocking the keychain where it cannot tell otherwise.
func (s *Store) ids(ctx context.Context, k kind) ([]string, error) {
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return nil, s.explain(err, subject{name: k.all})
	}
	var ids []string
	for _, item := range items {
		if id, ok := k.id(item); ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// readAll returns the data of all items of a kind, by id. An error about single items
// comes together with all the others.
func (s *Store) readAll(ctx context.Context, k kind) (map[string][]byte, error) {
	all := map[string][]byte{}
	ids, err := s.ids(ctx, k)
	if err != nil {
		return all, err
	}
	var faults []error
	for _, id := range ids {
		data, err := s.get(ctx, k.prefix+escape(id))
		switch err = s.explain(err, k.subject(id)); {
		case err == nil:
			all[id] = data
		case errors.Is(err, keyring.ErrKeyNotFound):
			// removed since it was listed
		case errors.Is(err, vaultcore.ErrTampered):
			faults = append(faults, err)
		default:
			return all, errors.Join(append(faults, err)...)
		}
	}
	return all, errors.Join(faults...)
}

// discard removes an item, unread; one that is not there is no error.
func (s *Store) discard(ctx context.Context, k kind, id string) error {
	item, err := k.item(id)
	if err != nil {
		return err
	}
	_, err = s.remove(ctx, item)
	return s.explain(err, k.subject(id))
}
