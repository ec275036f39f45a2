package dialog

import (
	"cmp"
	"context"
	"slices"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Ask puts a question to the person and returns the answer. A code is six
// digits and a passphrase is not empty, or it is asked for again. It may return:
// ErrCanceled (with vaultcore.ErrUnanswered when it was the clock that said no),
// ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	defer leave()
	q = discreet(q)
	switch q.Kind {
	case vaultcore.AskMFA:
		return d.askCode(ctx, q)
	case vaultcore.AskNewPassphrase:
		return d.askNewPassphrase(ctx, q)
	case vaultcore.AskApproval:
		return d.askApproval(ctx, q)
	case vaultcore.AskSignInCode:
		return d.askSignInCode(ctx, q)
	default:
		return d.askPassphrase(ctx, q)
	}
}

// askCode asks until it has six digits.
func (d *Dialogs) askCode(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	name, notice := vaultcore.Printable(q.Profile), vaultcore.PrintableLine(q.Notice, maxSentence)
	for {
		text, err := d.typed(ctx, entry{
			title: title("MFA code for %s", name),
			lines: []string{notice, who(q), "Code of " + vaultcore.PrintableLine(q.Device, maxSentence) + ":"},
		}, d.Timeout)
		if err != nil {
			return vaultcore.Secret{}, err
		}
		if code, ok := vaultcore.ReadCode(text); ok {
			return vaultcore.NewSecret(code), nil
		}
		notice = "An MFA code has six digits."
	}
}

// askSignInCode asks for the text that a page shows at the end of a sign-in.
func (d *Dialogs) askSignInCode(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	text, err := d.typed(ctx, entry{
		title: title("Sign in to %s", vaultcore.Printable(q.SignIn)),
		lines: []string{vaultcore.PrintableLine(q.Notice, maxSentence), who(q), q.SafeSubject(), q.SafeAddress(), q.Text() + ":"},
	}, d.Timeout)
	return vaultcore.NewSecret(text), err
}

// discreet is a question with those parts shortened that a dialog cannot show
// without telling them to every user of the machine.
func discreet(q vaultcore.Question) vaultcore.Question {
	q.Waiting = slices.Clone(q.Waiting)
	for i := range q.Waiting {
		q.Waiting[i].Dir = folder(q.Waiting[i].Dir)
	}
	return q
}

// who says who asks; without anybody known it is the person's own doing.
func who(q vaultcore.Question) string {
	if text := q.Who(); text != "" {
		return vaultcore.PrintableLine(text, maxSentence)
	}
	if q.Profile == "" {
		return ""
	}
	return vaultcore.Printable(q.Profile) + " needs it."
}

// askPassphrase asks for the passphrase of the file keychain.
func (d *Dialogs) askPassphrase(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	return d.hiddenText(ctx, entry{
		title: title("Unlock the keychain"),
		lines: []string{vaultcore.PrintableLine(q.Notice, maxSentence), whoWaits(q), "Passphrase of the Vaultbar keychain:"},
	})
}

// askNewPassphrase asks twice, until both are the same.
func (d *Dialogs) askNewPassphrase(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	notice := vaultcore.PrintableLine(q.Notice, maxSentence)
	for {
		head := title("New keychain")
		first, err := d.hiddenText(ctx, entry{title: head,
			lines: []string{notice, whoWaits(q), "Choose a passphrase for the Vaultbar keychain (twice):"}})
		if err != nil {
			return vaultcore.Secret{}, err
		}
		second, err := d.hiddenText(ctx, entry{title: head, lines: []string{"The same passphrase again:"}})
		if err != nil {
			return vaultcore.Secret{}, err
		}
		if first.Equal(second) {
			return first, nil
		}
		notice = "Those two were not the same."
	}
}

// whoWaits says who asks, where a question needs no reason of its own.
func whoWaits(q vaultcore.Question) string { return vaultcore.PrintableLine(q.Who(), maxSentence) }

// hiddenText asks for text that is not shown, until there is some.
func (d *Dialogs) hiddenText(ctx context.Context, e entry) (vaultcore.Secret, error) {
	e.hidden = true
	for {
		text, err := d.typed(ctx, e, d.Timeout)
		if err != nil {
			return vaultcore.Secret{}, err
		}
		if text != "" {
			return vaultcore.NewSecret(text), nil
		}
		e.lines = append([]string{"Nothing was typed."}, e.lines[len(e.lines)-1])
	}
}

// askApproval lets the person choose, with a button for each choice. Where a dialog has
// three buttons at most more choices are a list, whose first line is the refusal.
// Return alone, Escape and the closing of the window refuse.
func (d *Dialogs) askApproval(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if len(q.Choices) == 0 {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	chosen, err := d.approved(ctx, q)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	choice := q.Choices[chosen]
	if !q.Allows(choice.ID) {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	err = q.Confirm(choice, func(wrong, text string) (string, error) {
		notice := cmp.Or(wrong, whoWaits(q))
		return d.typed(ctx, entry{title: title("Your approval"), lines: []string{notice, text + ":"}}, d.Timeout)
	})
	if err != nil {
		return vaultcore.Secret{}, err
	}
	return vaultcore.NewSecret(choice.ID), nil
}

// approved returns which of the choices the person took.
func (d *Dialogs) approved(ctx context.Context, q vaultcore.Question) (int, error) {
	head, text := title("Your approval"), lines(vaultcore.PrintableLine(q.Notice, maxSentence), whoWaits(q), q.SafeSubject())
	icon, red := zenity.WarningIcon, ""
	switch {
	case q.SignIn != "":
		head, text = signInPage(q)
		icon = zenity.QuestionIcon
	case q.Wants != nil && len(q.Waiting) > 0:
		text = lines(vaultcore.PrintableLine(q.Notice, maxSentence), whoWaits(q), q.Way(), q.Account())
		if q.Wants.Protected {
			red = q.Wants.Phrase()
		}
	}
	var labels []string
	for _, c := range q.Choices {
		labels = append(labels, label(c))
	}
	shown := page{text: text, labels: labels, icon: icon, red: red, risky: true}
	switch {
	case (len(labels) > 3 || red != "") && d.buttoned(ctx):
		return d.question(ctx, head, d.Timeout, shown)
	case len(labels) > 3:
		at, err := d.chooseRow(ctx, Table{Title: "Your approval", Text: text, Red: red, No: labels[0], Rows: column(labels)})
		if isNo(err) {
			return 0, nil
		}
		return at, err
	}
	return d.pressed(ctx, head, d.Timeout, shown)
}

// signInPage is what a dialog about a sign-in says: what is to be known first, who needs
// it, and where there is a page to open already, what to do there.
func signInPage(q vaultcore.Question) (head, text string) {
	notice, who := vaultcore.PrintableLine(q.Notice, maxSentence), whoWaits(q)
	head = title("Sign in to %s", vaultcore.Printable(q.SignIn))
	if who != "" && q.Address == "" {
		return head, lines(notice, who) // which says all that the subject does
	}
	return head, lines(notice, who, q.SafeSubject(), q.SafeAddress())
}

func label(c vaultcore.Choice) string { return vaultcore.Printable(c.Label) }
