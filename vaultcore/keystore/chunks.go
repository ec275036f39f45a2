package keystore

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/keyring"
)

// The Windows credential manager refuses more than 2560 bytes an item.
const (
	maxPart  = 2000
	maxParts = 64
)

// The first byte of an item says what follows.
const (
	whole = 'D' // the data
	cut   = 'M' // a manifest
)

// partsBackend cuts large items into parts. The parts of a new value are written
// under names of their own and the manifest last, in one write, so whoever
// stops in between leaves the old value whole. Parts that no manifest names
// are swept at the next write.
type partsBackend struct {
	backend
	limit int
}

// manifest lists the parts of one value.
type manifest struct {
	Generation string `json:"generation"`
	Parts      int    `json:"parts"`
	Sum        []byte `json:"sha256"`
}

func partItem(generation string, n int, owner string) string {
	return fmt.Sprintf("%s%s.%d.%s", partPrefix, generation, n, owner)
}

// partOf returns which generation of which item a part belongs to.
func partOf(item string) (generation, owner string, ok bool) {
	rest, ok := strings.CutPrefix(item, partPrefix)
	fields := strings.SplitN(rest, ".", 3)
	if !ok || len(fields) != 3 {
		return "", "", false
	}
	return fields[0], fields[2], true
}

func (p partsBackend) Set(item keyring.Item) error {
	data, generation := item.Data, ""
	item.Data = append([]byte{whole}, data...)
	if len(item.Data) > p.limit {
		var id [8]byte
		_, _ = rand.Read(id[:]) // never fails
		generation = hex.EncodeToString(id[:])
		text, err := p.setParts(item, generation, data)
		if err != nil {
			return err
		}
		item.Data = append([]byte{cut}, text...)
	}
	if err := p.backend.Set(item); err != nil {
		return err
	}
	p.sweep(item.Key, generation)
	return nil
}

// setParts writes the parts and returns their manifest.
func (p partsBackend) setParts(item keyring.Item, generation string, data []byte) ([]byte, error) {
	parts := slices.Collect(slices.Chunk(data, p.limit))
	if len(parts) > maxParts {
		return nil, fmt.Errorf("an item of %d bytes is too large for this keychain", len(data))
	}
	for n, part := range parts {
		err := p.backend.Set(keyring.Item{Key: partItem(generation, n, item.Key), Label: item.Label, Data: part})
		if err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(data)
	return json.Marshal(manifest{Generation: generation, Parts: len(parts), Sum: sum[:]})
}

func (p partsBackend) Get(key string) (keyring.Item, error) {
	item, err := p.backend.Get(key)
	if err != nil {
		return keyring.Item{}, err
	}
	switch {
	case len(item.Data) > 0 && item.Data[0] == whole:
		item.Data = item.Data[1:]
		return item, nil
	case len(item.Data) > 0 && item.Data[0] == cut:
		item.Data, err = p.join(key, item.Data[1:])
		return item, err
	}
	return keyring.Item{}, damaged("it is not in Vaultbar's format")
}

// join reads the parts that a manifest names.
func (p partsBackend) join(key string, text []byte) ([]byte, error) {
	var m manifest
	if json.Unmarshal(text, &m) != nil || m.Parts < 1 || m.Parts > maxParts {
		return nil, damaged("the list of its parts cannot be read")
	}
	var data []byte
	for n := range m.Parts {
		part, err := p.backend.Get(partItem(m.Generation, n, key))
		if errors.Is(err, keyring.ErrKeyNotFound) {
			return nil, damaged("a part of it is missing")
		}
		if err != nil {
			return nil, err
		}
		data = append(data, part.Data...)
	}
	if sum := sha256.Sum256(data); !bytes.Equal(sum[:], m.Sum) {
		return nil, damaged("its parts do not belong together")
	}
	return data, nil
}

func (p partsBackend) Remove(key string) error {
	if err := p.backend.Remove(key); err != nil {
		return err
	}
	p.sweep(key, "")
	return nil
}

func (p partsBackend) Keys() ([]string, error) {
	items, err := p.backend.Keys()
	return slices.DeleteFunc(items, func(item string) bool {
		_, _, part := partOf(item)
		return part
	}), err
}

// sweep removes the parts of key but those of the generation in use, and the
// parts of items that are gone. A part that stays behind harms nothing.
func (p partsBackend) sweep(key, generation string) {
	items, err := p.backend.Keys()
	if err != nil {
		return
	}
	for _, item := range items {
		g, owner, ok := partOf(item)
		if ok && (owner == key && g != generation || !slices.Contains(items, owner)) {
			_ = p.backend.Remove(item)
		}
	}
}
