package desktop

import "context"

// Pick lets the person choose one of several lines, none of which are the same.
// what is the title. It returns -1 when they leave it. It may return:
// ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Pick(ctx context.Context, what, text string, lines []string) (int, error) {
	leave, err := d.turn.ask(ctx)
	if err != nil {
		return -1, err
	}
	defer leave()
	return d.choose(ctx, title("%s", line(what, 100)), text, "Cancel", distinct(lines))
}
