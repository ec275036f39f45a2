package credformat

import "os"

// CloseOnExec marks every descriptor above the standard three, so that no program
// that is started from here on inherits it.
func CloseOnExec() error {
	dir, err := os.Open("/dev/fd")
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	closeListed(names)
	return err
}
