package dialog

import (
	"context"

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
	head, text := title("Your approval"), lines(vaultcore.PrintableLine(q.Notice, maxSentence), vaultcore.PrintableLine(q.Who(), maxSentence), q.SafeSubject())
	var labels []string
	for _, c := range q.Choices {
		labels = append(labels, label(c))
	}
	if len(labels) > 3 {
		at, err := d.chooseRow(ctx, Table{Title: "Your approval", Text: text, No: labels[0], Rows: column(labels)})
		return max(at, 0), err
	}
	return d.pressed(ctx, head, d.Timeout, page{text: text, labels: labels, icon: zenity.WarningIcon, risky: true})
}

func label(c vaultcore.Choice) string { return vaultcore.Printable(c.Label) }
