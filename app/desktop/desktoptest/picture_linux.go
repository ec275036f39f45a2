package desktoptest

import (
	"image"

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
	s.onScreen(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		width, height := screen.WidthInPixels, screen.HeightInPixels
		const allPlanes = 0xffffffff
		reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), 0, 0, width, height, allPlanes).Reply()
		s.check(err)
		picture = image.NewRGBA(image.Rect(0, 0, int(width), int(height)))
		if len(reply.Data) < len(picture.Pix) {
			s.t.Fatal("only a screen of 24 bits a pixel can be read")
		}
		for i := 0; i+3 < len(picture.Pix); i += 4 { // the server has blue first
			from, to := reply.Data[i:i+4], picture.Pix[i:i+4]
			to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255
		}
	})
	return picture
}
