package notify

import (
	"context"
	"errors"
	"strconv"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

// service is the notification center, which has buttons for a program in an application
// bundle. One that is in none, or may not notify, shows notices by the library's plain
// way. Its fields are guarded by the notifier's turn.
type service struct {
	tried  bool
	center *cocoa.Notifications // nil where there is none for us
	last   uint32
}

// centerName stands for the center among the services that number notices.
const centerName = "notification center"

func (s *service) show(ctx context.Context, n *Notifier, notice Notice, replaces number) (number, error) {
	if err := s.open(ctx, n); err != nil {
		return number{}, err
	}
	if s.center == nil {
		return number{}, plainly(ctx, notice.Title, notice.Body, iconName)
	}
	given := replaces
	if given == (number{}) {
		s.last++
		given = number{centerName, s.last}
	}
	what := cocoa.Notification{ID: idOf(given), Title: notice.Title, Body: notice.Body}
	for _, action := range notice.Actions {
		what.Buttons = append(what.Buttons, cocoa.Button{Key: action.Key, Label: action.Label})
	}
	return given, s.center.Show(ctx, what)
}

// open asks for the center once. A person who has not answered yet is asked again with
// the next notice.
func (s *service) open(ctx context.Context, n *Notifier) error {
	if s.tried {
		return nil
	}
	center, err := cocoa.OpenNotifications(ctx, func(id, key string) {
		if key == cocoa.Clicked {
			key = defaultAction
		}
		if given, err := strconv.ParseUint(id, 10, 32); err == nil {
			n.pressed(number{centerName, uint32(given)}, key)
		}
	})
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	s.tried, s.center = true, center
	return nil
}

func idOf(what number) string { return strconv.FormatUint(uint64(what.id), 10) }

func (s *service) close(_ context.Context, what number) error {
	if s.center != nil {
		s.center.Withdraw(idOf(what))
	}
	return nil
}

func (s *service) hangUp() {
	if s.center != nil {
		s.center.Close()
	}
}
