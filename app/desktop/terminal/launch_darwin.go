package terminal

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

// inTerminal is the command line that runs a command in Terminal.
func inTerminal(command []string) ([]string, error) {
	return append([]string{"/usr/bin/osascript", "-e", terminalScript}, command...), nil
}

// opener is the command line that opens a file or an address.
func opener(what string) ([]string, error) { return []string{"/usr/bin/open", what}, nil }
