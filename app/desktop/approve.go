package desktop

import (
	"context"
	"errors"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// askApproval lets the person choose, with a button for each choice. A dialog has
// three buttons at most: more choices are a list, whose first line is the refusal.
// Return alone, Escape and the closing of the window refuse.
func (d *Dialogs) askApproval(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if len(q.Choices) < 2 {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	chosen, err := d.approved(ctx, q)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	if id := q.Choices[chosen].ID; q.Allows(id) {
		return vaultcore.NewSecret(id), nil
	}
	return vaultcore.Secret{}, vaultcore.ErrCanceled
}

// approved returns which of the choices the person took.
func (d *Dialogs) approved(ctx context.Context, q vaultcore.Question) (int, error) {
	head, text := title("your approval"), lines(line(q.Notice, maxSentence), line(q.Who(), maxSentence), q.SafeSubject())
	if len(q.Choices) > 3 {
		return d.approvedOf(ctx, q, head, text)
	}
	last := len(q.Choices) - 1
	_, err := d.open(ctx, box{head, d.Timeout, func(options []zenity.Option) (string, error) {
		options = append(options, zenity.OKLabel(label(q.Choices[last])), zenity.CancelLabel(label(q.Choices[0])),
			zenity.DefaultCancel(), zenity.WarningIcon)
		if last == 2 {
			options = append(options, zenity.ExtraButton(label(q.Choices[1])))
		}
		return "", zenity.Question(messageText(text), options...)
	}})
	if errors.Is(err, zenity.ErrExtraButton) {
		return 1, nil
	}
	return last, err
}

// approvedOf is approved by a list.
func (d *Dialogs) approvedOf(ctx context.Context, q vaultcore.Question, head, text string) (int, error) {
	var rows []string
	for _, c := range q.Choices {
		rows = append(rows, label(c))
	}
	at, err := d.choose(ctx, head, text, label(q.Choices[0]), rows)
	return max(at, 0), err
}

func label(c vaultcore.Choice) string { return vaultcore.Printable(c.Label) }
