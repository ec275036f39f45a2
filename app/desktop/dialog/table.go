package dialog

import (
	"context"
	"fmt"
	"strings"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Table is a list to choose from, in columns.
type Table struct {
	Title  string     // such as "Find a profile"; the product's name is put before it
	Text   string     // above the list
	Red    string     // the part of Text that is red, where the system's lists have colors
	Heads  []string   // above the columns; none for a list of one column without a heading
	Rows   [][]string // a cell for each column
	Yes    string     // the word on the button that chooses; empty means Choose
	No     string     // the word on the other; empty means Cancel
	Other  string     // the word on a third button; empty for none
	Things string     // what the rows are, such as "profiles": a list of many is narrowed by typing first, and this says what
}

// many is from how many rows on a list is narrowed by typing before it is shown.
const many = 21

// Choose lets the person choose a row and returns its place. Of many rows they type
// first what the wanted one has in it. It may return: ErrCanceled, ErrNobodyToAsk, or
// the error of ctx.
func (d *Dialogs) Choose(ctx context.Context, t Table) (int, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return -1, err
	}
	defer leave()
	if len(t.Rows) < many || t.Things == "" {
		return d.chooseRow(ctx, t)
	}
	notice := ""
	for {
		query, err := d.typed(ctx, entry{title: title("%s", vaultcore.PrintableLine(t.Title, 100)), lines: []string{notice,
			fmt.Sprintf("Part of one of the %d %s (empty for all):", len(t.Rows), t.Things)}}, longest)
		if err != nil {
			return -1, err
		}
		narrow, places := t.narrowed(query)
		if len(places) == 0 {
			notice = noMatch(query)
			continue
		}
		if narrow.Text == "" {
			narrow.Text = fmt.Sprintf("%d of %d %s", len(places), len(t.Rows), t.Things)
		}
		at, err := d.chooseRow(ctx, narrow)
		if err != nil {
			return -1, err
		}
		return places[at], nil
	}
}

// noMatch says that a query found nothing.
func noMatch(query string) string {
	return fmt.Sprintf("Nothing matches “%s”.", vaultcore.Printable(query))
}

// narrowed is the table with the rows only that have every word of a query in
// them, and where those rows were.
func (t Table) narrowed(query string) (Table, []int) {
	words := strings.Fields(strings.ToLower(query))
	var places []int
	rows := t.Rows
	t.Rows = nil
	for i, row := range rows {
		all, fits := strings.ToLower(strings.Join(row, "\n")), true
		for _, word := range words {
			fits = fits && strings.Contains(all, word)
		}
		if fits {
			t.Rows = append(t.Rows, row)
			places = append(places, i)
		}
	}
	return t, places
}

// chooseRow shows a table and returns the place of what was chosen. OK without a row is
// no answer. It returns zenity.ErrExtraButton for the third button.
func (d *Dialogs) chooseRow(ctx context.Context, t Table) (int, error) {
	t = t.harmless()
	for {
		at := -1
		_, err := d.open(ctx, box{title("%s", t.Title), longest, func(ctx context.Context, options []zenity.Option) (string, error) {
			var err error
			options = append(options, zenity.OKLabel(t.Yes), zenity.CancelLabel(t.No),
				zenity.Width(tableWidth), zenity.Height(listHeight(len(t.Rows))), zenity.MidSearch(), zenity.DisallowEmpty())
			if t.Other != "" {
				options = append(options, zenity.ExtraButton(t.Other))
			}
			at, err = showTable(ctx, d, t, options)
			return "", err
		}})
		if err != nil || at >= 0 {
			return at, err
		}
	}
}

// tableWidth is the width of a list.
const tableWidth = 640

// harmless is the table as it may be shown, with all that was left out.
func (t Table) harmless() Table {
	t.Title = vaultcore.PrintableLine(t.Title, 100)
	text := strings.Split(t.Text, "\n")
	for i, line := range text {
		text[i] = vaultcore.PrintableLine(line, maxSentence)
	}
	t.Text = strings.Join(text, "\n")
	if t.Yes == "" {
		t.Yes = "Choose"
	}
	if t.No == "" {
		t.No = "Cancel"
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		for _, cell := range row {
			rows[i] = append(rows[i], vaultcore.Printable(cell))
		}
	}
	t.Rows = rows
	return t
}

// Pick lets the person choose one of several lines. what is the title. It may return:
// ErrCanceled, ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Pick(ctx context.Context, what, text string, lines []string) (int, error) {
	return d.Choose(ctx, Table{Title: what, Text: text, Rows: column(lines)})
}

// column makes rows of one cell.
func column(lines []string) [][]string {
	rows := make([][]string, len(lines))
	for i, text := range lines {
		rows[i] = []string{text}
	}
	return rows
}

// The heights that a list may take on the screen.
const (
	rowHeight  = 24
	listFrame  = 170
	mostHeight = 600
)

// listHeight shows as many rows as there is room for.
func listHeight(n int) uint {
	return uint(min(listFrame+n*rowHeight, mostHeight))
}
