// Command vaultbar-app is the background app with the menu. All of it is package app.
package main

import "github.com/vaultbar/vaultbar/app"

func main() { app.Main() }
