package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// contentsOf is one text for the files that a process runs, by where they are, for what
// else they load lies beside them, and by what is in them; empty where no file says what
// it does, or where one cannot be read.
func contentsOf(p vaultcore.Process) string {
	if len(p.Files) == 0 {
		return ""
	}
	all := sha256.New()
	_, _ = fmt.Fprintf(all, "%q %q", p.Path, p.Script) // a hash does not fail
	for _, path := range p.Files {
		sum, err := sumOf(path)
		if err != nil {
			return ""
		}
		all.Write(sum)
	}
	return hex.EncodeToString(all.Sum(nil))
}

func sumOf(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}
