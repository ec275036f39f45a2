package dirprofile

import "os"

// open opens a file to read it.
func open(path string) (*os.File, error) { return os.Open(path) }
