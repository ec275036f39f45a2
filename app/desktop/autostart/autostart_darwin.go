package autostart

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// loginLabel names our launch agent.
const loginLabel = "com.github.vaultbar.vaultbar"

func loginFile() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", loginLabel+".plist"), nil
}

func addLoginItem(command string) error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	var program strings.Builder
	if err := xml.EscapeText(&program, []byte(command)); err != nil {
		return err
	}
	text := `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>` + loginLabel + `</string>
	<key>ProgramArguments</key><array><string>` + program.String() + `</string></array>
	<key>RunAtLoad</key><true/>
	<key>ProcessType</key><string>Interactive</string>
	<key>LimitLoadToSessionType</key><string>Aqua</string>
</dict>
</plist>
`
	return atomicfile.Replace(path, []byte(text), 0o644)
}

func removeLoginItem() error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func hasLoginItem() bool {
	path, err := loginFile()
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}
