package report

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ListLong is what a person wants to know of each profile.
func ListLong(snap vaultcore.Snapshot, now time.Time) string {
	rows := [][]string{{"PROFILE", "ACCOUNT", "ROLE", "SESSION", "RENEWS", "SOURCE", "KEY AGE"}}
	for _, s := range snap.Profiles {
		row := cells(Line, s.Name, s.AccountLabel(), s.Role, withAgents(session(s, now), s, now), renews(s), source(s), keyAge(snap, s, now))
		if s.Protected {
			row[0] += " (protected)"
		}
		rows = append(rows, row)
	}
	text := Columns(rows, 0, 3)
	if ins := signInRows(snap, now); len(ins) > 0 {
		head := [][]string{{"SIGN-IN", "SIGNED IN", "ENDS", "TOKEN", "PROFILES"}}
		text += "\n" + Columns(append(head, ins...), 0, 3)
	}
	return text
}

// session says how the session of a profile stands.
func session(s vaultcore.ProfileState, now time.Time) string {
	left := s.Expires.Round(0).Sub(now.Round(0))
	switch {
	case s.State == vaultcore.StateWaiting:
		return "waits for an answer"
	case !s.Expires.IsZero() && left > 0:
		return "ends in " + vaultcore.TimeLeft(left)
	case s.Err != "":
		return "failed: " + vaultcore.Printable(s.Err)
	default:
		return ""
	}
}

// withAgents adds the sessions that are AI agents' own to how that of the profile stands.
func withAgents(text string, s vaultcore.ProfileState, now time.Time) string {
	for _, own := range s.Agents {
		if text != "" {
			text += "; "
		}
		text += vaultcore.Printable(own.Agent) + "'s ends in " + vaultcore.TimeLeft(own.Expires.Round(0).Sub(now.Round(0)))
	}
	return text
}

// renews says what the next session takes.
func renews(s vaultcore.ProfileState) string {
	switch {
	case s.Renews:
		return "by itself"
	case s.MFA != "":
		return "asks for MFA"
	default:
		return ""
	}
}

// source says where the credentials of a profile start.
func source(s vaultcore.ProfileState) string {
	if s.Alias != "" {
		return standsFor(s)
	}
	if s.Key {
		return "key in keychain"
	}
	return s.Source
}

// keyAge says how old the key of a profile is, and when it was used last.
func keyAge(snap vaultcore.Snapshot, s vaultcore.ProfileState, now time.Time) string {
	key, known := snap.KeptKey(s.Name)
	if !known || !s.Key {
		return ""
	}
	return key.AgeLine(now)
}
