//go:build unix && !darwin

package terminal

import (
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/program"
)

// kind is a terminal that we know.
type kind struct {
	name string
	run  []string // what stands between it and the command that runs in it
}

// terminals are the known ones. The system's choice comes first.
var terminals = []kind{
	{"x-terminal-emulator", []string{"-e"}},
	{"gnome-terminal", []string{"--"}},
	{"ptyxis", []string{"--"}},
	{"kgx", []string{"--"}},
	{"konsole", []string{"-e"}},
	{"xfce4-terminal", []string{"-x"}},
	{"mate-terminal", []string{"-x"}},
	{"kitty", nil},
	{"alacritty", []string{"-e"}},
	{"foot", nil},
	{"wezterm", []string{"start", "--"}},
	{"xterm", []string{"-e"}},
}

// inTerminal is the command line that runs a command in the first terminal that is
// found.
func inTerminal(command []string) ([]string, error) {
	var names []string
	for _, one := range terminals {
		if path, err := program.Find(one.name); err == nil {
			return one.commandLine(path, command), nil
		}
		names = append(names, one.name)
	}
	return nil, nothingOpens("a terminal", strings.Join(names[1:], ", "))
}

func (k kind) commandLine(path string, command []string) []string {
	return slices.Concat([]string{path}, k.run, command)
}

// opener is the command line that opens a file or an address.
func opener(what string) ([]string, error) {
	if path, err := program.Find("xdg-open"); err == nil {
		return []string{path, what}, nil
	}
	if path, err := program.Find("gio"); err == nil {
		return []string{path, "open", what}, nil
	}
	return nil, nothingOpens("it", "xdg-utils")
}
