// Package shell holds what ties Vaultbar into zsh, bash and fish: a file for each,
// with a prompt segment and short functions. It has no code of its own, only the
// test that runs them in the real shells. Start with README.md.
package shell
