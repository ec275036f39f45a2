package desktoptest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"image"
	"os"
	"syscall"
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

// WindowIcon is the picture that a program gave the window manager for its window, the
// first of them; an empty one where it gave none. (EWMH, _NET_WM_ICON.)
func (s *Session) WindowIcon(w Window) *image.NRGBA {
	s.t.Helper()
	var words []uint32
	s.onScreen(func(conn *xgb.Conn, _ *xproto.ScreenInfo) {
		const name, most = "_NET_WM_ICON", 1 << 18 // 512 pixels square
		atom, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		s.check(err)
		reply, err := xproto.GetProperty(conn, false, xproto.Window(w.ID), atom.Atom, xproto.AtomCardinal, 0, most).Reply()
		s.check(err)
		for raw := reply.Value; len(raw) >= 4; raw = raw[4:] {
			words = append(words, xgb.Get32(raw))
		}
	})
	if len(words) < 2 || uint64(words[0])*uint64(words[1]) > uint64(len(words)-2) {
		return new(image.NRGBA)
	}
	picture := image.NewNRGBA(image.Rect(0, 0, int(words[0]), int(words[1])))
	for i := range len(picture.Pix) / 4 {
		pixel := words[2+i] // alpha, red, green, blue from the highest byte on
		copy(picture.Pix[4*i:], []byte{byte(pixel >> 16), byte(pixel >> 8), byte(pixel), byte(pixel >> 24)})
	}
	return picture
}

// frameFile is where the server keeps the pixels of its screen, in the folder that it is
// given for that: a picture of xwd.
const frameFile = "Xvfb_screen0"

// frame is the pixels of the screen themselves, blue first, row after row. They are read
// over and over: the server would take as long again to send them.
type frame struct {
	mapped        []byte // the whole file
	width, height int
	pixels        []byte
}

// watch maps the pixels of a server that has just started, which has a new file.
func (f *frame) watch(path string) error {
	f.close()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	about, err := file.Stat()
	if err != nil {
		return err
	}
	f.mapped, err = syscall.Mmap(int(file.Fd()), 0, int(about.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err
	}
	return f.parse()
}

// parse finds the pixels behind the header and the colors of a picture of xwd.
func (f *frame) parse() error {
	const fields, ofColor = 25, 12
	if len(f.mapped) < 4*fields {
		return errors.New("the picture of the screen has no header")
	}
	field := func(i int) int { return int(binary.BigEndian.Uint32(f.mapped[4*i:])) }
	f.width, f.height = field(4), field(5)
	from := field(0) + ofColor*field(19)
	if bits, row := field(11), field(12); bits != 32 || row != 4*f.width || len(f.mapped) < from+row*f.height {
		return fmt.Errorf("a picture of %d bytes, %d bits a pixel, %d bytes a row cannot be read", len(f.mapped), bits, row)
	}
	f.pixels = f.mapped[from : from+4*f.width*f.height]
	return nil
}

func (f *frame) close() {
	if f.mapped != nil {
		_ = syscall.Munmap(f.mapped) // it is ours
	}
	*f = frame{}
}

// picture is what the screen shows now.
func (s *Session) picture() *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, s.frame.width, s.frame.height))
	for i := 0; i+3 < len(picture.Pix); i += 4 {
		from, to := s.frame.pixels[i:i+4], picture.Pix[i:i+4]
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

// WaitStill waits until the screen has come to rest: a list fills after its window
// has come, and a menu that still opens loses keys.
func (s *Session) WaitStill() {
	s.t.Helper()
	s.onScreen(func(conn *xgb.Conn, _ *xproto.ScreenInfo) {
		var last uint64
		var looked, since time.Time
		s.Eventually("the screen comes to rest", func() bool {
			if time.Since(looked) < between {
				return false
			}
			conn.Sync() // a server that is too busy to answer has not drawn all either
			now := maphash.Bytes(frameSeed, s.frame.pixels)
			looked = time.Now()
			if now != last {
				last, since = now, looked
			}
			return looked.Sub(since) >= still
		})
	})
}

var frameSeed = maphash.MakeSeed()
