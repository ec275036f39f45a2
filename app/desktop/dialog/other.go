//go:build darwin || windows

package dialog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ncruces/zenity"
)

// Dialogs are windows of the system here. They come to the front by themselves, and none
// of their text gets on a command line. Which window is a dialog's
// the library does not say.

type dialogProgram struct{}

func (*Dialogs) look(context.Context) []zenity.Option { return nil }

type tiling struct{}

func (*tiling) float(context.Context) {}

// forwarded is never so: these systems' windows stay at their machine.
func forwarded() bool { return false }

// missing says what keeps dialogs from being shown.
func missing(ctx context.Context) error {
	if !present(ctx) {
		return noDesktop("this login has no screen", "log in at the screen, or answer in a terminal: `vaultbar list`")
	}
	return nil
}

func bringToFront(context.Context, string) {}

func hasFocus(context.Context, string) bool { return false }

func commandLine(text string) string { return text }

func folder(path string) string { return path }

// showTable shows a list. The system's lists have one column, so the cells are
// lined up with spaces; no two lines are the same.
func showTable(_ context.Context, _ *Dialogs, t Table, options []zenity.Option) (int, error) {
	shown := distinct(aligned(t.Rows))
	places := make(map[string]int, len(shown))
	for i, text := range shown {
		places[text] = i
	}
	out, err := zenity.List(t.Text, shown, options...)
	if err != nil {
		return -1, err
	}
	if at, ok := places[out]; ok {
		return at, nil
	}
	return -1, nil
}

// showForm asks for the lines of a form one after the other: the system's own dialogs
// have one line to type into.
func showForm(ctx context.Context, _ *Dialogs, f form, options []zenity.Option) ([]string, error) {
	return oneByOne(ctx, f, options)
}

// aligned are rows as lines of text.
func aligned(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	all := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for k, cell := range row {
			b.WriteString(cell)
			if k < len(row)-1 {
				b.WriteString(strings.Repeat("\u2007", widths[k]-utf8.RuneCountInString(cell)+3))
			}
		}
		all[i] = strings.TrimRight(b.String(), "\u2007")
	}
	return all
}

// showPage shows something to read with buttons below it.
func showPage(_ context.Context, _ *Dialogs, _ string, p page, options []zenity.Option) error {
	return zenity.Question(p.text, options...)
}

// buttoned says whether a question can have as many buttons as there are choices: those
// of these systems have three at most.
func (*Dialogs) buttoned(context.Context) bool { return false }

func (*Dialogs) question(context.Context, string, time.Duration, page) (int, error) {
	return 0, errors.ErrUnsupported
}

// showNews shows something to read.
func showNews(_ context.Context, _ *Dialogs, _, text string, kind func(string, ...zenity.Option) error, options []zenity.Option) error {
	return kind(text, options...)
}

// distinct numbers the lines that look alike: a name may be too long to show
// where it differs.
func distinct(all []string) []string {
	used := make(map[string]bool)
	out := make([]string, len(all))
	for i, text := range all {
		shown := text
		for n := 2; used[shown]; n++ {
			shown = fmt.Sprintf("%s (%d)", text, n)
		}
		used[shown] = true
		out[i] = shown
	}
	return out
}
