package credformat

// CloseOnExec marks every descriptor above the standard three, so that no program
// that is started from here on inherits it.
func CloseOnExec() error { return closeListed("/dev/fd") }
