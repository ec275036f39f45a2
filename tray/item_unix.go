//go:build !windows && !darwin

package tray

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"os"
	"strings"
	"sync"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Where the library puts the icon on the bus, and what it is there.
const (
	itemPath = dbus.ObjectPath("/StatusNotifierItem")
	itemFace = "org.kde.StatusNotifierItem"
)

// item is the icon on the bus. The library can be given one picture, whose
// half-transparent pixels it sends in wrong colors; so, once the library has put
// the icon there, its properties are replaced by these, with a picture for each
// size that panels have.
type item struct {
	mu    sync.Mutex // guards what follows
	icons *icon.Set
	drawn map[menu.Icon][]pixmap
	shown menu.Menu
	conn  *dbus.Conn // nil until the properties are in place
}

// pixmap is a picture as the bus has it: rows of alpha, red, green, blue. There they are
// bytes; the library, which sends each element of a list on its own and twice, is given four
// at once. The two are the same on the bus: a list's length is in bytes, and behind it
// nothing is left out before elements of four bytes (D-Bus specification, "Marshaling").
type pixmap struct {
	Width, Height int32
	Pixels        []uint32 // as the machine orders bytes, which is how they are sent
}

// The signatures of what has pictures in it.
var (
	pixmapsSignature = dbus.ParseSignatureMust("a(iiay)")
	tipSignature     = dbus.ParseSignatureMust("(sa(iiay)ss)")
)

// tip is what shows when the pointer rests on the icon.
type tip struct {
	Icon        string
	Pictures    []pixmap
	Title, Text string
}

func newItem() *item { return &item{icons: icon.New(), drawn: make(map[menu.Icon][]pixmap)} }

// pictures are all sizes of a state. Each is drawn once.
func (t *item) pictures(s menu.Icon) []pixmap {
	if all, ok := t.drawn[s]; ok {
		return all
	}
	var all []pixmap
	for _, size := range icon.TraySizes() {
		all = append(all, pixmap{int32(size), int32(size), argb(icon.Image(icon.State(s), size))})
	}
	t.drawn[s] = all
	return all
}

func argb(img *image.NRGBA) []uint32 {
	pixels := make([]uint32, len(img.Pix)/4)
	for i := range pixels {
		rgba := img.Pix[4*i : 4*i+4]
		pixels[i] = binary.NativeEndian.Uint32([]byte{rgba[3], rgba[0], rgba[1], rgba[2]})
	}
	return pixels
}

// show changes what the icon says.
func (t *item) show(_, m menu.Menu) {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.shown
	t.shown = m
	if t.conn == nil {
		if was.Title == "" { // later the library may be on the bus, and panics when that goes
			systray.SetIcon(t.icons.For(icon.State(m.Icon)))
			systray.SetTooltip(m.Tooltip)
		}
		return
	}
	if was.Icon != m.Icon {
		t.say("IconPixmap", "NewIcon")
	}
	if was.Tooltip != m.Tooltip {
		t.say("ToolTip", "NewToolTip")
	}
}

// say says that a property has changed: who shows it reads it then. A bus that is gone has
// nobody to hear it.
func (t *item) say(name, signal string) {
	_ = t.conn.Emit(itemPath, propertiesFace+".PropertiesChanged", itemFace, map[string]dbus.Variant{}, []string{name})
	_ = t.conn.Emit(itemPath, itemFace+"."+signal)
}

// propertiesLocked are what hosts read of the icon.
func (t *item) propertiesLocked() map[string]dbus.Variant {
	return map[string]dbus.Variant{
		"Id": dbus.MakeVariant("Vaultbar"), "Title": dbus.MakeVariant("Vaultbar"),
		"Category": dbus.MakeVariant("ApplicationStatus"), "Status": dbus.MakeVariant("Active"),
		"IconName": dbus.MakeVariant(""), "IconThemePath": dbus.MakeVariant(""), "IconPixmap": dbus.MakeVariantWithSignature(t.pictures(t.shown.Icon), pixmapsSignature),
		"ToolTip": dbus.MakeVariantWithSignature(tip{Title: t.shown.Tooltip}, tipSignature), "ItemIsMenu": dbus.MakeVariant(true), "Menu": dbus.MakeVariant(menuPath),
	}
}

const propertiesFace = "org.freedesktop.DBus.Properties"

// properties answers for an item on the bus.
type properties struct{ of *item }

// GetAll is called over the bus.
func (p properties) GetAll(face string) (map[string]dbus.Variant, *dbus.Error) {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if face != itemFace {
		return nil, dbus.MakeFailedError(fmt.Errorf("no interface %s", face))
	}
	return p.of.propertiesLocked(), nil
}

// Get is called over the bus.
func (p properties) Get(face, name string) (dbus.Variant, *dbus.Error) {
	all, failed := p.GetAll(face)
	if failed != nil {
		return dbus.Variant{}, failed
	}
	value, ok := all[name]
	if !ok {
		return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no property %s", name))
	}
	return value, nil
}

// Set is called over the bus. There is nothing for others to set.
func (properties) Set(string, string, dbus.Variant) *dbus.Error {
	return dbus.MakeFailedError(errors.New("read only"))
}

// maxTakeOver is how long the library may take to put the icon on the bus.
const maxTakeOver = 10 * time.Second

// takeOver puts the properties in the place of the library's, once those are
// there. When they never are, the icon is what the library shows.
func (t *item) takeOver(ctx context.Context) {
	conn, err := dbus.SessionBus()
	if err != nil || !isThere(ctx, conn) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if conn.Export(properties{t}, itemPath, propertiesFace) != nil {
		return
	}
	t.conn = conn
	for _, signal := range []string{"NewIcon", "NewToolTip"} { // a host may have read the library's
		_ = conn.Emit(itemPath, itemFace+"."+signal)
	}
}

// isThere waits until the library has put the icon on the bus, which it does before it puts
// the properties of its menu there. It takes a name between putting up the objects and that:
// a question before would be looked up while they are put up, which the connection does not
// keep apart.
func isThere(ctx context.Context, conn *dbus.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, maxTakeOver)
	defer cancel()
	name := fmt.Sprintf("%s-%d-1", itemFace, os.Getpid())
	own := conn.Object(conn.Names()[0], menuPath)
	for ctx.Err() == nil {
		var named bool
		err := conn.BusObject().CallWithContext(ctx, busName+".NameHasOwner", 0, name).Store(&named)
		if err == nil && named && own.CallWithContext(ctx, propertiesFace+".Get", 0, menuFace, "Version").Err == nil {
			return true
		}
		_ = retry.Sleep(ctx, 10*time.Millisecond)
	}
	return false
}

// label is a title as the tray wants it: there an underscore marks the letter
// that a key chooses.
func label(title string) string { return strings.ReplaceAll(title, "_", "__") }
