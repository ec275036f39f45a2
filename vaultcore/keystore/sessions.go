package keystore

import "context"

// SaveSession keeps data under id, which is a fingerprint in lower-case hex, in
// place of what was there. It asks nobody: a keychain that is locked stays so.
// It may return: ErrLocked, ErrKeychain, ErrBusy, ErrTampered.
func (s *Store) SaveSession(ctx context.Context, id string, data []byte) error {
	err := s.save(ctx, toSave, sessionItems, id, "", data)
	if err == nil {
		_ = s.Sweep(ctx) // the keychain is open; what it holds on to is tried again
	}
	return err
}

// Sessions returns all saved sessions by id. With none it asks for nothing;
// else it unlocks the keychain, which may ask. An error about single items
// comes together with all the others, so the map is worth reading in any case.
// It may return: ErrTampered, ErrKeychain, ErrBusy, ErrLocked, ErrCanceled,
// ErrNobodyToAsk.
func (s *Store) Sessions(ctx context.Context) (map[string][]byte, error) {
	return s.readAll(ctx, sessionItems)
}

// SessionIDs lists the saved sessions without reading them, so that those which
// cannot be read are among them. The file backend needs no passphrase for it. It
// may return: ErrKeychain, ErrBusy, ErrLocked, ErrCanceled.
func (s *Store) SessionIDs(ctx context.Context) ([]string, error) { return s.ids(ctx, sessionItems) }

// RemoveSession deletes a saved session; one that is not there is no error.
func (s *Store) RemoveSession(ctx context.Context, id string) error {
	return s.discard(ctx, sessionItems, id)
}
