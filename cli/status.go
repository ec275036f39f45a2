package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) statusCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Show the status of the app",
		Long:  `Show the status of the app. It is not started; when it is not running the exit code is 9.`,
		Args:  nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.status(cmd.Context(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) status(ctx context.Context, asJSON bool) error {
	status, err := p.running().Status(ctx)
	if lost(err) && asJSON {
		return errors.Join(p.printJSON(struct {
			Running bool `json:"running"`
		}{false}), err)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(statusJSON(status))
	}
	if err := p.print([]byte(statusText(status, vaultcore.Version(), time.Now()))); err != nil {
		return err
	}
	return p.offerRestart(ctx, status.Version)
}

// statusText is the status for a person. command is the version of this command.
func statusText(s agent.Status, command string, now time.Time) string {
	keychain := s.Backend
	if s.Keychain != "" {
		keychain += ", " + s.Keychain
	}
	if s.Locked {
		keychain += " (locked)"
	}
	rows := [][]string{
		{"App", s.Version + ", process " + fmt.Sprint(s.PID) + ", since " + s.Started.Local().Format("2006-01-02 15:04")},
		{"Command", command},
		{"Keychain", keychain},
		{"Holds", strings.ToLower(counted(s.Profiles, "profile") + ", " + counted(s.Keys, "key") + ", " + counted(s.Sessions, "session"))},
		{"Config", s.Config},
		{"Socket", s.Socket},
		{"Log", s.Log},
	}
	if s.Trail != "" {
		trail := s.Trail
		if s.TrailTrouble != "" {
			trail += " (" + s.TrailTrouble + ")"
		}
		rows = append(rows, []string{"Audit", trail})
	}
	for _, in := range s.SignIns {
		rows = append(rows, []string{"Sign-ins", in.Name + ": " + in.Words(now)})
	}
	for _, one := range s.Served {
		rows = append(rows, []string{"Serves", servedText(one)})
	}
	for _, line := range s.Elsewhere {
		rows = append(rows, []string{"Route", line})
	}
	before := ""
	for _, row := range rows {
		if row[1] = oneLine(row[1]); row[0] == before { // of several the first has the name
			row[0] = ""
			continue
		}
		before = row[0]
	}
	return columns(rows, 0, 2)
}

// servedText is a profile that is served, as a line.
func servedText(s vaultcore.ServedState) string {
	text := s.Profile + " at " + s.Address
	if s.Containers {
		text += ", to containers too"
	}
	return text + ", since " + s.Since.Local().Format("15:04")
}

// statusReport is the stable form of the status for programs.
type statusReport struct {
	Running   bool      `json:"running"`
	Version   string    `json:"version"`
	Command   string    `json:"command_version"`
	PID       int       `json:"pid"`
	Started   time.Time `json:"started"`
	Socket    string    `json:"socket"`
	Config    string    `json:"config"`
	Log       string    `json:"log"`
	Audit     string    `json:"audit"`
	Trouble   string    `json:"audit_trouble"`
	Elsewhere []string  `json:"elsewhere"`
	Backend   string    `json:"backend"`
	Keychain  string    `json:"keychain"`
	Locked    bool      `json:"locked"`
	Profiles  int       `json:"profiles"`
	Keys      int       `json:"keys"`
	Sessions  int       `json:"sessions"`

	SignIns []signInReport `json:"sign_ins"`
	Served  []servedReport `json:"served"`
}

func statusJSON(s agent.Status) statusReport {
	return statusReport{
		Running: true, Version: s.Version, Command: vaultcore.Version(), PID: s.PID, Started: second(s.Started),
		Socket: s.Socket, Config: s.Config, Log: s.Log, Audit: s.Trail, Trouble: s.TrailTrouble, Elsewhere: append([]string{}, s.Elsewhere...), Backend: s.Backend, Keychain: s.Keychain,
		Locked: s.Locked, Profiles: s.Profiles, Keys: s.Keys, Sessions: s.Sessions,
		SignIns: signInsJSON(s.SignIns), Served: servedJSON(s.Served),
	}
}
