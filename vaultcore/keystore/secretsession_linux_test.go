package keystore

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestSessionKey: the key is the one that the specification says, also where the number
// that both have begins with zeros. The expected ones were computed by another program.
func TestSessionKey(t *testing.T) {
	ours := big.NewInt(1000003)
	for theirs, want := range map[int64]string{3: "39b6c5cb2bef598544460567eb81d6b1", 402: "e8c82611637b7f9ff91149f40ed56cc7"} {
		for _, side := range []struct{ own, other *big.Int }{{ours, big.NewInt(theirs)}, {big.NewInt(theirs), ours}} {
			key, err := sessionKey(side.own, publicKey(side.other))
			if err != nil || hex.EncodeToString(key) != want {
				t.Errorf("with %d: %x, %v", theirs, key, err)
			}
		}
	}
	for _, public := range [][]byte{nil, {0}, {1}, groupLast.Bytes(), groupPrime.Bytes(), append([]byte{1}, groupPrime.Bytes()...)} {
		if _, err := sessionKey(ours, public); err != errPeerKey {
			t.Errorf("%x: %v", public, err)
		}
	}
	if exponent, err := newExponent(); err != nil || exponent.BitLen() < 900 || exponent.Cmp(groupLast) >= 0 {
		t.Errorf("an exponent of %d bits, %v", exponent.BitLen(), err)
	}
}

// TestEncryption: what is encrypted is read again, and nothing else is.
func TestEncryption(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 16)
	for n := range 50 {
		secret := bytes.Repeat([]byte{'s'}, n)
		iv, encrypted, err := encrypt(key, secret)
		if err != nil || len(encrypted)%16 != 0 || len(encrypted) <= n || bytes.Contains(encrypted, []byte("sss")) {
			t.Fatalf("%d bytes: %x, %v", n, encrypted, err)
		}
		if got, err := decrypt(key, iv, encrypted); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%d bytes: %q, %v", n, got, err)
		}
		if other, _, _ := encrypt(key, secret); bytes.Equal(other, iv) {
			t.Error("two secrets with one initialization vector")
		}
		for name, c := range map[string]struct{ iv, encrypted []byte }{
			"cut short": {iv, encrypted[:len(encrypted)-1]}, "none": {iv, nil}, "no vector": {nil, encrypted}, "in clear": {iv, bytes.Repeat([]byte{'{'}, 32)},
		} {
			if got, err := decrypt(key, c.iv, c.encrypted); err == nil && name != "in clear" || bytes.Contains(got, []byte("{")) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

// monitor is dbus-monitor, which shows all that goes over the session bus.
type monitor struct {
	*testing.T
	bus  *dbus.Conn
	file string
}

func startMonitor(t *testing.T) *monitor {
	t.Helper()
	testenv.Program(t, "dbus-monitor", "dbus-bin")
	m := &monitor{T: t, bus: session(t), file: filepath.Join(os.Getenv("HOME"), "monitor")}
	out, err := os.Create(m.file)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-monitor", "--address", os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = out.Close() })
	m.seen("Begins")
	return m
}

// seen waits until the monitor has shown all that came before, and returns it.
func (m *monitor) seen(marker string) []byte {
	m.Helper()
	limit := time.After(time.Minute)
	for {
		if err := m.bus.Emit("/vaultbar/test", "vaultbar.test."+marker); err != nil {
			m.Fatal(err)
		}
		text, err := os.ReadFile(m.file)
		if err != nil {
			m.Fatal(err)
		}
		if bytes.Contains(text, []byte("member="+marker)) {
			return text
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-limit:
			m.Fatalf("the monitor shows no %s", marker)
		}
	}
}

func notBase64(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/'
}

// shows says whether what went over a bus has a secret: as it is, as numbers, or in base64,
// also of what is base64 itself.
func shows(text []byte, secret string) bool {
	packed := bytes.Join(bytes.Fields(text), nil) // lists of bytes go over many lines
	if bytes.Contains(packed, []byte(secret)) || bytes.Contains(packed, []byte(hex.EncodeToString([]byte(secret)))) {
		return true
	}
	return slices.ContainsFunc(bytes.FieldsFunc(packed, notBase64), func(word []byte) bool {
		if len(word) < 20 {
			return false
		}
		inner, _ := base64.RawStdEncoding.DecodeString(string(word)) // as far as it is
		return len(inner) > 0 && shows(inner, secret)
	})
}

// TestNothingInClearOnTheBus: who monitors the session bus sees no secret that is kept in
// the Secret Service or read from there. That it would see one shows the library, which
// sends them in clear.
func TestNothingInClearOnTheBus(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	defer startKeyring(t)()
	m := startMonitor(t)
	s := openSecrets(t, Options{})
	canary := key(1)
	canary.SecretAccessKey = vaultcore.NewSecret("CANARYcanaryCANARYcanaryCANARYcanary1234")
	mustSet(t, s, "prod", canary)
	wantKey(t, openSecrets(t, Options{}), "prod", canary)
	const token = "TOKENtokenTOKENtokenTOKENtokenTOKENtoken"
	if err := s.SaveSession(t.Context(), "00112233", []byte(token)); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Sessions(t.Context()); err != nil || string(kept["00112233"]) != token {
		t.Fatalf("%q, %v", kept, err)
	}
	text := m.seen("Sealed")
	if !bytes.Contains(text, []byte("member=GetSecret")) || !bytes.Contains(text, []byte("member=CreateItem")) || !bytes.Contains(text, []byte(encryptedSession)) {
		t.Error("the monitor shows no call that carries a secret")
	}
	for _, secret := range []string{canary.SecretAccessKey.Reveal(), token} {
		if shows(text, secret) {
			t.Errorf("%s is there", secret[:5])
		}
	}
	control := key(2)
	control.SecretAccessKey = vaultcore.NewSecret("CONTROLcontrolCONTROLcontrolCONTROLcontr")
	s.items.(*secretService).items = older(t)
	mustSet(t, s, "control", control)
	if !shows(m.seen("Control"), control.SecretAccessKey.Reveal()) {
		t.Error("the monitor does not show what is sent in clear")
	}
}

// older is the keychain as earlier versions of Vaultbar have it, and other programs with
// the same library.
func older(t *testing.T) keyring.Keyring {
	t.Helper()
	keychain, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.SecretServiceBackend}, ServiceName: service, LibSecretCollectionName: collectionName,
	})
	if err != nil {
		t.Fatal(err)
	}
	return keychain
}

// TestItemsOfEarlierVersions: what an earlier version wrote is read, replaced and removed,
// and it reads what is written now.
func TestItemsOfEarlierVersions(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	defer startKeyring(t)()
	s := openSecrets(t, Options{})
	mustSet(t, s, "prod", key(1))
	names, err := older(t).Keys()
	if err != nil || len(names) == 0 {
		t.Fatalf("%s, %v", names, err)
	}
	for _, name := range names {
		now, err := older(t).Get(name)
		if err != nil || now.Key != name {
			t.Fatalf("an earlier version reads %q: %v", name, err)
		}
		if err := older(t).Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := older(t).Set(now); err != nil {
			t.Fatal(err)
		}
	}
	wantKey(t, openSecrets(t, Options{}), "prod", key(1))
	mustSet(t, s, "prod", key(2))
	if again, err := older(t).Keys(); err != nil || len(again) != len(names) {
		t.Errorf("replaced, there are %s; before %s", again, names)
	}
	wantKey(t, s, "prod", key(2))
}
