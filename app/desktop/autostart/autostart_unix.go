//go:build unix && !darwin

package autostart

import (
	"os"
	"path/filepath"
	"strings"
)

// entryFile is our entry among those that desktops start at login.
func entryFile() (string, error) {
	config := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "autostart", "vaultbar.desktop"), nil
}

// entry is the entry as freedesktop.org has it.
func entry(command string) (string, error) {
	return `[Desktop Entry]
Type=Application
Name=Vaultbar
Comment=AWS sessions from the keys in your keychain
Icon=vaultbar
Exec=` + quoteExec(command) + `
Terminal=false
X-GNOME-Autostart-enabled=true
`, nil
}

// quoteExec writes one word of an Exec line. It is unescaped twice: as a string
// of the file and as a quoted word; and % begins a field code.
func quoteExec(word string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(word)
	twice := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(quoted)
	return `"` + strings.ReplaceAll(twice, "%", "%%") + `"`
}

// switchedOn heeds that a desktop's own settings may have switched an entry off.
func switchedOn(text string) bool {
	for setting := range strings.Lines(text) {
		switch strings.ReplaceAll(strings.TrimSpace(setting), " ", "") {
		case "Hidden=true", "X-GNOME-Autostart-enabled=false":
			return false
		}
	}
	return true
}
