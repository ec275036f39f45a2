package main

import "os"

// closedOutput says whether the process was started without this stream; writing
// to it fails by itself.
func closedOutput(*os.File) bool { return false }
