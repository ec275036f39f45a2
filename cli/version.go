package cli

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
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

// buildVersion is the version, and for which machine.
func buildVersion() string {
	return vaultcore.Version() + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}
