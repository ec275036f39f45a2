package dialog

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/zenity"
)

// page is a dialog with something to read and two or three buttons. The first is
// for who does not want to, and is what Escape means; the last is what Return
// means, but for a risky one.
type page struct {
	text    string
	labels  []string
	icon    zenity.DialogIcon
	red     string // the part of text that is red, where the system's dialogs have colors
	risky   bool
	aligned bool // its columns are lines of a file
}

// Offer shows a message with two or three buttons and returns which was pressed.
// The first is what closing the dialog means; the last is what Return means. It
// may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Offer(ctx context.Context, m Message, labels ...string) (int, error) {
	leave, err := d.screen.ask(ctx)
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

// buttons says which labels are the dialog's OK and its extra button, 0 for none.
// OK is what is next to the refusal: of what is risky that is the less of two.
func (p page) buttons() (ok, extra int) {
	switch {
	case len(p.labels) < 3:
		return len(p.labels) - 1, 0
	case p.risky:
		return 1, 2
	default:
		return 2, 1
	}
}

// pressed shows a page and returns which of its buttons was pressed.
func (d *Dialogs) pressed(ctx context.Context, head string, timeout time.Duration, p page) (int, error) {
	ok, extra := p.buttons()
	_, err := d.open(ctx, box{head, timeout, func(ctx context.Context, options []zenity.Option) (string, error) {
		options = append(options, zenity.OKLabel(p.labels[ok]), zenity.CancelLabel(p.labels[0]), p.icon)
		if extra > 0 {
			options = append(options, zenity.ExtraButton(p.labels[extra]))
		}
		if p.risky {
			options = append(options, zenity.DefaultCancel())
		}
		return "", showPage(ctx, d, head, p, options)
	}})
	switch {
	case err == nil:
		return ok, nil
	case errors.Is(err, zenity.ErrExtraButton):
		return extra, nil
	case isNo(err):
		return 0, nil
	default:
		return 0, err
	}
}
