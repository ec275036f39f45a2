package awsvault

import (
	"slices"
	"strings"
)

// Complete lists what can stand at the end of a command line of aws-vault, whose words
// are given without the program's name. It is what kingpin lists: everything that fits the
// place, for the shell to choose from by what is typed already. The last word is the one
// that is being typed, or, where the shell leaves that one out, the one before it.
// Profiles are asked for only where they can stand.
func Complete(words []string, profiles func() []string) []string {
	typed, before := "", ""
	if n := len(words); n > 0 {
		typed = words[n-1]
		if n > 1 {
			before = words[n-2]
		}
	}
	at := placeOf(words)
	whole, _ := at.command.flagTyped(typed)
	switch {
	case at.beyond: // the words of a program that is run
		return nil
	case at.command.takes(typed) != nil:
		return at.command.takes(typed).Values
	case at.command.takes(before) != nil:
		return at.command.takes(before).Values
	case strings.HasPrefix(typed, "-") && whole == nil:
		return at.command.flagNames()
	case at.command == nil || at.command.Name == "help" && len(at.operands) < 2:
		return commandNames()
	case !at.command.Profile:
		return nil
	}
	names := profiles()
	if len(at.operands) > 1 || len(at.operands) == 1 && slices.Contains(names, at.operands[0]) {
		return nil // the profile stands there
	}
	return names
}

// place is where a command line has got to.
type place struct {
	command  *Command
	operands []string
	beyond   bool // behind --
}

func placeOf(words []string) (at place) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--":
			at.beyond = at.command != nil && i < len(words)-1
			if at.beyond {
				return at
			}
		case at.command.takes(word) != nil:
			i++
		case strings.HasPrefix(word, "-"):
		case at.command == nil:
			at.command = commandNamed(word)
		case word != "":
			at.operands = append(at.operands, word)
		}
	}
	return at
}

// takes is the flag that a word is, when the next word is its value.
func (c *Command) takes(word string) *Flag {
	if f, _ := c.flagTyped(word); f != nil && f.Takes {
		return f
	}
	return nil
}

// flagNames are the flags that can stand behind a command.
func (c *Command) flagNames() (names []string) {
	for _, flags := range c.all() {
		for _, f := range flags {
			if !f.Hidden && f.Here != Refused {
				names = append(names, "--"+f.Name)
			}
		}
	}
	return names
}

// commandNames are the commands that completion offers.
func commandNames() (names []string) {
	for _, c := range commands {
		if !c.Hidden && c.Text == "" {
			names = append(names, c.Name)
		}
	}
	return names
}
