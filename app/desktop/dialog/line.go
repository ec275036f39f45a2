package dialog

import (
	"context"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Line is a dialog with one line to type into that the person opened themselves.
type Line struct {
	Title string // such as "Region of bastion"; the product's name is put before it
	Text  string // says what to type
	Start string // what stands in the line at first; nothing private: it is on a command line
	Check func(text string) error
}

// Type asks for a line of text until nothing is wrong with it. It may return:
// ErrCanceled, ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Type(ctx context.Context, l Line) (string, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	e := entry{title: title("%s", vaultcore.PrintableLine(l.Title, 100)), text: l.Start}
	notice := ""
	for {
		e.lines = []string{notice, vaultcore.PrintableLine(l.Text, maxSentence)}
		text, err := d.typed(ctx, e, longest)
		if err != nil {
			return "", err
		}
		text = strings.TrimSpace(text)
		wrong := l.Check(text)
		if wrong == nil {
			return text, nil
		}
		notice, e.text = vaultcore.Sentence(wrong.Error()), ""
	}
}
