//go:build unix && !darwin

package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/png"
	"slices"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
)

// service is the desktop's notification service, as freedesktop.org has it. Its
// fields are guarded by the notifier's turn.
type service struct {
	bus   *dbus.Bus
	owner string   // the unique name of the program that is the service; empty when it is not known
	can   []string // its capabilities
}

const (
	notifyName = "org.freedesktop.Notifications"
	notifyPath = "/org/freedesktop/Notifications"
)

// show shows a notice, with its buttons where the service has buttons. Without,
// the library's plain way does. A service that has gone since the last notice is
// looked for anew.
func (s *service) show(ctx context.Context, n *Notifier, notice Notice, replaces number) (number, error) {
	known := s.owner != ""
	given, err := s.showOnce(ctx, n, notice, replaces)
	if known && errors.Is(err, errors.ErrUnsupported) {
		s.owner = ""
		return s.showOnce(ctx, n, notice, replaces)
	}
	return given, err
}

func (s *service) showOnce(ctx context.Context, n *Notifier, notice Notice, replaces number) (number, error) {
	if err := s.reach(ctx, n); err != nil {
		return number{}, err
	}
	body := notice.Body
	if slices.Contains(s.can, "body-markup") {
		body = html.EscapeString(body)
	}
	if !slices.Contains(s.can, "actions") {
		return number{}, plainly(ctx, notice.Title, body, iconName)
	}
	if replaces.service != s.owner {
		replaces.id = 0
	}
	given := number{service: s.owner}
	err := s.call(ctx, s.owner, "Notify", []any{appName, replaces.id, iconName, notice.Title, body,
		buttons(notice), n.hints(notice), expiry(notice)}, &given.id)
	return given, err
}

// buttons are the actions as the service wants them. A click on the notice is
// the first action.
func buttons(notice Notice) []string {
	all := []string{}
	if len(notice.Actions) > 0 {
		all = append(all, defaultAction, "") // a label would be one more button on some desktops
	}
	for _, action := range notice.Actions {
		all = append(all, action.Key, action.Label)
	}
	return all
}

// hints say how a notice is to be shown: with our picture also where our icon is
// not installed, and what is news for the moment only is not kept.
func (n *Notifier) hints(notice Notice) map[string]dbus.Variant {
	const normal = byte(1) // desktops show what is lower in a list only
	all := map[string]dbus.Variant{"urgency": dbus.MakeVariant(normal), "desktop-entry": dbus.MakeVariant(iconName)}
	if notice.Passing {
		all["transient"] = dbus.MakeVariant(true)
	}
	if picture, ok := imageData(n.Icon); ok {
		all["image-data"] = dbus.MakeVariant(picture)
	}
	return all
}

// pixels is a picture as the service wants it.
type pixels struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Data                  []byte
}

// imageData makes pixels of a PNG.
func imageData(raw []byte) (pixels, bool) {
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return pixels{}, false
	}
	size := picture.Bounds().Size()
	flat := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(flat, flat.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return pixels{int32(size.X), int32(size.Y), int32(flat.Stride), true, 8, 4, flat.Pix}, true
}

// expiry leaves a notice that can be acted upon on the screen until it is
// withdrawn.
func expiry(notice Notice) int32 {
	if len(notice.Actions) > 0 {
		return 0
	}
	return -1
}

func (s *service) close(ctx context.Context, what number) error {
	if s.bus == nil || !s.bus.Connected() || what.service != s.owner {
		return nil // it went with its service
	}
	return s.call(ctx, s.owner, "CloseNotification", []any{what.id})
}

// call calls a method of the service. "Nobody has that name" becomes the one failure
// that means so.
func (s *service) call(ctx context.Context, to, method string, args []any, results ...any) error {
	return supported(s.bus.Call(ctx, to, notifyPath, notifyName+"."+method, args, results...))
}

func supported(err error) error {
	if dbus.IsNobody(err) {
		return fmt.Errorf("%w: nothing shows notifications", errors.ErrUnsupported)
	}
	return err
}

// reach connects to the bus, listens, and learns what the service can do.
func (s *service) reach(ctx context.Context, n *Notifier) error {
	if s.bus != nil && !s.bus.Connected() {
		s.hangUp()
		n.renumbered()
	}
	if s.bus == nil {
		bus, err := dbus.Session(ctx)
		if err != nil {
			return err
		}
		if err := listen(ctx, bus, n); err != nil {
			bus.Close()
			return err
		}
		s.bus = bus
	}
	if s.owner != "" {
		return nil
	}
	if err := s.call(ctx, notifyName, "GetCapabilities", nil, &s.can); err != nil { // the bus may start it for this
		return err
	}
	owner, err := s.bus.Owner(ctx, notifyName)
	s.owner = owner
	return supported(err)
}

func (s *service) hangUp() {
	if s.bus != nil {
		s.bus.Close()
	}
	s.bus, s.owner = nil, ""
}

// listen hands on what the service says: which button was pressed, what is off
// the screen, and that another service has taken over.
func listen(ctx context.Context, bus *dbus.Bus, n *Notifier) error {
	signals, err := bus.Listen(ctx, dbus.From(notifyName, "", notifyName, ""), dbus.OwnerOf(notifyName))
	if err != nil {
		return err
	}
	go func() {
		for signal := range signals {
			n.heard(bus, signal)
		}
	}()
	return nil
}

// heard takes in one signal. It waits for its turn: the number of a notice that
// is being shown is known only after it.
func (n *Notifier) heard(bus *dbus.Bus, signal *dbus.Signal) {
	if n.talking.Acquire(bus.Context(), 1) != nil {
		return
	}
	defer n.talking.Release(1)
	what := number{service: signal.Sender}
	var reason uint32
	var action, name, before, after string
	switch signal.Name {
	case notifyName + ".ActionInvoked":
		if dbus.Read(signal, &what.id, &action) {
			n.pressed(what, action)
		}
	case notifyName + ".NotificationClosed":
		if dbus.Read(signal, &what.id, &reason) {
			n.closed(what)
		}
	case dbus.OwnerChanged:
		if dbus.Read(signal, &name, &before, &after) && n.line.owner == before {
			n.line.owner = ""
		}
	}
}
