package browser

import (
	"strings"

	"golang.org/x/sys/windows"
)

// canonical is how a variable's name is compared.
func canonical(name string) string { return strings.ToUpper(name) }

// needed are the variables of a desktop program.
func needed() []string {
	return append(proxies(),
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP", "LANG",
		"USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PUBLIC", "ALLUSERSPROFILE",
		"USERNAME", "USERDOMAIN", "COMPUTERNAME", "SESSIONNAME", "LOGONSERVER",
		"PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432",
		"COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)", "COMMONPROGRAMW6432",
		"NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
	)
}

// fixed are the variables that are ours to say.
func fixed() []string {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil // the browser needs none
	}
	return []string{"PATH=" + system}
}
