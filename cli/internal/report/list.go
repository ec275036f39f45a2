package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// List is the table that aws-vault's users and their scripts know. Keys that no profile
// has come last.
func List(snap vaultcore.Snapshot, now time.Time) string {
	rows := [][]string{{"Profile", "Credentials", "Sessions"}, {"=======", "===========", "========"}}
	known := make(map[string]bool, len(snap.Profiles))
	for _, profile := range snap.Profiles {
		known[profile.Name] = true
		name, key := Line(profile.Name), "-"
		switch {
		case profile.Alias != "":
			key = standsFor(profile)
		case profile.Key:
			key = name
		case profile.SignInName != "":
			key = Line(profile.SignInName) + " (sign-in)"
		}
		rows = append(rows, []string{name, key, cmp.Or(strings.Join(labels(profile, now), ", "), "-")})
	}
	for _, key := range snap.Keys {
		if !known[key] {
			rows = append(rows, []string{"-", Line(key), "-"})
		}
	}
	text := Columns(rows, 25, 2)
	if ins := signInRows(snap, now); len(ins) > 0 {
		head := [][]string{{"Sign-in", "Signed in", "Ends", "Token", "Profiles"}, {"=======", "=========", "====", "=====", "========"}}
		text += "\n" + Columns(append(head, ins...), 0, 2)
	}
	return text
}

// signInRows are the sign-ins of a snapshot: when the person signed in, when AWS is
// expected to ask again, how the access token stands, and who uses it.
func signInRows(snap vaultcore.Snapshot, now time.Time) [][]string {
	var rows [][]string
	for _, in := range snap.SignIns {
		users := fmt.Sprint(in.Profiles)
		if in.Needed > 0 {
			users += fmt.Sprintf(" (%d waiting)", in.Needed)
		}
		rows = append(rows, cells(Line, in.Name, in.Since(now), in.End(now), in.Token(now), users))
	}
	return rows
}

// standsFor shows which profile an alias is one of.
func standsFor(alias vaultcore.ProfileState) string { return "→ " + Line(alias.Alias) }

// labels are the living sessions of a profile: "sts.AssumeRole:52m3s".
func labels(profile vaultcore.ProfileState, now time.Time) []string {
	var list []string
	for _, session := range profile.Sessions {
		if left := session.Expires.Round(0).Sub(now.Round(0)); left > 0 {
			list = append(list, session.Call+":"+left.Truncate(time.Second).String())
		}
	}
	return list
}

// Sessions has a line for each living session; named, with its profile before it.
func Sessions(snap vaultcore.Snapshot, now time.Time, named bool) string {
	var rows [][]string
	for _, profile := range snap.Profiles {
		for _, label := range labels(profile, now) {
			row := []string{Line(profile.Name), label}
			if !named {
				row = row[1:]
			}
			rows = append(rows, row)
		}
	}
	return Columns(rows, 0, 2)
}
