// Package inifile reads INI files as AWS's tools write and read them, and edits
// them line by line.
//
// A file is first cut into sections by a scanner that knows lines and bytes
// (scan.go); the text of each section is then read by gopkg.in/ini.v1 on its
// own (parse.go). So every setting knows its line, and a section that cannot be
// read carries its own error and harms no other. Hostile text is met with
// limits: on the size of a file, on its sections, on the settings of a section.
//
// Edits ([Set], [Remove], [Append], [RemoveSection], [ReplaceLines]) are functions from text to
// text. They change the lines they are told to and keep every other byte:
// comments, order, indentation, line endings, the byte order mark, and whether
// the last line ends. [WriteFile] puts the result in place of the file, whole
// or not at all, and refuses when the file changed since it was read.
//
// It knows neither profiles nor AWS keys, creates nothing on reading, and never
// quotes a line in an error: the line may hold a secret.
//
// Start with [Parse].
package inifile
