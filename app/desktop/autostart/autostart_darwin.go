package autostart

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
)

// label names our launch agent.
const label = "com.github.vaultbar.vaultbar"

// entryFile is our entry among the person's launch agents.
func entryFile() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", label+".plist"), nil
}

// entry is the entry as launchd has it.
func entry(command string) string {
	var program strings.Builder
	_ = xml.EscapeText(&program, []byte(command)) // a builder takes all
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>` + label + `</string>
	<key>ProgramArguments</key><array><string>` + program.String() + `</string></array>
	<key>RunAtLoad</key><true/>
	<key>ProcessType</key><string>Interactive</string>
	<key>LimitLoadToSessionType</key><string>Aqua</string>
</dict>
</plist>
`
}

func switchedOn(string) bool { return true }
