// Command vaultbar hands out short-lived AWS credentials from a terminal. All of it
// is package cli.
package main

import "github.com/vaultbar/vaultbar/cli"

func main() { cli.Main() }
