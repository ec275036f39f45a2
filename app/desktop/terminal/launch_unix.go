//go:build unix && !darwin

package terminal

import (
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/program"
)

// terminals are the known terminals, and what stands between each and the
// command that runs in it. The system's choice comes first.
var terminals = []struct {
	name string
	run  []string
}{
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

// terminal is the command line that runs a command in a terminal.
func terminal(choice string, command []string) ([]string, error) {
	if choice != "" {
		return chosenTerminal(choice, command)
	}
	var names []string
	for _, one := range terminals {
		if path, err := program.Find(one.name); err == nil {
			return inTerminal(path, one.run, command), nil
		}
		names = append(names, one.name)
	}
	return nil, nothingOpens("a terminal", strings.Join(names[1:], ", "))
}

// chosenTerminal is the person's own choice, wherever it is. One that is not
// known is taken to understand -e, as most do.
func chosenTerminal(choice string, command []string) ([]string, error) {
	path := choice
	if !filepath.IsAbs(path) {
		var err error
		if path, err = program.Find(choice); err != nil {
			return nil, nothingOpens("a terminal", choice)
		}
	}
	run := []string{"-e"}
	for _, one := range terminals {
		if one.name == filepath.Base(path) {
			run = one.run
		}
	}
	return inTerminal(path, run, command), nil
}

func inTerminal(path string, run, command []string) []string {
	argv := append([]string{path}, run...)
	return append(argv, command...)
}

// opener is the command line that opens a file or an address.
func opener(what string) ([]string, error) {
	for _, name := range []string{"xdg-open", "gio"} {
		path, err := program.Find(name)
		if err != nil {
			continue
		}
		if name == "gio" {
			return []string{path, "open", what}, nil
		}
		return []string{path, what}, nil
	}
	return nil, nothingOpens("it", "xdg-utils")
}
