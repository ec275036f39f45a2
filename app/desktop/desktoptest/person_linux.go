package desktoptest

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/vaultbar/vaultbar/app/internal/x11"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// Window is a window on the screen.
type Window = x11.Window

// Windows lists the windows, lowest first.
func (s *Session) Windows() []Window {
	s.t.Helper()
	windows, err := s.screen.Windows()
	s.check(err)
	return windows
}

// Window waits for a window whose title has this in it, and that has the
// keyboard.
func (s *Session) Window(title string) Window {
	s.t.Helper()
	var found Window
	s.Await("a window "+strconv.Quote(title)+" with the keyboard", func(windows []Window) bool {
		for _, w := range windows {
			if w.Active && strings.Contains(w.Title, title) {
				found = w
				return true
			}
		}
		return false
	})
	return found
}

// NoWindow waits until no window has this in its title.
func (s *Session) NoWindow(title string) {
	s.t.Helper()
	s.Await("no window "+strconv.Quote(title), func(windows []Window) bool {
		for _, w := range windows {
			if strings.Contains(w.Title, title) {
				return false
			}
		}
		return true
	})
}

// Raise keeps a window above all others.
func (s *Session) Raise(w Window) {
	s.t.Helper()
	s.check(s.screen.Raise(w))
}

// Await waits until the windows, lowest first, are as a test wants them.
func (s *Session) Await(what string, holds func([]Window) bool) {
	s.t.Helper()
	display := s.look()
	defer display.Close()
	ctx, cancel := s.context()
	defer cancel()
	err := display.Await(ctx, holds)
	if errors.Is(err, context.DeadlineExceeded) {
		s.fail("waited %s in vain for %s; there are %+v", Patience, what, s.Windows())
	}
	s.check(err)
}

// Type types text into whatever has the keyboard.
func (s *Session) Type(text string) {
	s.t.Helper()
	s.xdotool("type", "--clearmodifiers", "--delay", "15", "--", text)
}

// Key presses keys, named as xdotool does: "Return", "Escape", "ctrl+a".
func (s *Session) Key(keys ...string) {
	s.t.Helper()
	s.xdotool(append([]string{"key", "--clearmodifiers", "--delay", "30"}, keys...)...)
}

// Answer types a line into the window of this title and presses Return. When
// it returns, that very window is gone.
func (s *Session) Answer(title, text string) {
	s.t.Helper()
	w := s.Window(title)
	if text != "" {
		s.Type(text)
	}
	s.Key("Return")
	s.Gone(w)
}

// Fill types texts into the lines of the form of this title, from the first on, and
// presses its button that goes ahead, all by the keyboard. When it returns, that very
// window is gone.
func (s *Session) Fill(title string, texts ...string) {
	s.t.Helper()
	w := s.Window(title)
	s.TypeInto(texts...)
	s.Key("Tab", "Tab", "Return") // over the button that leaves it
	s.Gone(w)
}

// TypeInto types texts into the lines of the form that has the keyboard.
func (s *Session) TypeInto(texts ...string) {
	s.t.Helper()
	for i, text := range texts {
		if i > 0 {
			s.Key("Tab")
		}
		if text != "" {
			s.Type(text)
		}
	}
}

// Dismiss presses Escape in the window of this title.
func (s *Session) Dismiss(title string) {
	s.t.Helper()
	w := s.Window(title)
	s.Key("Escape")
	s.Gone(w)
}

// Gone waits until that very window is gone.
func (s *Session) Gone(w Window) {
	s.t.Helper()
	s.Await("the end of window "+strconv.Quote(w.Title), func(windows []Window) bool {
		for _, other := range windows {
			if other.ID == w.ID && other.PID == w.PID { // the server gives ids out again
				return false
			}
		}
		return true
	})
}

// Click moves the mouse to a place on the screen and presses a button: 1 is the
// left one.
func (s *Session) Click(x, y, button int) {
	s.t.Helper()
	s.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", strconv.Itoa(button))
}

// wallpaper is the color of the desktop in pictures for people.
const wallpaper = 0x3d4350

