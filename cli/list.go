package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/vaultcore"
)

type listOptions struct {
	long, json                      bool
	profiles, credentials, sessions bool
}

func (p *program) listCommand() *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "List profiles, their keys and their sessions",
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.list(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.long, "long", "l", false, "show accounts, roles and what renews")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.profiles, "profiles", false, "only the names of the profiles")
	flags.BoolVar(&o.credentials, "credentials", false, "only the names of the keys in the keychain")
	flags.BoolVar(&o.sessions, "sessions", false, "only the sessions")
	for _, names := range []string{"profiles", "credentials", "sessions"} {
		cmd.MarkFlagsMutuallyExclusive("long", "json", names)
	}
	return cmd
}

func (p *program) list(ctx context.Context, o listOptions) error {
	if o.profiles && !o.credentials { // of several the first counts, as in aws-vault
		return p.listNames(ctx)
	}
	snap, err := p.reach().Snapshot(ctx)
	if err != nil {
		return err
	}
	if o.json {
		return p.printJSON(snapshotJSON(snap))
	}
	p.warn(snap.Faults...)
	var b strings.Builder
	now := time.Now()
	switch {
	case o.credentials:
		b.WriteString(oneLineEach(snap.Keys))
	case o.sessions:
		writeSessions(&b, snap, now, p.name != awsvault.Name)
	case o.long:
		writeLong(&b, snap, now)
	default:
		writeTable(&b, snap, now)
	}
	if err := p.print([]byte(b.String())); err != nil {
		return err
	}
	p.adviseImport(snap)
	return nil
}

// adviseImport tells a person of keys in plain text.
func (p *program) adviseImport(snap vaultcore.Snapshot) {
	n := len(snap.Plain)
	if n == 0 || !p.terminal().Attended() {
		return
	}
	if n == 1 {
		p.hint("1 access key is in plain text: `vaultbar import` moves it into the keychain")
		return
	}
	p.hint(counted(n, "access key") + " are in plain text: `vaultbar import` moves them into the keychain")
}

// listNames lists the profiles' names only, which needs no keychain.
func (p *program) listNames(ctx context.Context) error {
	names, err := profileNames(ctx, p.reach())
	if err != nil {
		return err
	}
	return p.print([]byte(oneLineEach(names)))
}

// writeTable writes the table that aws-vault's users and their scripts know. Keys
// that no profile has come last.
func writeTable(out io.Writer, snap vaultcore.Snapshot, now time.Time) {
	rows := [][]string{{"Profile", "Credentials", "Sessions"}, {"=======", "===========", "========"}}
	known := make(map[string]bool, len(snap.Profiles))
	for _, profile := range snap.Profiles {
		known[profile.Name] = true
		name, key := oneLine(profile.Name), "-"
		switch {
		case profile.Alias != "":
			key = standsFor(profile)
		case profile.Key:
			key = name
		case profile.SignInName != "":
			key = oneLine(profile.SignInName) + " (sign-in)"
		}
		rows = append(rows, cells(itself, name, key, strings.Join(labels(profile, now), ", ")))
	}
	for _, key := range snap.Keys {
		if !known[key] {
			rows = append(rows, []string{"-", oneLine(key), "-"})
		}
	}
	_, _ = io.WriteString(out, columns(rows, 25, 2)) // a strings.Builder takes everything
	if ins := signInRows(snap, now); len(ins) > 0 {
		head := [][]string{{"Sign-in", "Signed in", "Ends", "Token", "Profiles"}, {"=======", "=========", "====", "=====", "========"}}
		_, _ = io.WriteString(out, "\n"+columns(append(head, ins...), 0, 2))
	}
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
		rows = append(rows, cells(oneLine, in.Name, in.Since(now), in.End(now), in.Token(now), users))
	}
	return rows
}

// standsFor shows which profile an alias is one of.
func standsFor(alias vaultcore.ProfileState) string { return "→ " + oneLine(alias.Alias) }

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

// writeSessions writes a line for each living session; named, with its profile before
// it.
func writeSessions(out io.Writer, snap vaultcore.Snapshot, now time.Time, named bool) {
	var rows [][]string
	for _, profile := range snap.Profiles {
		for _, label := range labels(profile, now) {
			row := []string{oneLine(profile.Name), label}
			if !named {
				row = row[1:]
			}
			rows = append(rows, row)
		}
	}
	_, _ = io.WriteString(out, columns(rows, 0, 2)) // a strings.Builder takes everything
}
