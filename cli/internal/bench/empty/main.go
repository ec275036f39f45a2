// Command empty does nothing. It is the least that a Go program costs to start,
// against which the start of vaultbar is measured.
package main

func main() {}
