package tray

// label is a title as the tray wants it.
func label(title string) string { return title }

// barTitle is text beside the icon; there is no room for one.
func barTitle(string) string { return "" }
