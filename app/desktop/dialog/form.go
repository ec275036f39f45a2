package dialog

import (
	"context"
	"slices"
	"strings"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// form is a dialog with several lines to type into.
type form struct {
	title  string
	lines  []string // above the lines to type into
	ok     string   // the word on the button that goes ahead
	fields []field
}

// field is a line of a form to type into.
type field struct {
	label  string
	hidden bool
	check  func(text string) error // says what is wrong with it; its error repeats nothing of a secret
}

// fill shows a form until nothing is wrong with what was typed, and returns that. A
// line that was right is not asked for again. What is shown again is empty: what was
// typed may be a secret in the wrong place, and what is filled in is on a command line.
func (d *Dialogs) fill(ctx context.Context, f form) ([]string, error) {
	all := make([]string, len(f.fields))
	left := make([]int, len(f.fields))
	for i := range left {
		left[i] = i
	}
	for shown := f; ; {
		typed, err := d.filled(ctx, shown)
		if err != nil {
			return nil, err
		}
		var faults []string
		left = slices.DeleteFunc(left, func(at int) bool {
			text := strings.TrimSpace(typed[0])
			typed = typed[1:]
			if err := f.fields[at].check(text); err != nil {
				faults = append(faults, vaultcore.Sentence(err.Error()))
				return false
			}
			all[at] = text
			return true
		})
		if len(left) == 0 {
			return all, nil
		}
		shown = f.again(left, faults)
	}
}

// again is the form with those lines only that have to be typed once more, and what was
// wrong with each.
func (f form) again(left []int, faults []string) form {
	if len(left) < len(f.fields) {
		faults = append(faults, "The rest of what you typed is kept.")
	}
	again := form{title: f.title, lines: faults, ok: f.ok}
	for _, at := range left {
		again.fields = append(again.fields, f.fields[at])
	}
	return again
}

// filled shows a form once, and returns what was typed: as many texts as it has lines.
func (d *Dialogs) filled(ctx context.Context, f form) ([]string, error) {
	var typed []string
	_, err := d.open(ctx, box{f.title, longest, func(ctx context.Context, options []zenity.Option) (string, error) {
		var err error
		typed, err = showForm(ctx, d, f, options)
		return "", err
	}})
	return typed, err
}

// oneByOne asks for the lines of a form in a dialog each, where there is no form.
func oneByOne(ctx context.Context, f form, options []zenity.Option) ([]string, error) {
	var typed []string
	for i, field := range f.fields {
		above := []string{field.label + ":"}
		if i == 0 {
			above = append(slices.Clone(f.lines), above...)
		}
		text, err := showEntry(ctx, entry{title: f.title, lines: above, hidden: field.hidden}, slices.Clone(options))
		if err != nil {
			return nil, err
		}
		typed = append(typed, text)
	}
	return typed, nil
}
