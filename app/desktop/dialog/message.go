package dialog

import (
	"context"
	"errors"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Message is something to read, and perhaps to say yes or no to.
type Message struct {
	Title string // such as "Remove bastion"; the product's name is put before it
	Text  string // a sentence or more; lines stay lines
	Hint  string // the next step, below the text; may be empty
	Yes   string // the word on the button that goes ahead; for [Dialogs.Confirm]
	No    string // the word on the other; empty means Cancel
	Risky bool   // the other button is chosen by a mere Return

	// Preview are lines of a file, shown as they are; for [Dialogs.Confirm] and
	// [Dialogs.Offer].
	Preview string
}

func (m Message) body() string {
	body := paragraph(m.Text)
	if hint := paragraph(m.Hint); hint != "" {
		body += "\n\n" + hint
	}
	if m.Preview != "" {
		body = wrap(body) + "\n\n" + excerpt(m.Preview)
	}
	return body
}

func (m Message) title() string {
	return title("%s", vaultcore.Capital(vaultcore.PrintableLine(m.Title, 100)))
}

// Confirm asks for a yes or a no. Closing the dialog is a no. It may return:
// ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Confirm(ctx context.Context, m Message) (bool, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return d.confirm(ctx, m)
}

func (d *Dialogs) confirm(ctx context.Context, m Message) (bool, error) {
	if m.No == "" {
		m.No = "Cancel"
	}
	at, err := d.offer(ctx, m, m.No, m.Yes)
	if isNo(err) {
		return false, nil
	}
	return err == nil && at == 1, err
}

// ConfirmRemoval asks whether the key of a profile may leave the keychain. It may
// return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) ConfirmRemoval(ctx context.Context, profile, question string) (bool, error) {
	return d.Confirm(ctx, Message{Title: "Remove " + vaultcore.Printable(profile), Text: question, Yes: "Remove", Risky: true})
}

// Tell shows something to read, until it is closed. It makes room for questions
// and comes back after them. Nobody who does not want to read it needs to: an
// error means that it could not be shown. It may return: ErrNobodyToAsk, or the
// error of ctx.
func (d *Dialogs) Tell(ctx context.Context, m Message) error {
	return d.show(ctx, m, zenity.Info, zenity.InfoIcon)
}

// Error shows what went wrong and what to do about it, as [Dialogs.Tell] does.
func (d *Dialogs) Error(ctx context.Context, m Message) error {
	return d.show(ctx, m, zenity.Error, zenity.ErrorIcon)
}

// About says what Vaultbar is. Where something does not work it offers to show that, and
// returns whether the person wants to see it. It may return: ErrNobodyToAsk, or the error
// of ctx.
func (d *Dialogs) About(ctx context.Context, version, failing string, facts ...string) (show bool, err error) {
	text := "Vaultbar " + vaultcore.PrintableLine(version, 60) + "\nShort-lived AWS sessions; the keys stay in the keychain."
	for _, fact := range facts {
		text += "\n" + fact
	}
	if failing == "" {
		return false, d.Tell(ctx, Message{Title: "About", Text: text})
	}
	return d.Confirm(ctx, Message{Title: "About", Text: text, Hint: failing, No: "Close", Yes: "Show what to do"})
}

// show shows a message; when a question or a newer message needs the screen it
// goes away and comes back later.
func (d *Dialogs) show(ctx context.Context, m Message, kind func(string, ...zenity.Option) error, icon zenity.DialogIcon) error {
	for news := true; ; news = false {
		shown, yield := context.WithCancel(ctx)
		leave, err := d.screen.tell(ctx, news, yield)
		if err != nil {
			yield()
			return err
		}
		_, err = d.open(shown, box{m.title(), longest, func(ctx context.Context, options []zenity.Option) (string, error) {
			return "", showNews(ctx, d, m.title(), m.body(), kind, append(options, zenity.OKLabel("OK"), zenity.Icon(icon)))
		}})
		yielded := shown.Err() != nil && ctx.Err() == nil
		yield()
		leave()
		switch {
		case yielded:
		case errors.Is(err, vaultcore.ErrCanceled): // closed, or left alone for long
			return nil
		default:
			return err
		}
	}
}
