package awshttp

import (
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxBundle is far more than all certificates of a system take.
const maxBundle = 8 << 20

// stamp tells when the certificates of a way have changed.
type stamp struct {
	size    int64
	changed time.Time
}

func stampOf(list string) stamp {
	var s stamp
	for _, path := range filepath.SplitList(list) {
		if info, err := os.Stat(path); err == nil {
			s.size += info.Size()
			if info.ModTime().After(s.changed) {
				s.changed = info.ModTime()
			}
		}
	}
	return s
}

// read reads the certificates of a list of files and folders; nil, which means the
// system's own, for the empty list.
func read(list string) (*x509.CertPool, error) {
	if list == "" {
		return nil, nil
	}
	pool, found := x509.NewCertPool(), false
	for _, path := range filepath.SplitList(list) {
		texts, err := certificates(path)
		if err != nil {
			return nil, unusable(path, err.Error())
		}
		for _, text := range texts {
			found = pool.AppendCertsFromPEM(text) || found
		}
	}
	if !found {
		return nil, unusable(list, "there is no certificate in it")
	}
	return pool, nil
}

func unusable(path, reason string) error {
	return vaultcore.Faultf(vaultcore.ErrConfig, "the certificates in %s cannot be used: %s", vaultcore.Printable(path), reason).
		WithHint("AWS_CA_BUNDLE, SSL_CERT_FILE or the setting ca_bundle must name a file of PEM certificates that only you or root can write")
}

// certificates reads a file, or the files of a folder, of which those that cannot
// be read are passed over.
func certificates(path string) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, vaultcore.Reason(err)
	}
	if !info.IsDir() {
		text, err := certificate(path)
		return [][]byte{text}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, vaultcore.Reason(err)
	}
	var texts [][]byte
	for _, entry := range entries {
		if text, err := certificate(filepath.Join(path, entry.Name())); err == nil {
			texts = append(texts, text)
		}
	}
	return texts, nil
}

func certificate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, vaultcore.Reason(err)
	}
	if why := vaultcore.Tamperable(info); why != "" {
		return nil, errors.New(why)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, vaultcore.Reason(err)
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxBundle))
}
