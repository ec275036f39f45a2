package desktop

import "errors"

// ErrUnsupported is the failure of what this desktop or platform cannot do at
// all. It is worth one line in a log, not more.
var ErrUnsupported = errors.New("not on this desktop")
