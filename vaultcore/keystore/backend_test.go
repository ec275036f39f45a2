package keystore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// small is a credential manager: 2560 bytes an item, names without case. After
// `left` more writes it is as dead as the process that used it.
type small struct {
	items map[string]keyring.Item
	left  int
}

func newSmall() *small { return &small{items: map[string]keyring.Item{}, left: 1 << 30} }

var errDead = errors.New("the machine lost power")

func (s *small) spend() error {
	if s.left--; s.left < 0 {
		return errDead
	}
	return nil
}

func (s *small) Get(key string) (keyring.Item, error) {
	item, ok := s.items[strings.ToLower(key)]
	if !ok {
		return item, keyring.ErrKeyNotFound
	}
	return keyring.Item{Key: key, Data: slices.Clone(item.Data)}, nil
}

func (s *small) Set(item keyring.Item) error {
	if len(item.Data) > 2560 {
		return errors.New("the stub received bad data")
	}
	if err := s.spend(); err != nil {
		return err
	}
	s.items[strings.ToLower(item.Key)] = item
	return nil
}

func (s *small) Remove(key string) error {
	if err := s.spend(); err != nil {
		return err
	}
	delete(s.items, strings.ToLower(key))
	return nil
}

func (s *small) Keys() ([]string, error) {
	var keys []string
	for _, item := range s.items {
		keys = append(keys, item.Key)
	}
	return keys, nil
}

// TestPartsCrash stops a write of parts after every one of its steps: the old
// value or the new one is there, and the next write leaves no part behind.
func TestPartsCrash(t *testing.T) {
	id := strings.Repeat("ab", 8)
	before, after := []byte(strings.Repeat("old", 2000)), []byte(strings.Repeat("newer", 1800))
	for steps := range 20 {
		disk := newSmall()
		ctx := context.Background()
		if err := fakeStore(partsBackend{disk, maxPart}).SaveSession(ctx, id, before); err != nil {
			t.Fatal(err)
		}
		disk.left = steps
		err := fakeStore(partsBackend{disk, maxPart}).SaveSession(ctx, id, after)
		disk.left = 1 << 30

		s := fakeStore(partsBackend{disk, maxPart})
		got, readErr := s.Sessions(ctx)
		if readErr != nil {
			t.Fatalf("after %d steps: %v", steps, readErr)
		}
		switch string(got[id]) {
		case string(before):
			if err == nil {
				t.Errorf("after %d steps: the write said it was done, and was not", steps)
			}
		case string(after):
		default:
			t.Errorf("after %d steps: neither old nor new", steps)
		}
		if err := s.SaveSession(ctx, id, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if len(disk.items) != 1 {
			t.Errorf("after %d steps: %d items left, want 1", steps, len(disk.items))
		}
	}
}

func TestPartsDamaged(t *testing.T) {
	id := strings.Repeat("ab", 8)
	ctx := context.Background()
	for name, harm := range map[string]func(*small, string){
		"part missing": func(s *small, part string) { delete(s.items, part) },
		"part changed": func(s *small, part string) {
			s.items[part] = keyring.Item{Key: part, Data: []byte("other")}
		},
		"manifest": func(s *small, _ string) {
			s.items[sessionPrefix+id] = keyring.Item{Key: sessionPrefix + id, Data: []byte(`M{"parts":1000000}`)}
		},
		"empty": func(s *small, _ string) { s.items[sessionPrefix+id] = keyring.Item{Key: sessionPrefix + id} },
	} {
		t.Run(name, func(t *testing.T) {
			disk := newSmall()
			s := fakeStore(partsBackend{disk, maxPart})
			if err := s.SaveSession(ctx, id, []byte(strings.Repeat("token", 1200))); err != nil {
				t.Fatal(err)
			}
			if err := s.SaveSession(ctx, "00000000", []byte("fine")); err != nil {
				t.Fatal(err)
			}
			for item := range disk.items {
				if _, _, part := partOf(item); part {
					harm(disk, item)
					break
				}
			}
			got, err := s.Sessions(ctx)
			wantMessage(t, "", err, vaultcore.ErrTampered)
			if string(got["00000000"]) != "fine" || len(got) != 1 {
				t.Errorf("the other session was not read: %d", len(got))
			}
		})
	}
}

// wallet is KWallet: closed, it has nothing and swallows what is written.
type wallet struct {
	keyring.ArrayKeyring
	open bool
}

func (w *wallet) Get(key string) (keyring.Item, error) {
	if !w.open {
		return keyring.Item{}, keyring.ErrKeyNotFound
	}
	return w.ArrayKeyring.Get(key)
}

func (w *wallet) Set(item keyring.Item) error {
	if !w.open {
		return nil
	}
	return w.ArrayKeyring.Set(item)
}

func (w *wallet) Keys() ([]string, error) {
	if !w.open {
		return nil, nil
	}
	return w.ArrayKeyring.Keys()
}

// TestWalletRefused: a wallet that the person did not open is not an empty one.
func TestWalletRefused(t *testing.T) {
	w := &wallet{open: true}
	s := fakeStore(walletBackend{w})
	ctx := context.Background()
	mustSet(t, s, "prod", key(1))
	w.open = false
	_, err := s.Key(ctx, "prod")
	wantMessage(t, "", err, vaultcore.ErrCanceled)
	_, err = s.Names(ctx)
	wantErr(t, err, vaultcore.ErrCanceled)
	wantErr(t, s.SetKey(ctx, "prod", key(2)), vaultcore.ErrCanceled)
	w.open = true
	wantKey(t, s, "prod", key(1))
}

// keychain is macOS's: refused items look absent, descriptions can be read
// without a prompt.
type keychain struct {
	*keyring.ArrayKeyring
	refuses bool
	reads   int
}

func (k *keychain) Get(key string) (keyring.Item, error) {
	k.reads++
	if k.refuses {
		return keyring.Item{}, keyring.ErrKeyNotFound
	}
	return k.ArrayKeyring.Get(key)
}

func (k *keychain) GetMetadata(key string) (keyring.Metadata, error) {
	item, err := k.ArrayKeyring.Get(key)
	item.Data = nil
	return keyring.Metadata{Item: &item}, err
}

func TestKeychainRefusal(t *testing.T) {
	k := &keychain{ArrayKeyring: keyring.NewArrayKeyring(nil)}
	s := fakeStore(keychainBackend{k})
	s.promptsOnRead = true
	ctx := context.Background()
	mustSet(t, s, "prod", key(1))
	if k.reads != 0 {
		t.Errorf("keeping a key read it %d times: each opens a prompt", k.reads)
	}
	item, _ := k.ArrayKeyring.Get("vaultbar.key.prod")
	if !item.KeychainNotTrustApplication || !item.KeychainNotSynchronizable {
		t.Error("a long-term key must not be pre-trusted or synchronized")
	}
	again := fakeStore(keychainBackend{k}) // after a restart
	if id, err := again.KeyID(ctx, "prod"); err != nil || id != key(1).AccessKeyID || k.reads != 0 {
		t.Errorf("KeyID = %q, %v after %d reads", id, err, k.reads)
	}
	k.refuses = true
	_, err := again.Key(ctx, "prod")
	wantMessage(t, "", err, vaultcore.ErrLocked)
	_, err = again.Key(ctx, "other")
	wantErr(t, err, vaultcore.ErrNoCredentials)
}

// forgetful takes writes and keeps nothing.
type forgetful struct{ keyring.ArrayKeyring }

func (*forgetful) Set(keyring.Item) error { return nil }

func TestWriteIsVerified(t *testing.T) {
	s := fakeStore(&forgetful{})
	wantMessage(t, "", s.SetKey(context.Background(), "prod", key(1)), vaultcore.ErrKeychain)
	s.promptsOnRead = true
	wantMessage(t, "", s.SetKey(context.Background(), "prod", key(1)), vaultcore.ErrKeychain)
}

// many holds items of one name twice, as a Secret Service can.
type many struct {
	keyring.ArrayKeyring
	copies int
}

func (m *many) Remove(key string) error {
	if m.copies--; m.copies > 0 {
		return nil
	}
	return m.ArrayKeyring.Remove(key)
}

func TestRemoveTakesEveryCopy(t *testing.T) {
	m := &many{copies: 3}
	s := fakeStore(m)
	mustSet(t, s, "prod", key(1))
	if err := s.RemoveKey(context.Background(), "prod"); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s)
	m.copies = 1000
	mustSet(t, s, "prod", key(1))
	wantMessage(t, "", s.RemoveKey(context.Background(), "prod"), vaultcore.ErrKeychain)
}