// Paint gives the desktop a color.
func (s *Session) Paint() {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		s.check(xproto.ChangeWindowAttributesChecked(conn, screen.Root, xproto.CwBackPixel, []uint32{wallpaper}).Check())
		s.check(xproto.ClearAreaChecked(conn, false, screen.Root, 0, 0, 0, 0).Check())
	})
}

// Park moves the pointer to the end of the panel, where it is in no picture of a part.
func (s *Session) Park() {
	s.t.Helper()
	s.xdotool("mousemove", "1279", "0")
}

func (s *Session) xdotool(args ...string) string {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = s.Env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("xdotool %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// Eventually waits until something has come true that nobody tells of.
func (s *Session) Eventually(what string, holds func() bool) {
	s.t.Helper()
	begun := time.Now()
	for !holds() {
		waited := time.Since(begun)
		if waited >= Patience {
			s.fail("waited %s in vain: %s", Patience, what)
		}
		time.Sleep(max(wait.Pause(waited), 20*time.Millisecond))
	}
}

// Screenshot saves what the screen shows once it has come to rest, in the folder
// that the variable SCREENSHOTS names. Without a folder to keep it in it does
// nothing.
func (s *Session) Screenshot(name string) {
	s.t.Helper()
	if folder := os.Getenv("SCREENSHOTS"); folder != "" {
		s.WaitStill()
		s.save(folder, name, s.picture())
	}
}

// Detail is like [Session.Screenshot], for the part of the screen below a line
// that is not background: what has the color of the lowest right corner. With
// above, the part above the line is in the picture too.
func (s *Session) Detail(name string, line int, above bool) {
	s.t.Helper()
	s.shot(name, line, func(part image.Rectangle) image.Rectangle {
		if above {
			part.Min = image.Point{}
		}
		return part
	})
}

// Top is like [Session.Detail], for so many lines of that part.
func (s *Session) Top(name string, line, height int) {
	s.t.Helper()
	s.shot(name, line, func(part image.Rectangle) image.Rectangle {
		part.Max.Y = part.Min.Y + height
		return part
	})
}

// shot saves what is not background below a line, with some of what is around it, as cut.
func (s *Session) shot(name string, line int, cut func(image.Rectangle) image.Rectangle) {
	s.t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	s.WaitStill()
	picture := s.picture()
	part := foreground(picture, line).Inset(-12).Intersect(picture.Bounds())
	part.Min.Y = max(part.Min.Y, line)
	s.save(folder, name, picture.SubImage(cut(part)))
}

func foreground(picture *image.RGBA, line int) image.Rectangle {
	all := picture.Bounds()
	background := picture.RGBAAt(all.Max.X-1, all.Max.Y-1)
	var part image.Rectangle
	for y := line; y < all.Max.Y; y++ {
		for x := all.Min.X; x < all.Max.X; x++ {
			if picture.RGBAAt(x, y) != background {
				part = part.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return part
}

// fail ends the test, with a picture of what the screen shows at this moment:
// when the test's own clean-up runs, the programs are gone.
func (s *Session) fail(format string, args ...any) {
	s.t.Helper()
	if folder := os.Getenv("SCREENSHOTS"); folder != "" {
		picture := s.picture()
		s.save(folder, "failed-"+strings.ReplaceAll(s.t.Name(), "/", "-"), picture)
	}
	s.t.Fatalf(format, args...)
}

func (s *Session) save(folder, name string, picture image.Image) {
	s.t.Helper()
	s.check(os.MkdirAll(folder, 0o755))
	file, err := os.Create(filepath.Join(folder, name+".png"))
	s.check(err)
	s.check(png.Encode(file, picture))
	s.check(file.Close())
}

// Browser makes a program the person's browser: what opens a web page starts it
// with the address.
func (s *Session) Browser(program string) {
	s.t.Helper()
	folder := s.path("data", "applications")
	s.check(os.MkdirAll(folder, 0o700))
	entry := "[Desktop Entry]\nType=Application\nName=Browser\nExec=" + program + " %u\n"
	s.check(os.WriteFile(filepath.Join(folder, "browser.desktop"), []byte(entry), 0o600))
	choice := "[Default Applications]\nx-scheme-handler/http=browser.desktop\nx-scheme-handler/https=browser.desktop\n"
	s.check(os.WriteFile(s.path("config", "mimeapps.list"), []byte(choice), 0o600))
}
