package socket

// accessFor is the security descriptor of a pipe that only the user with this
// SID may open: protected from inheritance, full access for that user, nobody
// else, not even the system.
func accessFor(sid string) string { return "D:P(A;;GA;;;" + sid + ")" }

// pipeName is the name of a user's pipe.
func pipeName(sid string) string { return `\\.\pipe\vaultbar-` + sid }
