// Manual writes the manual pages of the command, one for itself and one for each of
// its commands, into a folder: vaultbar.1, vaultbar-exec.1 and so on. It is a tool of
// packaging and no part of the program.
//
// All that the pages say is what the commands say of themselves; page.go puts it into
// the language of man.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, cmd := range documented(cli.Tree()) {
		name := nameOf(cmd) + ".1"
		if err := os.WriteFile(filepath.Join(folder, name), page(cmd), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// documented are a command and those below it that people are to know of.
func documented(cmd *cobra.Command) (all []*cobra.Command) {
	all = append(all, cmd)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, documented(sub)...)
		}
	}
	return all
}
