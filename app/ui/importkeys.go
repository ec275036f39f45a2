package ui

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// importKeys moves keys in plain text into the keychain, once the person has seen
// which: that of the profile that was clicked, or all.
func (a *Actions) importKeys(ctx context.Context, c click) error {
	command, err := Companion()
	if err != nil {
		return err
	}
	r := agent.ImportRequest{Command: command, Caller: vaultcore.Click(c.Profile)}
	if c.Profile != "" {
		r.Profiles = []string{c.Profile}
	}
	shown, err := a.vault.Import(ctx, r)
	if err != nil {
		return err
	}
	found := newImported(shown)
	if shown.Plan == "" {
		return a.dialogs.Tell(ctx, found.refusal())
	}
	sure, err := a.dialogs.Confirm(ctx, found.question())
	if err != nil || !sure {
		return err
	}
	r.Agreed = shown.Plan
	done, err := a.vault.Import(ctx, r)
	if err != nil {
		return err
	}
	report := newImported(done).report()
	for _, name := range found.moves {
		if a.regionOf(ctx, name) == "" {
			report.Hint += "\n" + noRegion(name)
		}
	}
	return a.dialogs.Tell(ctx, report)
}

// imported is an import in words.
type imported struct {
	agent.ImportResult
	moves, stays []string // the profiles whose keys do
}

func newImported(r agent.ImportResult) imported {
	moves, stays := r.Profiles()
	return imported{r, moves, stays}
}

// refusal says why no key can be moved.
func (i imported) refusal() dialog.Message {
	if len(i.Keys) == 0 {
		return dialog.Message{Title: "Keys in plain text", Text: "The files of AWS's tools no longer have any access keys in plain text."}
	}
	text := "None of the keys can be moved into the keychain:"
	if len(i.Keys) == 1 {
		text = "The key cannot be moved into the keychain:"
	}
	for _, key := range i.Keys {
		text += fmt.Sprintf("\n%s, %s line %d: %s.", vaultcore.Printable(key.Profile), key.File, key.Line, key.Why)
	}
	return dialog.Message{Title: "Keys in plain text", Text: text, Hint: i.hints()}
}

// question shows what is to be done.
func (i imported) question() dialog.Message {
	text := "These keys are in plain text, where every program that you run can read them. Move them into the keychain?"
	if len(i.Keys) == 1 {
		text = "This key is in plain text, where every program that you run can read it. Move it into the keychain?"
	}
	text += "\naws and the SDKs keep working with the same profile names, and get their credentials from Vaultbar. A copy of the file is kept, readable only by you."
	return dialog.Message{
		Title: "Move " + i.what() + " into the keychain", Text: text,
		Hint: strings.TrimSpace(strings.Join(i.Notes, "\n") + "\n" + i.hints()), Preview: i.table(), Yes: "Move", No: "Not now",
	}
}

const replaceLeaked = "The keys were in plain text until now, perhaps in backups too: rotate them when you can."

// report says what was done, and what is left to the person.
func (i imported) report() dialog.Message {
	var b strings.Builder
	b.WriteString("In the keychain now: " + vaultcore.Listed(i.moves) + ".")
	if len(i.stays) > 0 {
		b.WriteString("\nIn plain text still: " + vaultcore.Listed(i.stays) + ".")
	}
	for _, path := range i.Backups {
		b.WriteString("\nThe original file, with its keys, is kept in " + path + ": delete it once everything works.")
	}
	return dialog.Message{
		Title: "Moved " + i.what() + " into the keychain", Text: b.String(),
		Hint: replaceLeaked,
	}
}

// what names the keys that move.
func (i imported) what() string {
	if len(i.moves) == 1 {
		return "the key of " + vaultcore.Printable(i.moves[0])
	}
	return vaultcore.Counted(len(i.moves), "key")
}

// table has a line for each key: its profile, where it is, and whose it is or why it
// stays.
func (i imported) table() string {
	names, places := make([]string, len(i.Keys)), make([]string, len(i.Keys))
	for at, key := range i.Keys {
		names[at], places[at] = vaultcore.Printable(key.Profile), fmt.Sprintf("%s:%d", vaultcore.Printable(key.File), key.Line)
	}
	lines := make([]string, len(i.Keys))
	for at, key := range i.Keys {
		lines[at] = padded(names, at) + "  " + padded(places, at) + "  " + becomes(key)
	}
	return strings.Join(lines, "\n")
}

// padded is one of several texts, as wide as the widest of them.
func padded(all []string, at int) string {
	wide := 0
	for _, text := range all {
		wide = max(wide, utf8.RuneCountInString(text))
	}
	return all[at] + strings.Repeat(" ", wide-utf8.RuneCountInString(all[at]))
}

// becomes says whose a key is that moves, or why it stays.
func becomes(key agent.ImportedKey) string {
	switch {
	case key.Why != "":
		return "stays: " + key.Why
	case key.Kept:
		return "is already in the keychain"
	case key.MFASerial != "":
		return dialog.Whose(key.Identity) + ", MFA " + dialog.ShortDevice(key.MFASerial)
	default:
		return dialog.Whose(key.Identity)
	}
}

// hints are the next steps for the keys that stay.
func (i imported) hints() string {
	var text []string
	for _, hint := range i.Hints() {
		text = append(text, vaultcore.Sentence(hint))
	}
	return strings.Join(text, "\n")
}
