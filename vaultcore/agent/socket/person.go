package socket

import "strings"

// This file is about whether a person can be asked for an approval at the terminal of
// whoever is at the other end of a connection: as the system has it, and not as that
// program says. It must be the vaultbar command, in the foreground of its terminal,
// and the terminal one that people sit at. A terminal that a program made for the
// programs it runs (an agent, expect, script, tmux) is none: what is typed there may
// come from a program.

// sitting is what the system tells of the terminal of a process.
type sitting struct {
	command    bool     // the process is the vaultbar command
	foreground bool     // it may read what is typed
	session    []parent // who began the terminal's session, nearest first
	masters    []parent // who holds the other side of the terminal
}

// parent is a process in the line that leads to a terminal.
type parent struct {
	name string
	root bool // it runs as root, or of a program: only root can change it
}

// person decides whether a person sits there: they came in by the system's own
// doors, or the terminal is the window of a program for that.
func (s sitting) person() bool {
	return s.command && s.foreground && (signedIn(s.session) || inWindow(s.masters))
}

// signedIn says whether login or sshd began the session. Of sshd the last process
// runs as the person, below one that runs as root.
func signedIn(line []parent) bool {
	switch {
	case len(line) > 0 && line[0].root && (line[0].name == "login" || isSSH(line[0])):
		return true
	case len(line) > 1 && isSSH(line[0]):
		return line[1].root && isSSH(line[1])
	default:
		return false
	}
}

func isSSH(p parent) bool { return p.name == "sshd" || p.name == "sshd-session" }

// inWindow says whether a terminal is a window on the screen.
func inWindow(masters []parent) bool {
	for _, p := range masters {
		if !p.root || !terminals[strings.TrimSuffix(p.name, " (deleted)")] {
			return false
		}
	}
	return len(masters) > 0
}

// terminals are the programs whose windows are terminals, by their executables.
var terminals = map[string]bool{
	"alacritty": true, "cool-retro-term": true, "cosmic-term": true, "deepin-terminal": true, "foot": true,
	"ghostty": true, "gnome-terminal-server": true, "kgx": true, "kitty": true, "konsole": true,
	"lxterminal": true, "mate-terminal": true, "ptyxis-agent": true, "qterminal": true, "rxvt": true,
	"rxvt-unicode": true, "st": true, "terminology": true, "tilda": true, "tilix": true, "urxvt": true,
	"wezterm-gui": true, "xfce4-terminal": true, "xterm": true, "yakuake": true,
}
