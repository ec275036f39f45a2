package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Go removes a file by a call of Windows 10, and by an older one where the newer is not
// known. Wine 8 says that in two more ways: STATUS_INVALID_DEVICE_REQUEST and
// STATUS_NOT_IMPLEMENTED. Without them no test in Wine could remove its folder.
const (
	removing = "src/internal/syscall/windows/at_windows.go"
	fallBack = "\t\tSTATUS_NOT_SUPPORTED:"
	inWine8  = "\t\tNTStatus(0xC0000010), NTStatus(0xC0000002),\n"
)

// overlay writes into dir what the go command builds the tests with instead of a file
// of its own, and returns the flag's value.
func overlay(dir, goroot string) (string, error) {
	original := filepath.Join(goroot, removing)
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), fallBack) != 1 {
		return "", fmt.Errorf("%s is not what it was: look how it removes a file where Windows is old", original)
	}
	changed := filepath.Join(dir, "at_windows.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), fallBack, inWine8+fallBack, 1)), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, replace, 0o600)
}
