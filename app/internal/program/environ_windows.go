package program

import (
	"slices"
	"strings"

	"golang.org/x/sys/windows"
)

// cleanEnvironment does nothing: dialogs are windows of this very process.
func cleanEnvironment(func(string) bool) {}

// canonical is how a variable's name is compared.
func canonical(name string) string { return strings.ToUpper(name) }

// browserVariables are those of a desktop program.
func browserVariables() []string {
	return slices.Concat(proxyVariables, []string{
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP", "LANG",
		"USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PUBLIC", "ALLUSERSPROFILE",
		"USERNAME", "USERDOMAIN", "COMPUTERNAME", "SESSIONNAME", "LOGONSERVER",
		"PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432",
		"COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)", "COMMONPROGRAMW6432",
		"NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
	})
}

// browserPath has nothing found but what is Windows' own.
func browserPath() []string {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil // the browser needs none
	}
	return []string{"PATH=" + system}
}
