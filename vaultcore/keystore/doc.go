// Package keystore keeps long-term keys and saved sessions in the keychain of
// the operating system, through github.com/99designs/keyring, and covers what
// that library leaves open.
//
// A [Store] is one keychain. [Open] finds the backend that was pinned, or
// chooses the usual one of the system: the macOS keychain, the Windows
// credential manager, the Secret Service when it answers, else files encrypted
// with a passphrase. A pinned backend that cannot be had is an error; a weaker
// one never takes its place.
//
// What stands between a caller and the library, from the outside in:
//
//   - Store (store.go, keys.go, sessions.go) knows keys by profile name and
//     sessions by fingerprint. Each item is a record that carries its own name
//     (record.go), so that an item copied under another name is refused on
//     every backend, and what was written is read back.
//   - An unlocker (backend.go) asks the person for the passphrase of the
//     file backend, and for nothing else. What it learns is not held forever
//     (passkey.go). A locked Secret Service collection is unlocked by the
//     desktop's own prompt (secretservice_linux.go), which is taken back when
//     the caller goes away, and not opened when nobody waits.
//   - A serializer (serializer.go) lets one call at a time into the library, which
//     takes no context: callers wait with a deadline and can leave, and while a call
//     hangs nobody else is let in.
//   - A backend (backend.go) is the library's keyring, wrapped where it needs it:
//     files are checked before they are decoded and written aside, synced and
//     renamed (filebackend.go, token.go, folder.go); the file passphrase is
//     stretched with Argon2id first (header.go); large items are cut in parts
//     for the credential manager (chunks.go); KWallet's silent refusals are
//     found out (walletBackend). What the Secret Service is sent and sends crosses the
//     session bus encrypted, which the library does not do (secretsession_linux.go,
//     secretcrypt_linux.go).
//
// Only a keychain that says there is no such item counts as "not found";
// everything else is an error, so that a locked keychain never looks empty.
//
// It does not defend against an older copy put back over the file backend's
// folder. Importing the library connects to the session bus; a program that may run
// without one sets DBUS_SESSION_BUS_ADDRESS to "disabled:" at its start, or an
// installed dbus-launch leaks a daemon.
package keystore