// TestCopiedItem: an item copied under another name is refused, whether the
// backend gives the name back or not.
func TestCopiedItem(t *testing.T) {
	for _, nameKept := range []bool{true, false} {
		a := keyring.NewArrayKeyring(nil)
		s := fakeStore(a)
		mustSet(t, s, "dev", key(1))
		mustSet(t, s, "prod", key(2))
		if nameKept {
			s = fakeStore(renamed{a})
		} else {
			item, _ := a.Get("vaultbar.key.dev")
			item.Key = "vaultbar.key.prod"
			_ = a.Set(item)
		}
		_, err := s.Key(context.Background(), "prod")
		wantMessage(t, "", err, vaultcore.ErrTampered)
		wantKey(t, s, "dev", key(1))
	}
}

// renamed says of every item that it is dev's, whatever it holds.
type renamed struct{ *keyring.ArrayKeyring }

func (r renamed) Get(key string) (keyring.Item, error) {
	item, err := r.ArrayKeyring.Get(key)
	item.Key = "vaultbar.key.dev"
	return item, err
}

// TestOthersItems: items of other programs in a shared collection are not ours.
func TestOthersItems(t *testing.T) {
	a := keyring.NewArrayKeyring([]keyring.Item{
		{Key: "aws-vault (prod)"}, {Key: "Wi-Fi"}, {Key: "vaultbar.key."}, {Key: "vaultbar.key.A B"}, {Key: "vaultbar.session.x"}, {Key: ""},
	})
	s := fakeStore(a)
	wantNames(t, s)
	if got, err := s.Sessions(context.Background()); err != nil || len(got) != 0 {
		t.Errorf("Sessions = %v, %v", got, err)
	}
}

// TestErrorsQuoteNothing: what a keychain held does not show in an error.
func TestErrorsQuoteNothing(t *testing.T) {
	for name, content := range map[string]string{
		"text":           `CANARY`,
		"broken":         `{"v":1,"item":CANARY}`,
		"no base64":      `{"v":1,"item":"vaultbar.key.prod","data":"CANARY"}`,
		"no version":     `{"v":"CANARY"}`,
		"no key, base64": `{"v":1,"item":"vaultbar.key.prod","data":"eyJhY2Nlc3Nfa2V5X2lkIjogQ0FOQVJZfQ=="}`,
	} {
		s := fakeStore(keyring.NewArrayKeyring([]keyring.Item{{Key: "vaultbar.key.prod", Data: []byte(content)}}))
		_, err := s.Key(context.Background(), "prod")
		wantMessage(t, name, err, vaultcore.ErrTampered)
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "CANARY") {
				t.Errorf("%q shows the content: %v", content, e)
			}
		}
	}
}
