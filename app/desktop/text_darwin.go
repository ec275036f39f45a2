package desktop

// entryText is the text above a line to type into.
func entryText(all []string) string { return lines(all...) }

// listText is the text above a list.
func listText(text string) string { return text }

// listCell is a line of a list.
func listCell(text string) string { return text }

// messageText is the text of a message.
func messageText(text string) string { return text }
