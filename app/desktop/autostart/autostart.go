// Package autostart has a program started when the person logs in. Only our own
// entry is touched.
//
// Start with [Set].
package autostart

import (
	"errors"
	"path/filepath"
)

// Set has a program started when the person logs in, or no more. The
// command is the absolute path of the program. Only our own entry is touched.
func Set(on bool, command string) error {
	if !on {
		return remove()
	}
	if !filepath.IsAbs(command) {
		return errors.New("a login item needs the absolute path of the program")
	}
	return add(command)
}

// Enabled says whether our program is started when the person logs in.
func Enabled() bool { return enabled() }
