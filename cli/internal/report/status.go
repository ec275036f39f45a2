package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Status is the status for a person. command is the version of this command.
func Status(s agent.Status, command string, now time.Time) string {
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
		{"Holds", strings.ToLower(Counted(s.Profiles, "profile") + ", " + Counted(s.Keys, "key") + ", " + Counted(s.Sessions, "session"))},
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
		if row[1] = Line(row[1]); row[0] == before { // of several the first has the name
			row[0] = ""
			continue
		}
		before = row[0]
	}
	return Columns(rows, 0, 2)
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

// StatusJSON is the status in its stable form.
func StatusJSON(s agent.Status, command string) any {
	return statusReport{
		Running: true, Version: s.Version, Command: command, PID: s.PID, Started: second(s.Started),
		Socket: s.Socket, Config: s.Config, Log: s.Log, Audit: s.Trail, Trouble: s.TrailTrouble, Elsewhere: append([]string{}, s.Elsewhere...), Backend: s.Backend, Keychain: s.Keychain,
		Locked: s.Locked, Profiles: s.Profiles, Keys: s.Keys, Sessions: s.Sessions,
		SignIns: signInsJSON(s.SignIns), Served: servedJSON(s.Served),
	}
}

// servedReport is a profile that is served, in the status.
type servedReport struct {
	Profile    string    `json:"profile"`
	Address    string    `json:"address"`
	Since      time.Time `json:"since"`
	Containers bool      `json:"containers"`
}

func servedJSON(all []vaultcore.ServedState) []servedReport {
	reports := make([]servedReport, 0, len(all))
	for _, s := range all {
		reports = append(reports, servedReport{s.Profile, s.Address, second(s.Since), s.Containers})
	}
	return reports
}
