package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sumsName is the file of checksums, as sha256sum writes and checks it.
const sumsName = "SHA256SUMS"

// sums writes the checksum of each file of the result, and signs them.
func (r *release) sums() error {
	files, err := filesOf(r.out)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range files {
		of, err := sumOf(f.from)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", of, f.to)
	}
	if err := os.WriteFile(filepath.Join(r.out, sumsName), []byte(b.String()), 0o644); err != nil {
		return err
	}
	r.made(sumsName)
	return r.sign()
}

func sumOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return sum(text), nil
}

func sum(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// sign signs the checksums with minisign, which asks for the key's passphrase itself, or
// reads it from its standard input: neither the key nor that is seen here.
func (r *release) sign() error {
	if r.key == "" {
		skip("signature", "no key was given (make dist SIGN=FILE)")
		return nil
	}
	key, err := filepath.Abs(r.key)
	if err != nil {
		return err
	}
	if below, err := filepath.Rel(r.root, key); err == nil && filepath.IsLocal(below) {
		return fmt.Errorf("the key %s is in the repository: move it elsewhere", r.key)
	}
	sums := filepath.Join(r.out, sumsName)
	if err := r.attended("minisign", "-S", "-s", key, "-m", sums, "-t", "vaultbar "+r.version); err != nil {
		return err
	}
	r.made(sumsName + ".minisig")
	return nil
}
