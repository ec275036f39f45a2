package keystore

import (
	"errors"
	"slices"

	"github.com/99designs/keyring"
)

// walletRing is KWallet. When the person refuses to open the wallet, the
// library takes every item for absent and every write for done; so an item of
// no content, the mark, is kept, and "nothing here" is believed only of a
// wallet that shows its mark.
type walletRing struct{ ring }

var errWalletClosed = errors.New("the wallet was not opened")

func (w walletRing) Get(key string) (keyring.Item, error) {
	item, err := w.ring.Get(key)
	if errors.Is(err, keyring.ErrKeyNotFound) {
		if closed := w.prove(); closed != nil {
			return item, closed
		}
	}
	return item, err
}

func (w walletRing) Keys() ([]string, error) {
	keys, err := w.ring.Keys()
	if err == nil && !slices.Contains(keys, markItem) {
		return keys, w.prove()
	}
	return keys, err
}

// prove shows that the wallet is open: its mark is there or can be made.
func (w walletRing) prove() error {
	if _, err := w.ring.Get(markItem); !errors.Is(err, keyring.ErrKeyNotFound) {
		return err
	}
	if err := w.ring.Set(keyring.Item{Key: markItem, Data: []byte{1}}); err != nil {
		return err
	}
	if _, err := w.ring.Get(markItem); err != nil {
		return errWalletClosed
	}
	return nil
}
