package notify

import "context"

// service is the platform's own way to show a notification, which has no buttons
// for programs that are not packaged for it.
type service struct{}

func (service) show(ctx context.Context, _ *Notifier, notice Notice, _ number) (number, error) {
	return number{}, plainly(ctx, notice.Title, notice.Body)
}

func (service) close(context.Context, number) error { return nil }

func (service) hangUp() {}
