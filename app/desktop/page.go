package desktop

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// page is a dialog with something to read and two or three buttons. The first is
// for who does not want to, and is what Escape means; the last is what Return
// means, but for a risky one.
type page struct {
	text    string
	labels  []string
	icon    zenity.DialogIcon
	risky   bool
	aligned bool // its columns are lines of a file
}

// Offer shows a message with two or three buttons and returns which was pressed.
// The first is what closing the dialog means; the last is what Return means. It
// may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Offer(ctx context.Context, m Message, labels ...string) (int, error) {
	leave, err := d.turn.ask(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	return d.offer(ctx, m, labels...)
}

func (d *Dialogs) offer(ctx context.Context, m Message, labels ...string) (int, error) {
	p := page{text: m.body(), labels: labels, icon: zenity.QuestionIcon, risky: m.Risky, aligned: m.Preview != ""}
	if m.Risky {
		p.icon = zenity.WarningIcon
	}
	return d.pressed(ctx, m.title(), longest, p)
}

// pressed shows a page and returns which of its buttons was pressed.
func (d *Dialogs) pressed(ctx context.Context, head string, timeout time.Duration, p page) (int, error) {
	_, err := d.open(ctx, box{head, timeout, func(ctx context.Context, options []zenity.Option) (string, error) {
		last := len(p.labels) - 1
		options = append(options, zenity.OKLabel(p.labels[last]), zenity.CancelLabel(p.labels[0]), p.icon)
		if last == 2 {
			options = append(options, zenity.ExtraButton(p.labels[1]))
		}
		if p.risky {
			options = append(options, zenity.DefaultCancel())
		}
		return "", showPage(ctx, d, head, p, options)
	}})
	switch {
	case err == nil:
		return len(p.labels) - 1, nil
	case errors.Is(err, zenity.ErrExtraButton):
		return 1, nil
	case errors.Is(err, vaultcore.ErrCanceled) && !errors.Is(err, ErrUnanswered):
		return 0, nil
	default:
		return 0, err
	}
}
