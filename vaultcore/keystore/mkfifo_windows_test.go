package keystore

import "os"

// mkfifo makes a folder: Windows has no pipes among its files.
func mkfifo(path string) error { return os.Mkdir(path, 0o700) }
