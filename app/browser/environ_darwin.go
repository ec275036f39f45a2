package browser

// canonical is how a variable's name is compared.
func canonical(name string) string { return name }

// needed are the variables of open, which asks the desktop to start the browser:
// the browser itself gets the desktop's.
func needed() []string {
	return []string{"HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "__CF_USER_TEXT_ENCODING"}
}

// fixed are the variables that are ours to say.
func fixed() []string { return []string{"PATH=/usr/bin:/bin"} }
