package atomicfile

// modes says whether files have the modes of Unix.
const modes = false
