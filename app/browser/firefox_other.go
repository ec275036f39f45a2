//go:build !linux

package browser

// tooLong refuses a folder that Firefox cannot be reached at: none here.
func tooLong(Kind, string) error { return nil }

// deaf says that an open window cannot be given another address: all can here.
func (l *Launcher) deaf(Browser, string) error { return nil }
