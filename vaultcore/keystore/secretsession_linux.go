package keystore

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// encryptedItems is the library's Secret Service, but for what carries secrets over the
// session bus: the library would send them in clear, for every program of the person's
// to read that monitors the bus. Here they are encrypted, with a key that is agreed on
// anew for each, and there is no falling back: all services that are in use can do it. The
// items are those that the library reads and writes.
type encryptedItems struct {
	keyring.Keyring
	bus  *dbus.Conn
	name string // of the collection
}

// confidential has a keyring of the library's send no secret in clear.
func confidential(keychain keyring.Keyring, backend keyring.BackendType, c keyring.Config) (keyring.Keyring, error) {
	if backend != keyring.SecretServiceBackend {
		return keychain, nil
	}
	bus, err := dbus.SessionBus()
	return encryptedItems{keychain, bus, cmp.Or(c.LibSecretCollectionName, c.ServiceName)}, err
}

// The names of the specification.
const (
	collectionCalls = "org.freedesktop.Secret.Collection"
	itemCalls       = "org.freedesktop.Secret.Item"
	sessionCalls    = "org.freedesktop.Secret.Session"
)

// itemSecret is a secret on the bus.
type itemSecret struct {
	Session     dbus.ObjectPath
	IV          []byte
	Encrypted   []byte
	ContentType string
}

func (e encryptedItems) object(path dbus.ObjectPath) dbus.BusObject {
	return e.bus.Object(secretsName, path)
}

// Get may return: keyring.ErrKeyNotFound.
func (e encryptedItems) Get(key string) (item keyring.Item, err error) {
	collection, err := e.open()
	if err != nil {
		return item, err
	}
	var found []dbus.ObjectPath
	if err := collection.Call(collectionCalls+".SearchItems", 0, map[string]string{"profile": key}).Store(&found); err != nil {
		return item, err
	}
	if len(found) == 0 {
		return item, keyring.ErrKeyNotFound
	}
	s, err := agree(e.bus)
	if err != nil {
		return item, err
	}
	defer s.end()
	var sent itemSecret
	if err := e.object(found[0]).Call(itemCalls+".GetSecret", 0, s.path).Store(&sent); err != nil {
		return item, err
	}
	text, err := decrypt(s.key, sent.IV, sent.Encrypted)
	if err != nil {
		return item, err
	}
	defer clear(text)
	return item, json.Unmarshal(text, &item)
}

func (e encryptedItems) Set(item keyring.Item) error {
	collection, err := e.open()
	if err != nil {
		return err
	}
	text, err := json.Marshal(item)
	if err != nil {
		return err
	}
	defer clear(text)
	s, err := agree(e.bus)
	if err != nil {
		return err
	}
	defer s.end()
	iv, encrypted, err := encrypt(s.key, text)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		itemCalls + ".Label":      dbus.MakeVariant(item.Key),
		itemCalls + ".Attributes": dbus.MakeVariant(map[string]string{"profile": item.Key}),
	}
	var made, prompt dbus.ObjectPath
	err = collection.Call(collectionCalls+".CreateItem", 0, properties, itemSecret{s.path, iv, encrypted, "application/json"}, true).Store(&made, &prompt)
	if err == nil && prompt != "/" {
		return dbus.Error{Name: errorIsLocked} // it was locked in this moment
	}
	return err
}

// open finds the collection. One that is locked is opened by the library, which shows the
// desktop's prompt and waits; [secretService] does not let it come to that. It may return:
// keyring.ErrKeyNotFound where there is no such collection.
func (e encryptedItems) open() (dbus.BusObject, error) {
	v, err := e.object(secretsRoot).GetProperty(serviceCalls + ".Collections")
	if err != nil {
		return nil, err
	}
	paths, _ := v.Value().([]dbus.ObjectPath)
	for _, path := range paths {
		if unescaped(path) != string(secretsRoot)+"/collection/"+e.name {
			continue
		}
		collection := e.object(path)
		v, err := collection.GetProperty(collectionCalls + ".Locked")
		if err == nil && v.Value() != false {
			_, err = e.Keys()
		}
		return collection, err
	}
	return nil, keyring.ErrKeyNotFound
}

// pathEscape is how a path has a character that a path cannot have.
var pathEscape = regexp.MustCompile(`_[0-9a-f]{2}`)

func unescaped(path dbus.ObjectPath) string {
	return pathEscape.ReplaceAllStringFunc(string(path), func(e string) string {
		b, _ := hex.DecodeString(e[1:])
		return string(b)
	})
}

// encryption is a session of the service's, with the key that only it and we have.
type encryption struct {
	session dbus.BusObject
	path    dbus.ObjectPath
	key     []byte
}

// errInClear is a service that does not encrypt.
var errInClear = vaultcore.Faultf(vaultcore.ErrKeychain, "the desktop's keychain would send secrets over the session bus in clear, which Vaultbar does not do").
	WithHint("GNOME Keyring, KWallet and KeePassXC encrypt them; or use the encrypted files, `backend = file` in the settings")

// agree begins a session. It may return: errInClear.
func agree(bus *dbus.Conn) (*encryption, error) {
	exponent, err := newExponent()
	if err != nil {
		return nil, err
	}
	var theirs dbus.Variant
	var path dbus.ObjectPath
	err = bus.Object(secretsName, secretsRoot).Call(serviceCalls+".OpenSession", 0, encryptedSession, dbus.MakeVariant(publicKey(exponent))).Store(&theirs, &path)
	var refused dbus.Error
	if errors.As(err, &refused) && refused.Name == "org.freedesktop.DBus.Error.NotSupported" {
		return nil, errInClear
	}
	if err != nil {
		return nil, err
	}
	public, ok := theirs.Value().([]byte)
	if !ok {
		return nil, errPeerKey
	}
	key, err := sessionKey(exponent, public)
	return &encryption{bus.Object(secretsName, path), path, key}, err
}

// end lets the service forget the session.
func (s *encryption) end() {
	s.session.Go(sessionCalls+".Close", dbus.FlagNoReplyExpected, nil)
	clear(s.key)
}
