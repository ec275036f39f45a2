package trust

// System says whether a file is one that only the system can change. Windows
// keeps its certificates in no file, so none is.
func System(string) bool { return false }
