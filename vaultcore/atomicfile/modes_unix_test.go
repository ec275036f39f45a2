//go:build unix

package atomicfile

// modes says whether files have the modes of Unix.
const modes = true
