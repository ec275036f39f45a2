// Package shell holds what ties Vaultbar into zsh, bash, fish and PowerShell: a file for
// each, with a prompt segment, the profile of a folder, and but for PowerShell short
// functions. It has no code of its own, only the test that runs them in the real shells.
// Start with README.md.
package shell
