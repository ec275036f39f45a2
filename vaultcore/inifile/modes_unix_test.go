//go:build unix

package inifile

// modes says whether files have the modes of Unix.
const modes = true
