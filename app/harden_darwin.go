package app

// harden keeps the app's memory out of core files. That no process of the same user may attach is the hardened runtime's
// work, which signing turns on.
func harden() error {
	return noCoreFiles()
}
