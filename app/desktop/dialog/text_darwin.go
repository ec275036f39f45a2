package dialog

// entryText is the text above a line to type into.
func entryText(all []string) string { return lines(all...) }

// listText is the text above a list.
func listText(text string) string { return text }

// messageText is the text of a message.
func messageText(text string) string { return text }

// commandLine leaves a text as it is: none gets on a command line.
func commandLine(text string) string { return text }

// folder leaves a path as it is.
func folder(path string) string { return path }
