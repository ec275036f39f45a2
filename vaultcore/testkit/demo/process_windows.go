package main

import "errors"

// checkTerminals says that commands cannot be given a terminal here.
func checkTerminals() error {
	return errors.New("the demo needs a Unix terminal, which Windows does not have: run it in WSL, on Linux or on macOS")
}

// Without a terminal there is no command, and so no process, to look after.

func killGroup(int) error { return errors.ErrUnsupported }

func kill(int) error { return errors.ErrUnsupported }

func alive(int) bool { return false }
