// Package record has what stands in the audit trail, and reads it as it is: the entries,
// their lines and the files that they are in. It verifies nothing; that, and the
// writing, is package [audit]'s, which hashes: a command that hands out credentials
// links what it shows a trail with, and no cryptography.
package record
