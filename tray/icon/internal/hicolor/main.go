// Hicolor writes Vaultbar's icon in the sizes of the hicolor icon theme below a
// folder, as hicolor/48x48/apps/vaultbar.png and so on. It is a tool of
// packaging and no part of the program.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/tray/icon"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: hicolor FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "hicolor:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	for _, size := range icon.AppSizes() {
		apps := filepath.Join(folder, "hicolor", fmt.Sprintf("%dx%d", size, size), "apps")
		if err := os.MkdirAll(apps, 0o755); err != nil {
			return fmt.Errorf("make the folder of size %d: %w", size, err)
		}
		if err := os.WriteFile(filepath.Join(apps, "vaultbar.png"), icon.App(size), 0o644); err != nil {
			return fmt.Errorf("write size %d: %w", size, err)
		}
	}
	return nil
}
