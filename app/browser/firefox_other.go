//go:build !linux

package browser

// tooLong refuses a folder that Firefox cannot be reached at: none here.
func tooLong(Kind, string) error { return nil }

// unreachable says that an open window cannot be given another address: all can here.
func (l *Launcher) unreachable(Browser, string) error { return nil }
