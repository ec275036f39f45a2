//go:build unix && !darwin

package autostart

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// loginFile is our entry among those that desktops start at login.
func loginFile() (string, error) {
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

func addLoginItem(command string) error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	return atomicfile.Replace(path, []byte(loginEntry(command)), 0o644)
}

// loginEntry is the entry as freedesktop.org has it.
func loginEntry(command string) string {
	return `[Desktop Entry]
Type=Application
Name=Vaultbar
Comment=AWS sessions from the keys in your keychain
Icon=vaultbar
Exec=` + quoteExec(command) + `
Terminal=false
X-GNOME-Autostart-enabled=true
`
}

// quoteExec writes one word of an Exec line. It is unescaped twice: as a string
// of the file and as a quoted word; and % begins a field code.
func quoteExec(word string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(word)
	twice := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(quoted)
	return `"` + strings.ReplaceAll(twice, "%", "%%") + `"`
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

// hasLoginItem heeds that a desktop's own settings may have switched the entry
// off.
func hasLoginItem() bool {
	path, err := loginFile()
	if err != nil {
		return false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	for entry := range strings.Lines(string(text)) {
		switch strings.ReplaceAll(strings.TrimSpace(entry), " ", "") {
		case "Hidden=true", "X-GNOME-Autostart-enabled=false":
			return false
		}
	}
	return true
}
