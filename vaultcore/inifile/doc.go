// Package inifile reads INI files as AWS's tools write and read them, and edits
// them line by line.
//
// A scanner that knows lines and bytes (scan.go) finds the sections and settings of
// a text; gopkg.in/ini.v1 then reads the settings of each section (parse.go). The
// library alone would not do: it has no line numbers, gives up a whole file for one
// bad line, knows comments behind a space but not behind a tab, and tells nested
// lines from settings by their first byte and not by their depth, all of which AWS's
// tools do otherwise. So the scanner settles what belongs to what, hands the library
// lines that can be read one way only, and the library says what they hold. A section
// that cannot be read carries its own error and harms no other. Hostile text is met
// with limits: on the size of a file, on its sections, on the settings of a section.
//
// Edits ([Set], [Remove], [Append], [ReplaceLines]) are functions from text to text,
// on the same scanner. They change the lines they are told to and keep every other
// byte: comments, order, indentation, line endings, the byte order mark, and whether
// the last line ends. Package atomicfile puts the result in place of the file.
//
// It knows neither profiles nor AWS keys, opens no file, and never quotes a line in
// an error: the line may hold a secret.
//
// Start with [Parse].
package inifile
