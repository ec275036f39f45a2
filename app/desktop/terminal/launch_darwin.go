package terminal

import "strings"

// terminalScript runs its arguments as a command in Terminal.
const terminalScript = `on run argv
	set commandLine to ""
	repeat with oneWord in argv
		set commandLine to commandLine & quoted form of oneWord & " "
	end repeat
	tell application "Terminal"
		activate
		do script commandLine
	end tell
end run`

// terminal is the command line that runs a command in Terminal, or in the
// application that the person has chosen.
func terminal(choice string, command []string) ([]string, error) {
	text := terminalScript
	if choice != "" {
		name := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(choice)
		text = strings.Replace(text, `application "Terminal"`, `application "`+name+`"`, 1)
	}
	return append([]string{"/usr/bin/osascript", "-e", text}, command...), nil
}

// opener is the command line that opens a file or an address.
func opener(what string) ([]string, error) { return []string{"/usr/bin/open", what}, nil }
