// Package program is about the programs that Vaultbar starts: which of them may be
// trusted, and what they get of our environment.
//
// A program that asks the person, or that shows them something on our behalf,
// comes from the system's own folders, and nobody but root can change which program
// its path names; PATH is not searched. It gets the part of the environment that
// the desktop needs, and nothing that would load foreign code into it.
//
// Start with [Find] and [CleanEnvironment].
package program
