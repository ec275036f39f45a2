package desktoptest

import (
	"bytes"
	"image"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// onScreen does something with the X server's screen.
func (s *Session) onScreen(do func(*xgb.Conn, *xproto.ScreenInfo)) {
	s.t.Helper()
	conn, err := xgb.NewConnDisplay(s.Display)
	s.check(err)
	defer conn.Close()
	do(conn, xproto.Setup(conn).DefaultScreen(conn))
}

// managed says whether a window manager has begun its work.
func (s *Session) managed() (yes bool) {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		const name = "_NET_SUPPORTING_WM_CHECK"
		atom, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		s.check(err)
		reply, err := xproto.GetProperty(conn, false, screen.Root, atom.Atom, xproto.GetPropertyTypeAny, 0, 1).Reply()
		s.check(err)
		yes = len(reply.Value) == 4
	})
	return yes
}

// picture is what the screen shows now.
func (s *Session) picture() (picture *image.RGBA) {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) { picture = s.drawing(screen, s.pixels(conn, screen)) })
	return picture
}

// pixels are those of the whole screen as the server has them, blue first.
func (s *Session) pixels(conn *xgb.Conn, screen *xproto.ScreenInfo) []byte {
	s.t.Helper()
	const allPlanes = 0xffffffff
	reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), 0, 0, screen.WidthInPixels, screen.HeightInPixels, allPlanes).Reply()
	s.check(err)
	return reply.Data
}

// drawing makes a picture of pixels.
func (s *Session) drawing(screen *xproto.ScreenInfo, pixels []byte) *image.RGBA {
	s.t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, int(screen.WidthInPixels), int(screen.HeightInPixels)))
	if len(pixels) < len(picture.Pix) {
		s.t.Fatal("only a screen of 24 bits a pixel can be read")
	}
	for i := 0; i+3 < len(picture.Pix); i += 4 {
		from, to := pixels[i:i+4], picture.Pix[i:i+4]
		to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255
	}
	return picture
}

// still is how long the screen must not change before it counts as drawn, and between is
// the time between two looks at it.
const (
	still   = 300 * time.Millisecond
	between = 60 * time.Millisecond
)

// Settle waits until the screen has come to rest: a list fills after its window
// has come, and a menu that still opens loses keys.
func (s *Session) Settle() {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) { s.settled(conn, screen) })
}

// drawn waits until the screen has come to rest, and returns what it shows.
func (s *Session) drawn() (picture *image.RGBA) {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) { picture = s.drawing(screen, s.settled(conn, screen)) })
	return picture
}

func (s *Session) settled(conn *xgb.Conn, screen *xproto.ScreenInfo) (last []byte) {
	s.t.Helper()
	var looked, since time.Time
	s.Eventually("the screen comes to rest", func() bool {
		if time.Since(looked) < between {
			return false
		}
		now := s.pixels(conn, screen)
		looked = time.Now()
		if !bytes.Equal(now, last) {
			last, since = now, looked
		}
		return looked.Sub(since) >= still
	})
	return last
}
