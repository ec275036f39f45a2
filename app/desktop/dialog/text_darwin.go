package dialog

// entryText is the text above a line to type into.
func entryText(all []string) string { return lines(all...) }
