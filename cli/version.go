package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  nothingMore,
		RunE: func(*cobra.Command, []string) error {
			return p.print([]byte("vaultbar " + buildVersion() + "\n"))
		},
	}
}

// buildVersion is the version that the build was made of, as Go notes it in the
// binary, and for which machine.
func buildVersion() string {
	machine := " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)" + machine
	}
	return info.Main.Version + machine
}
